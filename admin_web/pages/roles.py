"""Roles: which permissions a job title has."""

from typing import Any

from aiohttp import web

from admin_web.forms import code_for, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, one_by_one, unchanged
from core.people import actions as people
from core.people.queries import RoleView, members, roles
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
        seen={one.code: mark(_showing(one)) for one in known},
        permissions=PERMISSIONS,
        holders={one.code: sum(person.role == one.code for person in staff) for one in known},
        may_edit=actor_of(request).may("people.edit"),
    )


@page("POST", ROLES, permission="people.edit")
async def save_role(request: web.Request) -> web.Response:
    """`code` empty: a new role."""
    values = await typed(request)
    names, code = values.both("name", 100), values.text("code", 32)

    async def showing() -> list[Any]:
        return next((_showing(one) for one in await roles() if one.code == code), [])

    async with act(request):
        if not code:
            await one_by_one("roles")
            code = code_for(names["en"], [one.code for one in await roles()], "role")
        await unchanged(request, values, showing)
        await people.update_role(code, values.all("permission"), names)
    return back(request, ROLES, note="saved")


def _showing(one: RoleView) -> list[Any]:
    return [one.name, sorted(one.permissions)]
