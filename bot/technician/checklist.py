"""The checklist, item by item: press or type the answer, and the next item comes by itself."""

from typing import Any

from bot.shared.checks import value_text
from bot.shared.files import take
from bot.shared.paging import number
from bot.shared.voice import voice
from bot.technician.answers import MAX_TEXT, Unreadable, bare_number, pressed_value, typed_value
from bot.technician.identity import known, my_job, pressed, show
from bot.technician.photos import save_stray
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.checklists import actions as checklists
from core.checklists.opening import confirm
from core.checklists.queries import checklist
from core.reports import actions as reports


@routes.press("job.check")
@known
async def opened(turn: Turn) -> None:
    """Extra: an item's place in the list; without it the first unanswered; `list` shows them all."""
    job_id, extra = pressed(turn)
    items = await _items(turn, job_id)
    if extra.isdigit():
        await _show(turn, job_id, items, number(extra))
    else:
        place = None if extra == "list" else _next(items, -1)
        await (_list(turn, job_id, items) if place is None else _show(turn, job_id, items, place))


async def _items(turn: Turn, job_id: int) -> list[dict[str, Any]]:
    """Each with the list that it is of: buttons carry it, for before the first answer the list may become another."""
    await my_job(turn, job_id)
    found = await checklist(job_id)
    return [{**item, "template": found["template"]["id"]} for item in found["items"]] if found else []


def _another_list(turn: Turn, item: dict[str, Any]) -> bool:
    """Whether the button was made for another list: what it says may not be this item's answer."""
    return turn.press is not None and turn.press.revision not in (0, item["template"])


def _answered(item: dict[str, Any]) -> bool:
    return item.get("value") is not None or item.get("file_id") is not None


def _next(items: list[dict[str, Any]], after: int) -> int | None:
    """The first unanswered item after this one, else before it."""
    order = [*range(after + 1, len(items)), *range(max(after, 0))]
    return next((place for place in order if not _answered(items[place])), None)


async def _show(turn: Turn, job_id: int, items: list[dict[str, Any]], place: int, note: str | None = None) -> None:
    if not items:
        await _list(turn, job_id, items)
        return
    place = min(place, len(items) - 1)
    turn.dialogue.go("check", job_id=job_id, item=items[place]["code"])
    done = sum(map(_answered, items))
    facts = {"job_id": job_id, "item": items[place], "place": place, "total": len(items), "done": done, "note": note}
    show(turn, "technician.check.item", facts)


async def _list(turn: Turn, job_id: int, items: list[dict[str, Any]]) -> None:
    turn.dialogue.go(None)
    facts = await my_job(turn, job_id)
    show(turn, "technician.check", {**facts, "items": items})


@routes.press("check.set")
@known
async def press_answer(turn: Turn) -> None:
    """Extra: `<place>.<answer>`: yes, no, or a choice's place in its list."""
    job_id, extra = pressed(turn)
    items = await _items(turn, job_id)
    place_text, _, answer = extra.partition(".")
    place = number(place_text, -1)
    if not 0 <= place < len(items) or (value := pressed_value(items[place], answer)) is None:
        await _list(turn, job_id, items)
        return
    if _another_list(turn, items[place]):
        await _show(turn, job_id, items, place, "another_list")
        return
    await checklists.answer(job_id, items[place]["code"], value)
    await _go_on(turn, job_id, place)


async def _go_on(turn: Turn, job_id: int, place: int) -> None:
    """After an answer: the next unanswered item, or the whole list when there is none."""
    items = await _items(turn, job_id)
    following = _next(items, place)
    await (_list(turn, job_id, items) if following is None else _show(turn, job_id, items, following))


@routes.step("check")
@menu.first
@known
async def typed(turn: Turn) -> None:
    job_id, code = int(turn.dialogue.data["job_id"]), turn.dialogue.data["item"]
    items = await _items(turn, job_id)
    place = next((n for n, item in enumerate(items) if item["code"] == code), None)
    if place is None:
        await _list(turn, job_id, items)
    elif turn.files:
        await _photo(turn, job_id, items, place)
    else:
        await _take(turn, job_id, items, place)


