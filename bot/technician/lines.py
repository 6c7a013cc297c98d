"""Works and materials, the first two steps of the report: found in the price list or taken from the van, counted by
presses, typed, or by the clock."""

from decimal import Decimal
from typing import Any

from bot.shared.paging import number
from bot.technician.identity import known, me, my_job, pressed, show
from bot.technician.photos import save_stray
from bot.technician.routes import menu, routes
from bot.technician.screens.job import outside
from bot.turn import Turn
from core.contracts.queries import price_items
from core.kernel.errors import Refusal
from core.kernel.money import quantity
from core.reports import actions as reports
from core.reports.labour import Labour, first_quantity, labour
from core.reports.queries import often_used, report
from core.warehouse.queries import stock_of

PAGE = 8
LISTS = ("often", "work", "material", "van")
MATERIALS = "2"


@routes.press("job.lines")
@known
async def opened(turn: Turn) -> None:
    """Extra: MATERIALS for the second step, else the first."""
    job_id, extra = pressed(turn)
    await show_lines(turn, job_id, materials=extra == MATERIALS)


async def show_lines(turn: Turn, job_id: int, note: str | None = None, *, materials: bool = False) -> None:
    """All lines so far. Whatever is typed here is looked for in the price list."""
    facts = await my_job(turn, job_id)
    turn.dialogue.go("lines", job_id=job_id)
    more: dict[str, Any] = {"lines": _seen(facts, await _lines(job_id)), "note": note, "step": 2 if materials else 1}
    if not materials:
        more["labour"] = await _labour(facts)
    show(turn, "technician.lines", {**facts, **more})


