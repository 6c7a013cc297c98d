"""What follows for people who came by a page."""

from core.channels import actions as channels
from core.chats.queries import message
from core.events import DocumentRefused, DocumentSigned, MessagePosted, OrderFollowed, RequestChanged
from core.guests import actions as guests
from core.kernel.work import on
from core.sources.models import Request


@on(OrderFollowed, DocumentSigned, DocumentRefused)
async def reacted(event: OrderFollowed | DocumentSigned | DocumentRefused) -> None:
    await channels.heard(event.order_id)


@on(MessagePosted)
async def answered(event: MessagePosted) -> None:
    if (await message(event.message_id)).party.startswith("contact:"):
        await channels.heard(event.order_id)


@on(RequestChanged)
async def became_order(event: RequestChanged) -> None:
    row = await Request.get_or_none(id=event.request_id)
    if row is not None and row.state == "done" and row.order_id:
        await guests.became_order(row.id, row.order_id)
