"""Roles: which permissions a job title has."""

from aiohttp import web

from admin_web.forms import code_for, typed
from admin_web.page import act, actor_of, back, page, render
from core.people import actions as people
from core.people.queries import members, roles
from core.people.rules import PERMISSIONS

ROLES = "/admin/people/roles"


@page("GET", ROLES, permission="people.see")
async def role_list(request: web.Request) -> web.Response:
    staff = await members()
    known = await roles()
    return await render(
        request,
        "admin/roles.html",
        roles=known,
        permissions=PERMISSIONS,
        holders={one.code: sum(person.role == one.code for person in staff) for one in known},
        may_edit=actor_of(request).may("people.edit"),
    )


@page("POST", ROLES, permission="people.edit")
async def save_role(request: web.Request) -> web.Response:
    """`code` empty: a new role."""
    values = await typed(request)
    names = values.both("name", 100)
    code = values.text("code", 32) or code_for(names["en"], [one.code for one in await roles()], "role")
    async with act(request):
        await people.update_role(code, values.all("permission"), names)
    return back(request, ROLES, note="saved")
