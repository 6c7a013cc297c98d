"""What follows when a deadline comes near or passes."""

from core.events import DeadlineBreached, DeadlineNear
from core.kernel.work import on
from core.reactions.audience import alert, refresh


@on(DeadlineNear)
async def near(event: DeadlineNear) -> None:
    refresh(event.order_id)
    alert(event.order_id, "near", deadline=event.kind)


@on(DeadlineBreached)
async def breached(event: DeadlineBreached) -> None:
    refresh(event.order_id)
    alert(event.order_id, "breach", deadline=event.kind)
