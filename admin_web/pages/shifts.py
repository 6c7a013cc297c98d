"""Who works when: a week at a glance, and a person's week planned in one go."""

from datetime import date, datetime, time, timedelta

from aiohttp import web

from admin_web.forms import asked, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from core.company.queries import company
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.people.queries import members
from core.schedule import actions as schedule
from core.schedule.queries import shifts_between

SHIFTS = "/admin/people/shifts"
DAYS = 7


@page("GET", SHIFTS, permission="people.see")
async def week(request: web.Request) -> web.Response:
    """`from` is any day of the week that is shown; `person` whose week the form plans."""
    zone = (await company()).tz
    monday = _monday(asked(request, "from"), now().astimezone(zone).date())
    start = datetime.combine(monday, time(), zone)
    days = [monday + timedelta(days=n) for n in range(DAYS)]
    staff = await members()
    cells: dict[tuple[int, date], list[object]] = {}
    for shift in await shifts_between(start, datetime.combine(monday + timedelta(days=DAYS), time(), zone)):
        cells.setdefault((shift.member_id, shift.starts_at.astimezone(zone).date()), []).append(shift)
    person = asked(request, "person", 10)
    chosen = next((one for one in staff if str(one.id) == person), None)
    shown = [one for one in staff if one.role == "technician" or any((one.id, day) in cells for day in days)]
    return await render(
        request,
        "admin/shifts.html",
        days=days,
        staff=staff,
        rows=shown,
        cells=cells,
        chosen=chosen,
        before=monday - timedelta(days=DAYS),
        after=monday + timedelta(days=DAYS),
        today=now().astimezone(zone).date(),
        may_plan=actor_of(request).may("people.edit") or actor_of(request).may("orders.dispatch"),
    )


@page("POST", SHIFTS, permission="people.see")
async def plan(request: web.Request) -> web.Response:
    """The ticked days of the week, one pair of times for all. An end before the start is on the next day. A day that
    has a shift already is refused, and then nothing was planned."""
    values = await typed(request)
    zone = (await company()).tz
    person, days = values.needed("person"), values.all("day")
    if not days:
        raise Refusal("form.day", field="day")
    async with act(request):
        for text in days:
            day = _day(text)
            starts = values.clock("starts", day, zone)
            ends = values.clock("ends", day, zone)
            if ends <= starts:
                ends = values.clock("ends", day + timedelta(days=1), zone)
            await schedule.plan_shift(person, starts, ends)
    return back(request, f"{SHIFTS}?person={person}&from={days[0]}", note="shifts.planned")


@page("POST", SHIFTS + r"/{id:\d+}/remove", permission="people.see")
async def unplan(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        await schedule.unplan_shift(row_of(request))
    return back(request, f"{SHIFTS}?from={_monday(values.text('from', 10), now().date())}", note="forms.removed")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("form.day", field="day") from error


def _monday(text: str, otherwise: date) -> date:
    """The Monday of a day's week; days out of all measure are today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = otherwise
    day = day if abs((day - otherwise).days) < 3650 else otherwise
    return day - timedelta(days=day.weekday())
