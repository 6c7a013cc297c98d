"""The rota: people down, days across, changed by clicks; undone by the same call that did it."""

from datetime import date, timedelta
from typing import Any

import orjson
from aiohttp import web

from admin_web.forms import Typed, asked, typed
from admin_web.page import act, actor_of, page, render, said
from core.company.queries import company
from core.kernel.errors import Refusal
from core.overview.rota import board
from core.schedule import actions as schedule
from core.schedule import queries
from core.schedule.actions.absences import KINDS
from core.schedule.actions.days import MOST_CELLS, Cell
from core.schedule.rules import DAY_MINUTES, Hours, minute_of

ROTA = "/admin/people/rota"
SPANS = {"week": 7, "two": 14, "month": 31}
USUAL = ("09:00-18:00", "08:00-20:00", "20:00-08:00")
MOST_PRESETS = 6
FAR = timedelta(days=3650)


@page("GET", ROTA, permission="people.see")
async def grid(request: web.Request) -> web.Response:
    """`from` is any day of what is shown; `span`: week, two weeks, month."""
    span = asked(request, "span", 5)
    return await _show(request, span if span in SPANS else "two", asked(request, "from", 10))


@page("POST", f"{ROTA}/days", permission="people.see")
async def change(request: web.Request) -> web.Response:
    """The chosen days become what the button says; the answer is the grid, with what it was before."""
    values = await typed(request)
    cells = _chosen(values)
    what = values.text("set", 20) or values.text("custom", 20)
    async with act(request):
        if what in KINDS:
            await _absent(cells, what)
            before: list[Cell] = []
        else:
            hours = _hours(what, values)
            before = await schedule.set_days([Cell(member, day, hours) for member, day in cells])
    return await _show(request, values.text("span", 5), values.text("from", 10), before)


@page("POST", f"{ROTA}/undo", permission="people.see")
async def undo(request: web.Request) -> web.Response:
    values = await typed(request)
    cells = _read(values.prose("before", 200_000))
    async with act(request):
        await schedule.set_days(cells)
    return await _show(request, values.text("span", 5), values.text("from", 10))


async def _show(request: web.Request, span: str, since: str, before: list[Cell] | None = None) -> web.Response:
    today = await queries.today()
    span = span if span in SPANS else "two"
    first = _first(span, since, today)
    days = (_next(span, first) - first).days
    shown = await board(first, days, said(request).locale)
    actor = actor_of(request)
    return await render(
        request,
        "admin/rota.html",
        board=shown,
        days=[first + timedelta(days=n) for n in range(days)],
        first=first,
        span=span,
        spans=list(SPANS),
        earlier=_first(span, (first - timedelta(days=1)).isoformat(), today),
        later=first + timedelta(days=days),
        today=today,
        presets=await _presets(),
        kinds=KINDS,
        before=_told(before or []),
        may_plan=actor.may("people.edit") or actor.may("orders.dispatch"),
        waiting=len(await queries.absences_asked()) + len(await queries.swaps_open()),
        zone=(await company()).tz,
    )


def _first(span: str, text: str, today: date) -> date:
    """Where the shown time begins: a Monday, or the first of a month. Days out of all measure are today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    day = day if abs(day - today) < FAR else today
    return day.replace(day=1) if span == "month" else day - timedelta(days=day.weekday())


def _next(span: str, first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) if span == "month" else first + timedelta(days=SPANS[span])


async def _presets() -> list[str]:
    """The hours that the company's rotas have, then the usual ones: «08:00-20:00»."""
    found: dict[str, None] = {}
    for one in await queries.rotas():
        for hours in one.data["cycle"]:
            for start, end in hours:
                found[f"{start}-{end}"] = None
    return [*found, *(one for one in USUAL if one not in found)][:MOST_PRESETS]


def _chosen(values: Typed) -> list[tuple[int, date]]:
    """«3:2027-01-01,4:2027-01-02»."""
    parts = [part for part in values.prose("cells", MOST_CELLS * 24).split(",") if part]
    if len(parts) > MOST_CELLS:
        raise Refusal("schedule.too_many_days", most=MOST_CELLS)
    try:
        return [(int(member), date.fromisoformat(day)) for member, day in (part.split(":") for part in parts)]
    except ValueError as error:
        raise Refusal("form.day", field="cells") from error


def _hours(what: str, values: Typed) -> tuple[Hours, ...] | None:
    """`rota`: as the rota says; `off`: free; «08:00-20:00»; `own`: what was typed into `starts` and `ends`."""
    if what == "rota":
        return None
    if what == "off":
        return ()
    start, end = (values.text("starts", 5), values.text("ends", 5)) if what == "own" else what.partition("-")[::2]
    begin, stop = minute_of(start), minute_of(end)
    if begin is None or stop is None or begin == DAY_MINUTES:
        raise Refusal("form.clock", field="starts")
    return ((begin, stop if stop > begin else stop + DAY_MINUTES),)


async def _absent(cells: list[tuple[int, date]], kind: str) -> None:
    """Neighbouring days of a person are one absence."""
    if not cells:
        raise Refusal("schedule.no_days")
    runs: list[tuple[int, date, date]] = []
    for member, day in sorted(cells):
        if runs and runs[-1][0] == member and day - runs[-1][2] == timedelta(days=1):
            runs[-1] = (member, runs[-1][1], day)
        else:
            runs.append((member, day, day))
    for member, first, last in runs:
        await schedule.enter_absence(member, kind, first, last)


def _told(cells: list[Cell]) -> str:
    told = [[one.member_id, one.day.isoformat(), None if one.hours is None else list(one.hours)] for one in cells]
    return orjson.dumps(told).decode() if told else ""


def _read(text: str) -> list[Cell]:
    """What `_told` wrote, as a browser gave it back."""
    try:
        told: list[Any] = orjson.loads(text)
        return [_cell(*one) for one in told[: MOST_CELLS + 1]]
    except (orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise Refusal("form.day", field="before") from error


def _cell(member: Any, day: Any, hours: Any) -> Cell:
    if type(member) is not int or not 0 < member < 2**31:
        raise ValueError("member")
    if hours is None:
        return Cell(member, date.fromisoformat(day), None)
    pairs = tuple((start, end) for start, end in hours)
    if not all(type(minute) is int for pair in pairs for minute in pair) or len(pairs) > 8:
        raise ValueError("hours")
    return Cell(member, date.fromisoformat(day), pairs)
