"""Who is away and who is on call; days off and swaps that wait for a decision."""

from datetime import datetime, time, timedelta

from aiohttp import web

from admin_web.forms import asked, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from core.company.queries import company
from core.kernel.clock import now
from core.overview.absences import affected
from core.people.queries import members
from core.schedule import actions as schedule
from core.schedule import queries
from core.schedule.actions.absences import KINDS

ABSENCES = "/admin/people/absences"
AHEAD = timedelta(days=550)
DUTIES_AHEAD = timedelta(days=62)


@page("GET", ABSENCES, permission="people.see")
async def listed(request: web.Request) -> web.Response:
    at, actor = now(), actor_of(request)
    waiting = [
        (one, await affected(one.member_id, one.starts_at, one.ends_at)) for one in await queries.absences_asked()
    ]
    today = await queries.today()
    midnight = datetime.combine(today, time(), (await company()).tz)
    person = asked(request, "person", 10)
    return await render(
        request,
        "admin/absences.html",
        waiting=waiting,
        swaps=await queries.swaps_open(),
        absences=await queries.absences(midnight - timedelta(days=31), at + AHEAD, states=("approved",)),
        duties=await queries.duties(midnight, at + DUTIES_AHEAD),
        on_call=await queries.on_call(at),
        people=await members(),
        person=int(person) if person.isascii() and person.isdecimal() else None,
        kinds=KINDS,
        today=today,
        tomorrow=today + timedelta(days=1),
        may_plan=actor.may("people.edit") or actor.may("orders.dispatch"),
    )


@page("POST", ABSENCES, permission="people.see")
async def enter(request: web.Request) -> web.Response:
    values = await typed(request)
    kind, first, last = values.choice("kind", KINDS), values.day("first_day"), values.day("last_day")
    async with act(request):
        await schedule.enter_absence(values.needed("person"), kind, first, last, values.text("note", 300))
    return back(request, ABSENCES, note="forms.added")


@page("POST", ABSENCES + r"/{id:\d+}/{verb:approve|refuse|cancel}", permission="people.see")
async def decide(request: web.Request) -> web.Response:
    verb = request.match_info["verb"]
    async with act(request):
        if verb == "cancel":
            await schedule.cancel_absence(row_of(request))
        else:
            await schedule.decide_absence(row_of(request), verb == "approve")
    return back(request, ABSENCES, note="saved")


@page("POST", r"/admin/people/swaps/{id:\d+}/{verb:approve|refuse}", permission="people.see")
async def decide_swap(request: web.Request) -> web.Response:
    async with act(request):
        await schedule.decide_swap(row_of(request), request.match_info["verb"] == "approve")
    return back(request, ABSENCES, note="saved")


@page("POST", "/admin/people/duties", permission="people.see")
async def put_on_call(request: web.Request) -> web.Response:
    """From a day's time to a day's time of the company's clock."""
    values = await typed(request)
    zone = (await company()).tz
    starts = values.clock("starts", values.day("since"), zone)
    ends = values.clock("ends", values.day("until"), zone)
    async with act(request):
        await schedule.plan_duty(values.needed("member"), starts, ends)
    return back(request, ABSENCES, note="forms.added")


@page("POST", r"/admin/people/duties/{id:\d+}/remove", permission="people.see")
async def take_off_call(request: web.Request) -> web.Response:
    async with act(request):
        await schedule.unplan_duty(row_of(request))
    return back(request, ABSENCES, note="forms.removed")
