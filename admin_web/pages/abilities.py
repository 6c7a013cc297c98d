"""What people can do and where they work: skills, and areas of the map."""

from aiohttp import web

from admin_web.forms import Typed, code_for, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import one_by_one
from core.kernel.errors import NotFound, Refusal
from core.people import actions as people
from core.people.queries import AreaView, areas, kinds, members, skills

SKILLS, AREAS = "/admin/people/skills", "/admin/people/areas"
USUAL_RADIUS = 5


@page("GET", SKILLS, permission="people.see")
async def skill_list(request: web.Request) -> web.Response:
    staff = await members()
    known = await skills()
    holders = {one.code: sum(one.code in person.skills for person in staff) for one in known}
    may_edit = actor_of(request).may("people.edit")
    return await render(request, "admin/skills.html", skills=known, holders=holders, may_edit=may_edit)


@page("POST", SKILLS, permission="people.edit")
async def save_skill(request: web.Request) -> web.Response:
    """`code` empty: a new one."""
    values = await typed(request)
    names, code = values.both("name", 100), values.text("code", 32)
    async with act(request):
        if not code:
            await one_by_one("abilities")
            taken = [*(one.code for one in await skills()), *(one.code for one in await kinds())]
            code = code_for(names["en"], taken, "skill")
        await people.add_skill(code, names)
    return back(request, SKILLS, note="saved")


@page("POST", SKILLS + "/{code}/remove", permission="people.edit")
async def remove_skill(request: web.Request) -> web.Response:
    async with act(request):
        await people.remove_skill(request.match_info["code"])
    return back(request, SKILLS, note="forms.removed")


@page("GET", AREAS, permission="people.see")
async def area_list(request: web.Request) -> web.Response:
    may_edit = actor_of(request).may("people.edit")
    return await render(request, "admin/areas.html", areas=await areas(), may_edit=may_edit)


@page("GET", AREAS + "/new", permission="people.edit")
async def new_area(request: web.Request) -> web.Response:
    return await _area_page(request, None)


@page("GET", AREAS + r"/{id:\d+}", permission="people.edit")
async def area(request: web.Request) -> web.Response:
    found = next((one for one in await areas() if one.id == row_of(request)), None)
    if found is None:
        raise NotFound("areas")
    return await _area_page(request, found)


async def _area_page(request: web.Request, found: AreaView | None) -> web.Response:
    return await render(request, "admin/area.html", area=found, usual=USUAL_RADIUS, path=AREAS)


@page("POST", AREAS + "/new", permission="people.edit")
async def add_area(request: web.Request) -> web.Response:
    values = await typed(request)
    name, lat, lon, radius = _circle(values)
    if name in [one.name for one in await areas()]:
        raise Refusal("people.area_taken")
    async with act(request):
        await people.add_area(name, lat, lon, radius)
    return back(request, AREAS, note="forms.added")


@page("POST", AREAS + r"/{id:\d+}", permission="people.edit")
async def change_area(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        await people.update_area(row_of(request), *_circle(values))
    return back(request, AREAS, note="saved")


@page("POST", AREAS + r"/{id:\d+}/remove", permission="people.edit")
async def remove_area(request: web.Request) -> web.Response:
    async with act(request):
        await people.remove_area(row_of(request))
    return back(request, AREAS, note="forms.removed")


def _circle(values: Typed) -> tuple[str, float, float, float]:
    lat, lon = values.place()
    radius = values.decimal("radius", 0.1, 1000)
    if lat is None or lon is None:
        raise Refusal("form.place", field="lat")
    if radius is None:
        raise Refusal("form.required", field="radius")
    return values.text("name", 100, required=True), lat, lon, float(radius)
