"""The buttons of a new order. Each names the draft it belongs to; one of another draft changes nothing."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps

from bot.customer.draft import Draft
from bot.customer.identity import known, me
from bot.customer.new_order import pick_site
from bot.customer.questions import ask, draft_of, new_draft
from bot.customer.routes import routes
from bot.routes import Handler
from bot.shared.calendar import day_code, read_day, read_window
from bot.shared.orders import URGENCIES
from bot.shared.paging import number
from bot.turn import Turn
from core.assets.queries import assets_at
from core.chats import actions as chats
from core.orders import actions as orders
from core.orders.rules import draft_key
from core.overview.queries import order_facts

EDITABLE = ("site", "asset", "words", "urgency", "when")


def of_draft(handler: Callable[[Turn, Draft, str], Awaitable[None]]) -> Handler:
    """The press with its draft and its extra. The button's revision is the draft's number."""

    @known
    @wraps(handler)
    async def checked(turn: Turn) -> None:
        draft, press = draft_of(turn), turn.press
        if draft is None or press is None or draft.number != press.revision:
            turn.redraw("customer.new.gone", {})
            return
        await handler(turn, draft, press.extra)

    return checked


@routes.press("new.site")
@of_draft
async def site(turn: Turn, draft: Draft, extra: str) -> None:
    assert turn.press is not None
    await pick_site(turn, draft, turn.press.id)


@routes.press("new.sites")
@of_draft
async def sites(turn: Turn, draft: Draft, extra: str) -> None:
    await ask(turn, draft, page=number(extra))


@routes.press("new.elsewhere")
@of_draft
async def elsewhere(turn: Turn, draft: Draft, extra: str) -> None:
    """A place that is not in the list."""
    draft.site, draft.place, draft.assets, draft.editing = None, None, None, "place"
    await ask(turn, draft)


@routes.press("new.asset")
@of_draft
async def asset(turn: Turn, draft: Draft, extra: str) -> None:
    """Id 0: none of these, or the person does not know. An old button of a site that was left asks for the place."""
    assert turn.press is not None
    if draft.site is not None:
        chosen = [a for a in await assets_at(me(turn), draft.site["id"]) if a.id == turn.press.id]
        draft.assets, draft.editing = [{"id": a.id, "name": a.name} for a in chosen], None
    await ask(turn, draft)


@routes.press("new.assets")
@of_draft
async def assets(turn: Turn, draft: Draft, extra: str) -> None:
    await ask(turn, draft, page=number(extra))


@routes.press("new.wordless")
@of_draft
async def wordless(turn: Turn, draft: Draft, extra: str) -> None:
    """The photo says it all."""
    draft.wordless, draft.editing = bool(draft.files), None
    await ask(turn, draft)


@routes.press("new.urgency")
@of_draft
async def urgency(turn: Turn, draft: Draft, extra: str) -> None:
    if extra in URGENCIES:
        draft.urgency, draft.editing = extra, None
    await ask(turn, draft)


@routes.press("new.when")
@of_draft
async def when(turn: Turn, draft: Draft, extra: str) -> None:
    """`soon`, `pick`, a day (`20261125`), another month (`m20261201`) or a window (`20261125-0912`)."""
    today = turn.work.now.astimezone(turn.zone).date()
    if extra == "soon":
        draft.when, draft.editing = {"from": None, "to": None}, None
        await ask(turn, draft)
    elif window := read_window(extra, turn.zone):
        draft.when, draft.editing = {"from": window[0].isoformat(), "to": window[1].isoformat()}, None
        await ask(turn, draft)
    elif (day := read_day(extra)) and day >= today:
        turn.redraw("customer.new.window", _when_facts(turn, draft, day_code(day)))
    else:
        turn.redraw("customer.new.day", _when_facts(turn, draft, extra.removeprefix("m")))


def _when_facts(turn: Turn, draft: Draft, day: str) -> dict[str, object]:
    return {"draft": draft.facts(), "now": turn.work.now.isoformat(), "day": day}


@routes.press("new.edit")
@of_draft
async def edit(turn: Turn, draft: Draft, extra: str) -> None:
    if extra in EDITABLE:
        draft.editing = "place" if extra == "site" and not draft.known_sites else extra
    await ask(turn, draft)


@routes.press("new.back")
@of_draft
async def back(turn: Turn, draft: Draft, extra: str) -> None:
    draft.editing = None
    await ask(turn, draft)


@routes.press("new.join")
@of_draft
async def join(turn: Turn, draft: Draft, extra: str) -> None:
    """What was said belongs to an order that stands already: it goes into its chat."""
    assert turn.press is not None
    order_id = turn.press.id
    for start in range(0, len(draft.words), chats.MAX_TEXT):
        await chats.post(order_id, "customer", draft.words[start : start + chats.MAX_TEXT])
    for file in draft.files:
        await chats.post(order_id, "customer", "", file["id"])
    turn.dialogue.forget()
    turn.redraw("customer.chat.joined", {"number": order_id})


@routes.press("new.send")
@of_draft
async def send(turn: Turn, draft: Draft, extra: str) -> None:
    if draft.question != "check":
        await ask(turn, draft)
        return
    order_id = await create(turn, draft)
    album = draft.album
    turn.dialogue.forget()
    if album:
        turn.dialogue.go(None, album=album, album_order=order_id)
    turn.redraw("customer.created", {"order": await order_facts(order_id)})


async def create(turn: Turn, draft: Draft) -> int:
    """The same draft never makes two orders: its number is the key."""
    place, when_told, customer_id = draft.place or {}, draft.when or {}, me(turn).customer_id
    assert customer_id is not None
    return await orders.create(
        customer_id=customer_id,
        contact_id=me(turn).id,
        site_id=draft.site["id"] if draft.site else None,
        words=draft.words,
        urgency=draft.urgency or "normal",
        asset_ids=[a["id"] for a in draft.assets or []],
        file_ids=[file["id"] for file in draft.files],
        wanted_from=_moment(when_told.get("from")),
        wanted_to=_moment(when_told.get("to")),
        address=place.get("address") or "",
        lat=place.get("lat"),
        lon=place.get("lon"),
        source="telegram",
        key=draft_key(turn.chat_id, draft.number),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@routes.press("new.drop")
@of_draft
async def drop(turn: Turn, draft: Draft, extra: str) -> None:
    """`yes` throws the draft away; anything else asks first when there is something to lose."""
    if extra != "yes" and (draft.words or draft.files):
        turn.redraw("customer.new.drop", {"draft": draft.facts()})
        return
    turn.dialogue.forget()
    turn.redraw("customer.new.dropped", {})


@routes.press("new.again")
@known
async def again(turn: Turn) -> None:
    turn.dialogue.forget()
    await ask(turn, await new_draft(turn))
