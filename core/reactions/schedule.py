"""What follows when a shift begins or ends."""

from core.dispatch import actions as dispatch
from core.events import ShiftClosed, ShiftOpened
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, on
from core.tasks.actions import later


@on(ShiftOpened)
async def opened(event: ShiftOpened) -> None:
    """Somebody came to work: orders that nobody could take are looked at again."""
    async with acting(SYSTEM):
        await dispatch.retry_waiting()


@on(ShiftClosed)
async def closed(event: ShiftClosed) -> None:
    """Off duty, off the map."""
    await later("presence.forget", {"member_id": event.member_id}, key=str(event.member_id))
