"""What follows for people who came by a page."""

from core.events import RequestChanged
from core.guests import actions as guests
from core.kernel.work import on
from core.sources.models import Request


@on(RequestChanged)
async def became_order(event: RequestChanged) -> None:
    row = await Request.get_or_none(id=event.request_id)
    if row is not None and row.state == "done" and row.order_id:
        await guests.became_order(row.id, row.order_id)
