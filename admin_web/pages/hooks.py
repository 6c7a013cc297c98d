"""Who is told of what happens: subscribe another system, look at what it was sent and what it answered."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, back, page, render
from core.hooks import actions
from core.hooks.queries import hook, hooks, outgoing
from core.hooks.rules import TYPES
from core.kernel.errors import NotFound

HOOKS = "/admin/hooks"
MAY = "company.edit"
SHOWN = 50


@page("GET", HOOKS, permission=MAY)
async def listed(request: web.Request) -> web.Response:
    return await render(request, "admin/hooks.html", rows=await hooks(), types=TYPES)


@page("POST", HOOKS, permission=MAY)
async def add(request: web.Request) -> web.Response:
    """The secret is shown now and never again."""
    values = await typed(request)
    given = _given(values)
    async with act(request):
        number, secret = await actions.subscribe(given["name"], given["url"], given["types"])
    return await render(request, "admin/hook_told.html", id=number, secret=secret)


@page("GET", HOOKS + r"/{id:\d+}", permission=MAY)
async def shown(request: web.Request) -> web.Response:
    """`?before=` older deliveries."""
    one = await hook(row_of(request))
    before = request.query.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    rows = await outgoing(one.id, older, SHOWN)
    return await render(
        request,
        "admin/hook.html",
        one=one,
        types=TYPES,
        wanted={kind for kind, _ in one.wants},
        rows=rows,
        older=rows[-1].id if len(rows) == SHOWN else None,
    )


@page("POST", HOOKS + r"/{id:\d+}", permission=MAY)
async def save(request: web.Request) -> web.Response:
    values, number = await typed(request), row_of(request)
    async with act(request):
        await actions.change(number, **_given(values))
    return back(request, f"{HOOKS}/{number}", note="saved")


@page("POST", HOOKS + r"/{id:\d+}/{do:on|off|try|rotate|remove}", permission=MAY)
async def do(request: web.Request) -> web.Response:
    number, verb = row_of(request), request.match_info["do"]
    async with act(request):
        if verb == "rotate":
            secret = await actions.rotate(number)
        elif verb == "try":
            await actions.try_out(number)
        elif verb == "remove":
            await actions.remove(number)
        else:
            await actions.switch(number, on=verb == "on")
    if verb == "rotate":
        return await render(request, "admin/hook_told.html", id=number, secret=secret)
    if verb == "remove":
        return back(request, HOOKS, note="hooks.removed")
    return back(request, f"{HOOKS}/{number}", note="hooks.tried" if verb == "try" else "saved")


@page("POST", HOOKS + r"/{id:\d+}/deliveries/{outgoing:\d+}/{do:again|drop}", permission=MAY)
async def deal(request: web.Request) -> web.Response:
    """Once more, or never mind."""
    number = row_of(request)
    verb = actions.again if request.match_info["do"] == "again" else actions.drop
    async with act(request):
        if await verb(row_of(request, "outgoing")) != number:
            raise NotFound("hooks.delivery")
    return back(request, f"{HOOKS}/{number}", note=f"hooks.{request.match_info['do']}")


def _given(values: Typed) -> dict[str, Any]:
    return {
        "name": values.text("name", 100, required=True),
        "url": values.text("url", 500, required=True),
        "types": values.all("type"),
    }
