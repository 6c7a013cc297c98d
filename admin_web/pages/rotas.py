"""Templates of rotas: a cycle of days as lines of text, shown as it is typed for six weeks, and who works by it."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.hours import hours_of, hours_text
from admin_web.page import act, actor_of, back, message_of, page, render
from admin_web.seen import mark, unchanged
from core.company.queries import company
from core.kernel.errors import NotAllowed, Refusal
from core.people.queries import members
from core.schedule import actions as schedule
from core.schedule import queries
from core.schedule.holidays import countries, public_holidays
from core.schedule.queries import RotaView
from core.schedule.rules import HOLIDAY_RULES, MOST_SHORT, Planned, expand, rota_of

ROTAS = "/admin/people/rotas"
WEEKS = 6
MOST_TEXT = 20_000
OFF = ("—", "-", "–", "вых", "выходной", "off")
FIVE_TWO = "|".join(["09:00–18:00"] * 5 + ["—", "—"])
READY = {
    "5/2": FIVE_TWO,
    "2/2": "08:00–20:00|08:00–20:00|—|—",
    "2/2 ☾": "08:00–20:00|20:00–08:00|—|—",
    "3/1": "09:00–18:00|09:00–18:00|09:00–18:00|—",
    "1/3": "08:00–08:00|—|—|—",
    "4/2 ☾": "20:00–08:00|20:00–08:00|—|—",
}


@page("GET", ROTAS, permission="people.see")
async def listed(request: web.Request) -> web.Response:
    shown = [(one, len(one.data["cycle"])) for one in await queries.rotas()]
    return await render(request, "admin/rotas.html", rotas=shown, may_plan=_may(request))


@page("GET", f"{ROTAS}/new", permission="people.see")
async def blank(request: web.Request) -> web.Response:
    _require(request)
    return await _card(request, None)


@page("POST", f"{ROTAS}/new", permission="people.see")
async def add(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        number = await schedule.save_rota(None, values.both("name", 100), _data(values))
    return back(request, f"{ROTAS}/{number}", note="forms.added")


@page("POST", f"{ROTAS}/preview", permission="people.see")
async def preview(request: web.Request) -> web.Response:
    """What the form means so far; a mistake is told in place of it."""
    values = await typed(request)
    try:
        return await render(request, "admin/rota_preview.html", said="", **await _weeks(request, _data(values)))
    except Refusal as refusal:
        return await render(request, "admin/rota_preview.html", said=message_of(request, refusal), weeks=[])


@page("GET", ROTAS + r"/{id:\d+}", permission="people.see")
async def card(request: web.Request) -> web.Response:
    return await _card(request, await queries.rota(row_of(request)))


@page("POST", ROTAS + r"/{id:\d+}", permission="people.see")
async def change(request: web.Request) -> web.Response:
    """Everybody who works by it is planned anew at once; days made by hand stay."""
    values, number = await typed(request), row_of(request)

    async def showing() -> list[Any]:
        return _showing(await queries.rota(number))

    async with act(request):
        await unchanged(request, values, showing)
        await schedule.save_rota(number, values.both("name", 100), _data(values))
    return back(request, f"{ROTAS}/{number}", note="rota.redrawn")


@page("POST", ROTAS + r"/{id:\d+}/archive", permission="people.see")
async def archive(request: web.Request) -> web.Response:
    async with act(request):
        await schedule.archive_rota(row_of(request))
    return back(request, ROTAS, note="forms.removed")


@page("POST", ROTAS + r"/{id:\d+}/people", permission="people.see")
async def assign(request: web.Request) -> web.Response:
    """The ticked people work by it; all of them or nobody."""
    values, number = await typed(request), row_of(request)
    people = values.rows("person")
    if not people:
        raise Refusal("form.choose", field="person")
    since, until = values.day("since"), values.day("until") if values.text("until", 10) else None
    begins_with = values.whole("begins_with", 1, 366) - 1
    left_out = 0
    async with act(request):
        for person in people:
            left_out += len((await schedule.assign_rota(person, number, since, begins_with, until)).left_out)
    return back(request, f"{ROTAS}/{number}", note="rota.left_out" if left_out else "rota.assigned")


@page("POST", ROTAS + r"/assignments/{id:\d+}/end", permission="people.see")
async def end(request: web.Request) -> web.Response:
    """`last`: the last day; without it the assignment is taken back."""
    values = await typed(request)
    last = values.day("last") if values.text("last", 10) else None
    async with act(request):
        await schedule.end_assignment(row_of(request), last)
    return back(request, f"{ROTAS}/{values.needed('rota')}", note="saved")


def _showing(one: RotaView) -> list[Any]:
    return [one.name, one.data]


async def _card(request: web.Request, one: RotaView | None) -> web.Response:
    today = await queries.today()
    data = {**_usual((await company()).zone, today), **(one.data if one else {})}
    return await render(
        request,
        "admin/rota_template.html",
        one=one,
        seen=mark(_showing(one)) if one else "",
        data=data,
        cycle="\n".join(hours_text(hours) or "—" for hours in data["cycle"]),
        ready=READY,
        zones=sorted(available_timezones()),
        countries=countries(),
        holiday_rules=HOLIDAY_RULES,
        people=[one for one in await members("technician") if not one.contractor],
        assignments=[each for each in await queries.assignments() if one and each.rota_id == one.id],
        monday=today + timedelta(days=7 - today.weekday()),
        today=today,
        may_plan=_may(request),
        said="",
        **await _weeks(request, data),
    )


def _usual(zone: str, today: date) -> dict[str, Any]:
    monday = today - timedelta(days=today.weekday())
    cycle = [[["09:00", "18:00"]]] * 5 + [[], []]
    return {
        "zone": zone,
        "starts_on": monday.isoformat(),
        "cycle": cycle,
        "country": "",
        "holidays": "work",
        "short": 0,
    }


def _data(values: Typed) -> dict[str, Any]:
    return {
        "zone": values.text("zone", 64),
        "starts_on": values.day("starts_on").isoformat(),
        "cycle": _cycle(values.prose("cycle", MOST_TEXT)),
        "country": values.text("country", 3),
        "holidays": values.choice("holidays", HOLIDAY_RULES),
        "short": values.whole("short", 0, MOST_SHORT) if values.text("short", 4) else 0,
    }


def _cycle(text: str) -> list[list[list[str]]]:
    """A line is a day; empty lines are nothing, a dash is a day off. `schedule.bad_rota.hours` names the line."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        try:
            found.append([] if line.lower() in OFF else hours_of(line, "cycle"))
        except Refusal as refusal:
            raise Refusal("schedule.bad_rota.hours", field="cycle", day=len(found) + 1) from refusal
    return found


