"""Business calendars: the week's hours, and the days that differ from it, as lines of text."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from admin_web.forms import Typed, code_for, typed
from admin_web.hours import hours_of, hours_text
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, one_by_one, unchanged
from core.company.queries import company
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.schedule.actions import save_calendar
from core.schedule.holidays import YEARS, countries, public_holidays, with_holidays
from core.schedule.queries import CalendarView, calendar_now, calendars

CALENDARS = "/admin/settings/calendars"
USUAL = ["09:00–18:00"] * 5 + ["", ""]
MOST_TEXT = 60_000


@page("GET", CALENDARS, permission="company.edit")
async def listed(request: web.Request) -> web.Response:
    return await render(request, "admin/calendars.html", calendars=await calendars())


@page("GET", f"{CALENDARS}/new", permission="company.edit")
async def blank(request: web.Request) -> web.Response:
    return await _card(request, None)


@page("POST", f"{CALENDARS}/new", permission="company.edit")
async def add(request: web.Request) -> web.Response:
    values = await typed(request)
    name, data = values.both("name", 100), _data(values)
    async with act(request):
        await one_by_one("calendars")
        taken = ["new", *(one.code for one in await calendars())]
        await save_calendar(code_for(name["en"], taken, "calendar"), name, data)
    return back(request, CALENDARS, note="forms.added")


@page("GET", CALENDARS + "/{code:[a-z0-9_]+}", permission="company.edit")
async def card(request: web.Request) -> web.Response:
    return await _card(request, await calendar_now(request.match_info["code"]))


@page("POST", CALENDARS + "/{code:[a-z0-9_]+}", permission="company.edit")
async def change(request: web.Request) -> web.Response:
    """Deadlines that run already keep the calendar by which they were promised."""
    values, one = await typed(request), await calendar_now(request.match_info["code"])
    name, data = values.both("name", 100), _data(values)

    async def showing() -> int:
        return (await calendar_now(one.code)).id

    if (name, data) != (one.name, one.data):
        async with act(request):
            await unchanged(request, values, showing)
            await save_calendar(one.code, name, data)
    return back(request, CALENDARS, note="saved")


@page("POST", CALENDARS + "/{code:[a-z0-9_]+}/holidays", permission="company.edit")
async def add_holidays(request: web.Request) -> web.Response:
    """The public holidays of a country for a year, beside the days that stand already: those stay as they are."""
    values, one = await typed(request), await calendar_now(request.match_info["code"])
    year = values.whole("year", YEARS.start, YEARS.stop - 1)
    country = values.choice("country", countries())
    short = values.whole("short", 0, 240)
    found = public_holidays(country, (year, year + 1), actor_of(request).locale)
    async with act(request):
        await save_calendar(one.code, one.name, with_holidays(one.data, found, year, short))
    return back(request, f"{CALENDARS}/{one.code}", note="calendars.filled")


async def _card(request: web.Request, one: CalendarView | None) -> web.Response:
    return await render(
        request,
        "admin/calendar.html",
        one=one,
        seen=mark(one.id) if one else "",
        zones=sorted(available_timezones()),
        chosen=one.data["zone"] if one else (await company()).zone,
        week=[hours_text(hours) for hours in one.data["week"]] if one else USUAL,
        countries=countries() if one else (),
        year=now().year + 1,
        days="\n".join(_line(*item) for item in sorted(one.data["days"].items())) if one else "",
    )


def _line(day: str, told: dict[str, Any]) -> str:
    return " ".join(filter(None, (day, hours_text(told["hours"]), told["name"])))


def _data(values: Typed) -> dict[str, Any]:
    week = [hours_of(values.text(f"day.{n}", 120), f"day.{n}") for n in range(7)]
    days: dict[str, Any] = {}
    for line in values.prose("days", MOST_TEXT).splitlines():
        if line.strip():
            day, told = _day(line, week)
            days[day] = told
    return {"zone": values.choice("zone", available_timezones()), "week": week, "days": days}


def _day(line: str, week: list[list[list[str]]]) -> tuple[str, dict[str, Any]]:
    """«2027-01-01 Новый год» is a holiday, «2027-02-20 10:00–14:00 За понедельник» works by hours of its own."""
    text, _, rest = line.strip().partition(" ")
    words = rest.split()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("form.day", field="days") from error
    count = next((n for n in range(len(words)) if _names(words[n:])), len(words))
    hours = hours_of(" ".join(words[:count]), "days")
    kind = "holiday" if not hours else "short" if week[day.weekday()] else "extra"
    return day.isoformat(), {"kind": kind, "hours": hours, "name": " ".join(words[count:])[:100]}


def _names(words: list[str]) -> bool:
    """Whether a name begins here and no hours: with a letter, or with a number as «8 Марта» and «80-летие» do."""
    first, after = words[0], words[1][0] if len(words) > 1 else ""
    if not first[0].isdigit():
        return True
    return after.isalpha() if first.isdigit() else ":" not in first and any(map(str.isalpha, first))
