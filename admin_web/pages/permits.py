"""Certificates, tools and vehicles: what there is, and who has what."""

from aiohttp import web

from admin_web.forms import code_for, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import one_by_one
from core.people import actions as people
from core.people.queries import kinds, skills
from core.people.rules import EQUIPMENT

KINDS = "/admin/people/permits"
WHATS = ("certificate", *EQUIPMENT)


@page("GET", KINDS, permission="people.see")
async def listed(request: web.Request) -> web.Response:
    may_edit = actor_of(request).may("people.edit")
    return await render(request, "admin/permits.html", kinds=await kinds(), whats=WHATS, may_edit=may_edit)


@page("POST", KINDS, permission="people.edit")
async def save(request: web.Request) -> web.Response:
    """`code` empty: a new one."""
    values = await typed(request)
    what, names, code = values.choice("what", WHATS), values.both("name", 100), values.text("code", 32)
    async with act(request):
        if not code:
            await one_by_one("abilities")
            taken = [*(one.code for one in await kinds()), *(one.code for one in await skills())]
            code = code_for(names["en"], taken, what)
        if what == "certificate":
            await people.add_certificate_kind(code, names)
        else:
            await people.add_equipment(what, code, names)
    return back(request, KINDS, note="saved")


@page("POST", KINDS + "/{what:certificate|tool|vehicle}/{code:[a-z0-9_]+}/remove", permission="people.edit")
async def remove(request: web.Request) -> web.Response:
    code = request.match_info["code"]
    async with act(request):
        if request.match_info["what"] == "certificate":
            await people.remove_certificate_kind(code)
        else:
            await people.remove_equipment(code)
    return back(request, KINDS, note="forms.removed")


@page("POST", r"/admin/people/{id:\d+}/certificates", permission="people.edit")
async def certify(request: web.Request) -> web.Response:
    """Valid through a day; without one for ever."""
    values, member_id = await typed(request), row_of(request)
    until = values.day("expires_on") if values.text("expires_on", 20) else None
    async with act(request):
        await people.add_certificate(member_id, values.text("kind", 32), values.text("number", 50), until)
    return back(request, f"/admin/people/{member_id}", note="forms.added")


@page("POST", r"/admin/people/{id:\d+}/certificates/{certificate:\d+}/remove", permission="people.edit")
async def uncertify(request: web.Request) -> web.Response:
    async with act(request):
        await people.remove_certificate(row_of(request), row_of(request, "certificate"))
    return back(request, f"/admin/people/{row_of(request)}", note="forms.removed")


@page("POST", r"/admin/people/{id:\d+}/equipment", permission="people.edit")
async def equip(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        await people.set_equipment(row_of(request), [code[:32] for code in values.all("equipment")])
    return back(request, f"/admin/people/{row_of(request)}", note="saved")
