"""Business calendars: the week's hours, and the days that differ from it, as lines of text."""

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from admin_web.forms import Typed, code_for, typed
from admin_web.page import act, back, page, render
from core.company.queries import company
from core.kernel.errors import Refusal
from core.schedule.actions import save_calendar
from core.schedule.queries import CalendarView, calendar_now, calendars

CALENDARS = "/admin/settings/calendars"
USUAL = ["09:00–18:00"] * 5 + ["", ""]
MOST_TEXT = 60_000
DASH = re.compile("[-‒—−]")
HOURS = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]–(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)", re.ASCII)


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
    if (name, data) != (one.name, one.data):
        async with act(request):
            await save_calendar(one.code, name, data)
    return back(request, CALENDARS, note="saved")


async def _card(request: web.Request, one: CalendarView | None) -> web.Response:
    return await render(
        request,
        "admin/calendar.html",
        one=one,
        zones=sorted(available_timezones()),
        chosen=one.data["zone"] if one else (await company()).zone,
        week=[_told(hours) for hours in one.data["week"]] if one else USUAL,
        days="\n".join(_line(*item) for item in sorted(one.data["days"].items())) if one else "",
    )


def _told(hours: list[list[str]]) -> str:
    return ", ".join(f"{start}–{end}" for start, end in hours)


def _line(day: str, told: dict[str, Any]) -> str:
    return " ".join(filter(None, (day, _told(told["hours"]), told["name"])))


def _data(values: Typed) -> dict[str, Any]:
    week = [_hours(values.text(f"day.{n}", 120), f"day.{n}") for n in range(7)]
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
    count = next((n for n, word in enumerate(words) if not word[0].isdigit()), len(words))
    hours = _hours(" ".join(words[:count]), "days")
    kind = "holiday" if not hours else "short" if week[day.weekday()] else "extra"
    return day.isoformat(), {"kind": kind, "hours": hours, "name": " ".join(words[count:])[:100]}


def _hours(text: str, field: str) -> list[list[str]]:
    """«9:00–13:00, 14:00–18:00» with any dash."""
    parts = [part for part in DASH.sub("–", "".join(text.split())).split(",") if part]
    if not all(HOURS.fullmatch(part) for part in parts):
        raise Refusal("form.clock", field=field)
    return [[clock.zfill(5) for clock in part.split("–")] for part in parts]