async def _take(turn: Turn, job_id: int, items: list[dict[str, Any]], place: int) -> None:
    """A typed answer. A number off the norm is looked at once more before one goes on."""
    item = items[place]
    try:
        if item["type"] == "text" and turn.longer_than(MAX_TEXT):
            raise Unreadable("long")
        value = typed_value(item, turn.text, turn.locale)
    except Unreadable as problem:
        await _show(turn, job_id, items, place, problem.note)
        return
    number = item["type"] == "number"
    if await checklists.answer(job_id, item["code"], value, sure=not number) is False and number:
        await _doubt(turn, job_id, place)
    else:
        await _go_on(turn, job_id, place)


async def _doubt(turn: Turn, job_id: int, place: int, note: str | None = None) -> None:
    items = await _items(turn, job_id)
    turn.dialogue.go("check.off", job_id=job_id, item=items[place]["code"])
    facts = {"job_id": job_id, "item": items[place], "place": place, "total": len(items), "note": note}
    show(turn, "technician.check.off", facts)


@routes.press("check.keep")
@known
async def keep(turn: Turn) -> None:
    """The number is right as it is. Extra: the item's place."""
    job_id, extra = pressed(turn)
    items, place = await _items(turn, job_id), number(extra, -1)
    if 0 <= place < len(items) and not _another_list(turn, items[place]):
        await confirm(job_id, items[place]["code"])
    await _go_on(turn, job_id, number(extra))


@routes.press("check.call")
@known
async def call(turn: Turn) -> None:
    """Whom to ask about an item, as a contact card that one press calls. Extra: the item's place."""
    job_id, extra = pressed(turn)
    items, place = await _items(turn, job_id), number(extra, -1)
    if not 0 <= place < len(items) or not items[place].get("phone") or _another_list(turn, items[place]):
        await _list(turn, job_id, items)
        return
    name = voice(turn.locale, turn.zone).named(items[place]["text"])
    turn.say("technician.contact", {"name": name, "phone": items[place]["phone"]})


@routes.step("check.off")
@menu.first
@known
async def doubted(turn: Turn) -> None:
    """Another number corrects the answer; words say why it is so, for the comment, which the act prints."""
    job_id, code = int(turn.dialogue.data["job_id"]), turn.dialogue.data["item"]
    items = await _items(turn, job_id)
    place = next((n for n, item in enumerate(items) if item["code"] == code), None)
    words = turn.text.strip()
    if place is None:
        await _list(turn, job_id, items)
    elif turn.files:
        await save_stray(turn, await my_job(turn, job_id))
        await _doubt(turn, job_id, place, "saved_file")
    elif bare_number(words, *_units(turn, items[place])):
        await _take(turn, job_id, items, place)
    elif not words or turn.longer_than(MAX_TEXT):
        await _doubt(turn, job_id, place, "long" if words else "text_needed")
    else:
        await confirm(job_id, code)
        await _explain(turn, job_id, items[place], words)
        await _go_on(turn, job_id, place)


def _units(turn: Turn, item: dict[str, Any]) -> tuple[str, ...]:
    """The item's unit as it was typed and as this language writes it; the longer first."""
    unit = item.get("unit") or ""
    return tuple(sorted((unit, voice(turn.locale, turn.zone).words.unit(unit)), key=len, reverse=True))


async def _explain(turn: Turn, job_id: int, item: dict[str, Any], why: str) -> None:
    v = voice(turn.locale, turn.zone)
    told = f"{v.named(item['text'])}: {value_text(v, item)} — {why}"
    before = (await my_job(turn, job_id))["job"]["comment"]
    await reports.set_comment(job_id, f"{before}\n{told}".strip())


async def _photo(turn: Turn, job_id: int, items: list[dict[str, Any]], place: int) -> None:
    """A photo answers a photo item; at any other item it is kept with the order, and the question stands."""
    item = items[place]
    if item["type"] != "photo" or turn.files[0].kind not in ("photo", "document"):
        await save_stray(turn, await my_job(turn, job_id))
        await _show(turn, job_id, items, place, "saved_file")
        return
    taken = await take(turn, "job", job_id)
    if not taken:
        await _show(turn, job_id, items, place)
        return
    await checklists.answer(job_id, item["code"], file_id=taken[0].id)
    await _go_on(turn, job_id, place)
