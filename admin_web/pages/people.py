"""The staff: everybody at a glance, a card for each, invites into the bots, who left."""

from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from admin_web.forms import Typed, asked, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, unchanged
from core.company.queries import company
from core.dispatch.queries import stops
from core.kernel import qr
from core.kernel.actor import member as member_party
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.kernel.words import LOCALES
from core.people import actions as people
from core.people.queries import (
    MemberView,
    RoleView,
    areas,
    certificates,
    equipment,
    kinds,
    member_view,
    members,
    roles,
    skills,
    web_sessions,
)
from core.people.rules import LEVELS, STAFF_BOTS
from core.schedule.queries import calendar_since, shifts_ahead

INVITE_HOURS = 72


@page("GET", "/admin/people", permission="people.see")
async def staff(request: web.Request) -> web.Response:
    """Everybody who works here; `left=1` those who don't any more."""
    left, search = "left" in request.query, asked(request)
    found = [one for one in await members(active=not left) if _matches(one, search)]
    return await render(
        request, "admin/people.html", people=found, search=search, left=left, skills=await skills(), areas=await areas()
    )


def _matches(one: MemberView, search: str) -> bool:
    text = f"{one.name} {one.phone} {one.post} {one.firm} {' '.join(one.role_name.values())}".casefold()
    return all(word in text for word in search.casefold().split())


@page("GET", "/admin/people/new", permission="people.edit")
async def newcomer(request: web.Request) -> web.Response:
    return await _card(request, None)


@page("POST", "/admin/people/new", permission="people.edit")
async def hire(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        member_id = await people.add_member(
            values.choice("role", [one.code for one in await roles()]), **_staff(values)
        )
        await _abilities(member_id, values)
    return back(request, f"/admin/people/{member_id}", note="people.hired")


@page("GET", r"/admin/people/{id:\d+}", permission="people.see")
async def card(request: web.Request) -> web.Response:
    return await _card(request, await member_view(row_of(request)))


@page("POST", r"/admin/people/{id:\d+}", permission="people.edit")
async def change(request: web.Request) -> web.Response:
    values, member_id = await typed(request), row_of(request)

    async def showing() -> list[Any]:
        return _showing(await member_view(member_id))

    async with act(request):
        await unchanged(request, values, showing)
        role = values.choice("role", [one.code for one in await roles()])
        await people.update_member(member_id, role=role, **_staff(values))
        await _abilities(member_id, values)
    return back(request, f"/admin/people/{member_id}", note="saved")


@page("POST", r"/admin/people/{id:\d+}/leave", permission="people.edit")
async def leave(request: web.Request) -> web.Response:
    async with act(request):
        await people.deactivate_member(row_of(request))
    return back(request, f"/admin/people/{row_of(request)}", note="people.left")


@page("POST", r"/admin/people/{id:\d+}/return", permission="people.edit")
async def return_(request: web.Request) -> web.Response:
    async with act(request):
        await people.activate_member(row_of(request))
    return back(request, f"/admin/people/{row_of(request)}", note="people.returned")


@page("POST", r"/admin/people/{id:\d+}/invite/{bot}", permission="people.edit")
async def invite(request: web.Request) -> web.Response:
    """A one-time link into a bot. It is shown now and never again: only its digest is kept."""
    member_id, bot = row_of(request), request.match_info["bot"]
    if bot not in STAFF_BOTS:
        raise web.HTTPNotFound
    async with act(request):
        token = await people.issue_invite("member", member_party(member_id), INVITE_HOURS)
    link = links.start(bot, f"i_{token}")
    return await render(
        request,
        "admin/invite.html",
        link=link,
        command=f"/start i_{token}",
        code=qr.svg(link) if link else "",
        hours=INVITE_HOURS,
        back_to=f"/admin/people/{member_id}",
    )


@page("POST", r"/admin/people/{id:\d+}/sessions/{session:\d+}/end", permission="people.edit")
async def end_session(request: web.Request) -> web.Response:
    async with act(request):
        await people.end_web_session(row_of(request, "session"))
    return back(request, f"/admin/people/{row_of(request)}", note="sessions.ended")


def _showing(one: MemberView) -> list[Any]:
    """All that the card's form shows."""
    told = [one.name, one.phone, one.post, one.role, one.skills, sorted(one.area_ids), one.home_lat, one.home_lon]
    return [*told, one.hourly_rate, one.locale, one.zone, one.contractor, one.firm, one.by_bot]


def _staff(values: Typed) -> dict[str, Any]:
    lat, lon = values.place()
    zone = values.text("zone", 64, required=True)
    if zone not in available_timezones():
        raise Refusal("people.bad_zone")
    return {
        "name": values.text("name", required=True),
        "phone": values.text("phone", 40),
        "post": values.text("post", 100),
        "locale": values.choice("locale", LOCALES),
        "zone": zone,
        "hourly_rate": values.money("hourly_rate"),
        "contractor": (outside := values.flag("contractor")),
        "firm": values.text("firm") if outside else "",
        "by_bot": values.flag("by_bot") or not outside,
        "home_lat": lat,
        "home_lon": lon,
    }


async def _abilities(member_id: int, values: Typed) -> None:
    """Skills by `skill.<code>` (empty: none) and areas."""
    levels = {}
    for one in await skills():
        if values.text(name := f"skill.{one.code}", 2):
            levels[one.code] = values.whole(name, min(LEVELS), max(LEVELS))
    await people.set_skills(member_id, levels)
    await people.set_areas(member_id, values.rows("area"))


async def _card(request: web.Request, member: MemberView | None) -> web.Response:
    known = await roles()
    sees_sessions = member is not None and actor_of(request).may("people.edit")
    return await render(
        request,
        "admin/person.html",
        member=member,
        seen=mark(_showing(member)) if member else "",
        roles=known,
        skills=await skills(),
        areas=await areas(),
        levels=LEVELS,
        zones=sorted(available_timezones()),
        default_zone=(await company()).zone,
        bots=_bots(member, known) if member else (),
        sessions=await web_sessions(member.id) if member and sees_sessions else [],
        shifts=await shifts_ahead(member.id) if member else [],
        calendar=await calendar_since(member.id) if member else None,
        kinds=await kinds(),
        certificates=await certificates(member.id) if member else [],
        equipment=await equipment(member.id) if member else frozenset(),
        stops=await stops(member_id=member.id) if member else [],
        today=now().astimezone((await company()).tz).date(),
        may_edit=actor_of(request).may("people.edit"),
    )


def _bots(member: MemberView, known: list[RoleView]) -> tuple[str, ...]:
    """Which bots their role works in; the one for its main work first."""
    codes = next(one.permissions for one in known if one.code == member.role)
    if "*" in codes:
        return ("dispatcher", "technician")
    wanted = {"technician": "orders.work" in codes, "dispatcher": bool(codes & {"orders.see_all", "orders.dispatch"})}
    return tuple(bot for bot, fits in wanted.items() if fits) or ("dispatcher",)
