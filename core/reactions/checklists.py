"""What follows when an item of a checklist fails and opens an order, or is well after all."""

from core.checklists.queries import checklist
from core.events import ItemMended, ItemOpened
from core.kernel.work import on
from core.orders.models import Job, Order
from core.orders.rules import OPEN
from core.reactions.audience import alert, refresh, tell_member


@on(ItemOpened)
async def opened(event: ItemOpened) -> None:
    """Whoever works there and the team of the first order hear under which number it goes on; the new order tells its
    own people by itself."""
    refresh(event.order_id)
    alert(event.order_id, "check_opened", job_id=event.job_id, number=event.number)
    job, listed = await Job.get(id=event.job_id), await checklist(event.job_id)
    item = next(one for one in listed["items"] if one["code"] == event.item) if listed else None
    if job.assignee_id and item:
        facts = {"opened": event.number, "item": item}
        tell_member(event.order_id, job.assignee_id, "technician.check.opened", job_id=event.job_id, **facts)


@on(ItemMended)
async def mended(event: ItemMended) -> None:
    """The dispatchers decide whether the order is still needed."""
    refresh(event.order_id)
    refresh(event.number)
    if (await Order.get(id=event.number)).state in OPEN:
        alert(event.number, "check_mended", number=event.order_id)
