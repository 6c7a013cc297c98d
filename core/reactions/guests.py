"""What follows for people who came by a page."""

from core.channels import actions as channels
from core.channels.rules import order_of
from core.chats.queries import message
from core.events import (
    ContactReacted,
    ContactUnreached,
    DocumentRefused,
    DocumentSigned,
    LetterBounced,
    MessagePosted,
    OrderFollowed,
    RequestChanged,
    WordDelivered,
    WordUndelivered,
)
from core.guests import actions as guests
from core.kernel.actor import contact
from core.kernel.work import on
from core.outbox.models import Notice
from core.outbox.sending import block
from core.people.queries import actor_of
from core.reactions.audience import alert
from core.sources.follow.fetched import fetch_later
from core.sources.follow.letters import along
from core.sources.follow.media import bring
from core.sources.models import Request


@on(OrderFollowed, ContactReacted, DocumentSigned, DocumentRefused)
async def reacted(event: OrderFollowed | ContactReacted | DocumentSigned | DocumentRefused) -> None:
    await channels.heard(event.order_id)


@on(MessagePosted)
async def answered(event: MessagePosted) -> None:
    if (await message(event.message_id)).party.startswith("contact:"):
        await channels.heard(event.order_id)


@on(LetterBounced)
async def bounced(event: LetterBounced) -> None:
    """What was told by the letter that came back is told by another channel."""
    row = await Notice.filter(bot="email", chat_id=event.contact_id, state="sent").order_by("-id").first()
    number = None if row is None else event.order_id or order_of(row.facts)
    if row is None or number is None:
        await block("email", event.contact_id, "bounced")
    else:
        await channels.failed("email", event.contact_id, number, row.screen, row.facts, "bounced")


@on(WordUndelivered)
async def undelivered(event: WordUndelivered) -> None:
    """What was told by the word that did not arrive is told by another channel."""
    await channels.undelivered(event.key, event.why, lasting=event.lasting)


@on(ContactUnreached)
async def unreached(event: ContactUnreached) -> None:
    """A person has to find another way."""
    known = await actor_of(contact(event.contact_id))
    alert(event.order_id, "unreachable", who=known.name if known else "—", reason=event.why)


@on(WordDelivered)
async def delivered(event: WordDelivered) -> None:
    await channels.delivered(event.key)


@on(RequestChanged)
async def became_order(event: RequestChanged) -> None:
    row = await Request.get_or_none(id=event.request_id)
    if row is not None and row.state == "done" and row.order_id:
        await guests.became_order(row.id, row.order_id)
        if row.kind == "letter":
            await along(row.source_id, row.order_id, row.facts)
        for file in row.facts.get("media") or ():
            await bring(row.facts["channel"], file, row.order_id, "request")
        told, mixed = row.facts.get("recordings") or (), row.facts.get("mixed")
        for name in told:
            await fetch_later(row.source_id, name, row.order_id)
        if mixed and mixed not in told:
            await fetch_later(row.source_id, mixed, row.order_id, mixed=True)
