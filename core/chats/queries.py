"""Dispatch groups and the threads of an order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.chats.models import DispatchGroup, Message
from core.chats.rules import Circle, GroupFilter, choose_group
from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.remembered import Remembered
from core.orders.models import Order
from core.orders.queries import access_order, goes_on_as, sees_order


@dataclass(frozen=True, slots=True)
class GroupView:
    """A dispatch group; `area_ids` empty: it takes whatever the others leave."""

    id: int
    chat_id: int
    title: str
    is_forum: bool
    locale: str
    active: bool
    area_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message of a thread. `side`: team or customer."""

    id: int
    side: str
    party: str
    who: str
    text: str
    file: dict[str, int | str] | None
    to_customer: bool
    at: datetime


async def groups(active: bool = True) -> list[GroupView]:
    rows = await DispatchGroup.filter(active=active).order_by("id").prefetch_related("areas")
    return [_view(row) for row in rows]


async def group_of_chat(chat_id: int) -> GroupView | None:
    row = await DispatchGroup.get_or_none(chat_id=chat_id).prefetch_related("areas")
    return _view(row) if row else None


BOUND = "groups"
_bound = Remembered(lambda: DispatchGroup.filter(active=True).exists(), BOUND)


async def somebody_reads() -> bool:
    """Whether a group is bound at all, as of a moment ago."""
    return await _bound.get()


def forget_bound() -> None:
    """A group came or went."""
    _bound.forget()


async def filters() -> list[GroupFilter]:
    """Which group takes what, of those that are bound."""
    rows = await DispatchGroup.filter(active=True).order_by("id").prefetch_related("areas")
    return [
        GroupFilter(row.id, tuple(Circle(area.id, area.lat, area.lon, area.radius) for area in row.areas))
        for row in rows
    ]


async def group_for(order_id: int) -> int | None:
    """The group that takes this order, by the areas of groups and the place of the order; None: no group is bound."""
    takers = await filters()
    if not takers:
        return None
    order = await Order.get(id=order_id).select_related("site")
    place = order.site or order
    return choose_group(takers, order.site.area_id if order.site else None, place.lat, place.lon)


async def thread(actor: Actor, order_id: int, side: str | None = None, limit: int = 200) -> list[MessageView]:
    """Messages of an order, oldest first; a contact sees only what is theirs or was sent to them. A merged order's lie
    with the one under which it goes on; who may not see that one sees what they wrote themselves."""
    await access_order(actor, order_id)
    home = await goes_on_as(order_id)
    found = Message.filter(order_id=home)
    if home != order_id and not await sees_order(actor, home):
        found = found.filter(party=actor.party)
    if actor.kind == "contact":
        found = found.filter(side="customer")
    elif side:
        found = found.filter(side=side)
    rows = await found.order_by("-id").limit(limit).select_related("file")
    return [message_view(row) for row in reversed(rows)]


async def said(order_id: int, party: str, texts: Collection[str]) -> bool:
    """Whether that party has written one of these in an order's thread."""
    return await Message.filter(order_id=await goes_on_as(order_id), party=party, text__in=list(texts)).exists()


async def message(message_id: int) -> Message:
    """A row for reactions and for the team's buttons, not for customers."""
    row = await Message.get_or_none(id=message_id).select_related("file")
    if row is None:
        raise NotFound("chats.message", id=message_id)
    return row


def message_view(row: Message) -> MessageView:
    file = {"id": row.file.id, "kind": row.file.kind, "mime": row.file.mime} if row.file else None
    return MessageView(row.id, row.side, row.party, row.who, row.text, file, row.to_customer, row.at)


def _view(row: DispatchGroup) -> GroupView:
    areas = tuple(sorted(area.id for area in row.areas))
    return GroupView(row.id, row.chat_id, row.title, row.is_forum, row.locale, row.active, areas)