def _seen(facts: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a contractor writes down has no prices: they are the customer's."""
    return [{**row, "price": None} for row in rows] if outside(facts["job"]) else rows


async def _labour(facts: dict[str, Any]) -> dict[str, Any]:
    known = await labour(facts["job"]["id"])
    rates = [{"id": one.item_id, "name": one.name, "unit": one.unit, "price": str(one.price),
              "written": str(one.written)} for one in known.rates]  # fmt: skip
    return {"minutes": known.minutes, "pause": known.pause, "people": list(known.people), "hours": str(known.hours),
            **_after(facts, known), "rates": _seen(facts, rates)}  # fmt: skip


def _after(facts: dict[str, Any], known: Labour) -> dict[str, Any]:
    """Hours outside of working hours, for those who see prices."""
    terms, after = known.terms, "0" if outside(facts["job"]) else str(known.after)
    told = {"calendar": terms.name, "number": terms.number, "percent": terms.percent}
    return {"outside": known.outside, "after": after, **told}


@routes.press("labour.open")
@known
async def which_rate(turn: Turn) -> None:
    """Which rate, and for how many of the crew."""
    job_id, _ = pressed(turn)
    facts = await my_job(turn, job_id)
    turn.redraw("technician.labour", {"number": facts["number"], "job_id": job_id, "labour": await _labour(facts)})


@routes.press("labour.set")
@known
async def set_hours(turn: Turn) -> None:
    """Extra: `<item>=<hours>`, the figure that the button said."""
    job_id, extra = pressed(turn)
    item_text, _, amount = extra.partition("=")
    await my_job(turn, job_id)
    await reports.set_line(job_id, number(item_text), quantity(amount))
    await show_lines(turn, job_id)


async def _lines(job_id: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = (await report(job_id))["lines"]
    return lines


@routes.press("line.list")
@known
async def listed(turn: Turn) -> None:
    """Extra: `<often|work|material|van>.<page>`."""
    job_id, extra = pressed(turn)
    which, _, page = extra.partition(".")
    facts = await my_job(turn, job_id)
    turn.dialogue.go("lines", job_id=job_id)
    await _choose(turn, facts, which if which in LISTS else "work", number(page))


async def _choose(turn: Turn, job: dict[str, Any], which: str, page: int = 0, search: str = "") -> None:
    if which == "van":
        found = [_stocked(row) for row in await stock_of(me(turn).id) if row.quantity > 0]
    elif which == "often":
        found = await often_used(me(turn).party)
    else:
        kind = None if which == "search" else which
        found = [_priced(row) for row in await price_items(kind, search)]
    shown = _seen(job, found[: PAGE * 20])
    facts = {"job_id": job["job"]["id"], "which": which, "items": shown, "page": page, "search": search}
    turn.redraw("technician.lines.choose", facts)


def _priced(row: Any) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "unit": row.unit, "price": str(row.price), "kind": row.kind}


def _stocked(row: Any) -> dict[str, Any]:
    return {
        "id": row.item_id,
        "name": row.name,
        "unit": row.unit,
        "price": str(row.price),
        "kind": "material",
        "left": str(row.quantity),
    }


@routes.step("lines")
@menu.first
@known
async def search(turn: Turn) -> None:
    job_id = int(turn.dialogue.data["job_id"])
    facts = await my_job(turn, job_id)
    if turn.files:
        await save_stray(turn, facts)
        await show_lines(turn, job_id, "saved_file")
    elif not turn.text.strip() or len(turn.text) > 100:
        await show_lines(turn, job_id, "search")
    else:
        await _choose(turn, facts, "search", search=" ".join(turn.text.split()))


@routes.press("line.open")
@known
async def line(turn: Turn) -> None:
    """Extra: the price item. One that is not there yet is added once, hours by the clock."""
    job_id, extra = pressed(turn)
    item_id = number(extra)
    known_line = next((row for row in await _lines(job_id) if row["item_id"] == item_id), None)
    if known_line is None:
        await my_job(turn, job_id)
        await reports.set_line(job_id, item_id, await first_quantity(job_id, item_id))
    await _show_line(turn, job_id, item_id)


@routes.press("line.set")
@known
async def set_quantity(turn: Turn) -> None:
    """Extra: `<item>=<quantity>`: the whole quantity, so that a press that comes twice counts once. 0 takes it out."""
    job_id, extra = pressed(turn)
    item_text, _, amount = extra.partition("=")
    await my_job(turn, job_id)
    await reports.set_line(job_id, number(item_text), quantity(amount) if amount != "0" else Decimal(0))
    if amount == "0":
        await show_lines(turn, job_id)
    else:
        await _show_line(turn, job_id, number(item_text))


async def _show_line(turn: Turn, job_id: int, item_id: int, note: str | None = None) -> None:
    rows = _seen(await my_job(turn, job_id), await _lines(job_id))
    row = next((row for row in rows if row["item_id"] == item_id), None)
    if row is None:
        await show_lines(turn, job_id)
        return
    left = None
    if row["kind"] == "material":
        left = next((str(each.quantity) for each in await stock_of(me(turn).id) if each.item_id == item_id), "0")
    turn.dialogue.go("lines.quantity", job_id=job_id, item_id=item_id)
    turn.redraw("technician.line", {"job_id": job_id, "line": row, "left": left, "note": note})


@routes.step("lines.quantity")
@menu.first
@known
async def typed_quantity(turn: Turn) -> None:
    """«0,65» is a quantity; any other words are looked for in the price list."""
    job_id, item_id = int(turn.dialogue.data["job_id"]), int(turn.dialogue.data["item_id"])
    facts = await my_job(turn, job_id)
    if turn.files:
        await save_stray(turn, facts)
        await _show_line(turn, job_id, item_id, "saved_file")
        return
    try:
        amount = quantity(turn.text)
    except Refusal:
        if turn.text.strip()[:1].isalpha() and len(turn.text) <= 100:
            await search(turn)
        else:
            await _show_line(turn, job_id, item_id, "number_needed")
        return
    await reports.set_line(job_id, item_id, amount)
    await _show_line(turn, job_id, item_id)
