"""What follows when a shift begins or ends."""

from core.dispatch import actions as dispatch
from core.events import ShiftOpened
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, on


@on(ShiftOpened)
async def opened(event: ShiftOpened) -> None:
    """Somebody came to work: orders that nobody could take are looked at again."""
    async with acting(SYSTEM):
        await dispatch.retry_waiting()
