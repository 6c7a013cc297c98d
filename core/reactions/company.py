"""What follows when the company itself changes."""

from core.events import CompanyMoved
from core.kernel.work import on
from core.people import actions as people


@on(CompanyMoved)
async def moved(event: CompanyMoved) -> None:
    """Whoever kept the company's time keeps its new one."""
    await people.follow_zone(event.before, event.zone)
