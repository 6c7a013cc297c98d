"""Bind dispatch groups; write in an order's threads."""

from typing import Any

from core.chats.models import DispatchGroup, Message
from core.chats.queries import BOUND, forget_bound
from core.company.queries import company
from core.events import GroupsChanged, MessagePosted
from core.kernel.actor import group
from core.kernel.errors import NotFound, Refusal
from core.kernel.hints import hint
from core.kernel.words import LOCALES
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.queries import access_order, goes_on_as
from core.outbox.models import Address
from core.people.models import Area

NOBODYS = -(1 << 60)
"""Below it no messenger has a chat."""
MAX_TEXT = 4096
"""A whole message of Telegram."""


async def bind_group(chat_id: int, title: str, is_forum: bool, locale: str = "ru") -> int:
    """Make this chat a dispatch group (again); open orders that nobody reads come here too. Returns the group's id."""
    w = current()
    w.actor.require("orders.dispatch")
    known = await DispatchGroup.filter(chat_id=chat_id, active=True).exists()
    row, _ = await DispatchGroup.update_or_create(
        defaults={"title": title[:200], "is_forum": is_forum, "locale": locale, "active": True, "bound_at": w.now},
        chat_id=chat_id,
    )
    zone = (await company()).zone
    await Address.update_or_create(
        defaults={"chat_id": chat_id, "locale": locale, "zone": zone, "blocked_at": None},
        party=group(row.id),
        bot="dispatcher",
    )
    _changed()
    await emit(GroupsChanged(None if known else row.id))
    return int(row.id)


async def speak(chat_id: int, locale: str) -> None:
    """The group is written to in this language from now on; the cards of its open orders are shown anew."""
    current().actor.require("orders.dispatch")
    if locale not in LOCALES:
        raise Refusal("people.unknown_locale")
    row = await DispatchGroup.get_or_none(chat_id=chat_id, active=True)
    if row is None:
        raise NotFound("chats.group", id=chat_id)
    await DispatchGroup.filter(id=row.id).update(locale=locale)
    await Address.filter(party=group(row.id), bot="dispatcher").update(locale=locale)
    _changed()
    await emit(GroupsChanged(row.id))


async def set_areas(group_id: int, area_ids: list[int]) -> None:
    """Give the group its areas; an empty list makes it take whatever the others leave."""
    current().actor.require("company.edit")
    row = await DispatchGroup.get_or_none(id=group_id)
    if row is None:
        raise NotFound("chats.group", id=group_id)
    areas = await Area.filter(id__in=area_ids)
    if len(areas) != len(set(area_ids)):
        raise NotFound("areas")
    await row.areas.clear()
    await row.areas.add(*areas)


async def update_group(chat_id: int, **fields: Any) -> None:
    """What the messenger says of a bound group: title, is_forum, active. An unbound chat is nothing to us; the open
    orders of a group that is let go are given to others."""
    known = {key: value for key, value in fields.items() if key in {"title", "is_forum", "active", "locale"}}
    left = known.get("active") is False and await DispatchGroup.filter(chat_id=chat_id, active=True).exists()
    if known:
        await DispatchGroup.filter(chat_id=chat_id).update(**known)
        _changed()
    if left:
        await emit(GroupsChanged())


def _changed() -> None:
    """Whoever remembers that a group is bound, or that none is, looks again."""
    forget_bound()
    current().on_commit(lambda: hint(BOUND))


async def migrate_group(old: int, new: int) -> None:
    """The group became a supergroup and has a new chat id; a second telling changes nothing. Whoever bound the new one
    before that was told has two groups of one: the former is unbound, and its areas go along."""
    before, known = await DispatchGroup.get_or_none(chat_id=old), await DispatchGroup.get_or_none(chat_id=new)
    if before is None:
        return
    if known is not None and known.active:
        if not await known.areas.all().exists():
            await known.areas.add(*await before.areas.all())
        await update_group(old, active=False)
        return
    if known is not None:
        await DispatchGroup.filter(id=known.id).update(chat_id=NOBODYS - known.id)
        await Address.filter(bot="dispatcher", party=group(known.id)).delete()
    await DispatchGroup.filter(chat_id=old).update(chat_id=new)
    await Address.filter(bot="dispatcher", chat_id=old).update(chat_id=new)


async def post(
    order_id: int,
    side: str,
    text: str,
    file_id: int | None = None,
    *,
    to_customer: bool = False,
    reply_to: int | None = None,
    in_group: bool = False,
) -> int:
    """Write in a thread: `team` stays with the team, `customer` is read by both. Returns the message's id.

    A contact always writes in the customer's thread. `in_group`: it was typed in the dispatch group itself. What is
    written to a merged order is read under the number that goes on.
    """
    w = current()
    await access_order(w.actor, order_id)
    named, order_id = order_id, await goes_on_as(order_id)
    in_group = in_group and order_id == named
    if w.actor.kind == "contact":
        side, to_customer = "customer", False
    elif to_customer:
        side = "customer"
    if not text.strip() and file_id is None:
        raise Refusal("chats.empty")
    if len(text) > MAX_TEXT:
        raise Refusal("chats.too_long", limit=MAX_TEXT)
    row = await Message.create(
        order_id=order_id,
        side=side,
        party=w.actor.party,
        who=w.actor.name,
        text=text,
        file_id=file_id,
        to_customer=to_customer,
        reply_to=reply_to,
        at=w.now,
    )
    if file_id is not None:
        await orders.attach(named, file_id, "chat", caption=text[:200], public=side == "customer")
    await emit(MessagePosted(order_id, row.id, in_group))
    return int(row.id)


async def send_to_customer(message_id: int) -> None:
    """Show a message of the team to the customer too («Клиенту»)."""
    w = current()
    w.actor.require("chats.team")
    changed = await Message.filter(id=message_id, to_customer=False).update(to_customer=True, side="customer")
    row = await Message.get_or_none(id=message_id)
    if row is None:
        raise NotFound("chats.message", id=message_id)
    if not changed:
        raise Refusal("chats.already_sent")
    await access_order(w.actor, row.order_id)
    await emit(MessagePosted(row.order_id, row.id, in_group=True))


async def carry(out_of: int, into: int, ids: list[int] | None = None) -> list[int]:
    """Move messages (all, or of `ids` those that are there) to another order's threads; which were moved."""
    sql = """UPDATE chats_messages SET order_id = $2
             WHERE order_id = $1 AND ($3::bigint[] IS NULL OR id = ANY($3::bigint[])) RETURNING id"""
    return sorted(row["id"] for row in await current().fetch(sql, out_of, into, ids))