async def _weeks(request: web.Request, data: dict[str, Any]) -> dict[str, Any]:
    """Six weeks from this one's Monday: {weeks: [[(day, shifts, holiday)]], hours: a week on average, tz}."""
    rota = rota_of(data)
    today = await queries.today()
    monday = today - timedelta(days=today.weekday())
    last = monday + timedelta(days=7 * WEEKS)
    years = tuple(range(monday.year, last.year + 1))
    holidays = public_holidays(rota.country, years, actor_of(request).locale)
    shifts: dict[date, list[Planned]] = {}
    for one in expand(rota, monday, last, holidays):
        shifts.setdefault(one.day, []).append(one)
    days = [monday + timedelta(days=n) for n in range(7 * WEEKS)]
    told = [(day, shifts.get(day, []), holidays.days.get(day, "")) for day in days]
    cycle = sum(end - start for hours in rota.cycle for start, end in hours)
    return {
        "weeks": [told[n : n + 7] for n in range(0, len(told), 7)],
        "hours": round(cycle / 60 * 7 / len(rota.cycle), 1),
        "tz": rota.zone,
        "cycle_days": len(rota.cycle),
    }


def _may(request: web.Request) -> bool:
    actor = actor_of(request)
    return actor.may("people.edit") or actor.may("orders.dispatch")


def _require(request: web.Request) -> None:
    if not _may(request):
        raise NotAllowed("orders.dispatch")
