"""Write back into the system that an order came from: its address and token, which state is which, what is said."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, back, page, render
from core.hooks import backs
from core.hooks.queries import hook
from core.hooks.rules import COMMENTS, STATUS_TYPES
from core.hooks.vendors import CONFIG, VENDORS
from core.sources.queries import source, source_cards

BACKS = "/admin/write-backs"
MAY = "company.edit"


@page("GET", BACKS, permission=MAY)
async def choose(request: web.Request) -> web.Response:
    """Which of the connected systems; another has to be connected first."""
    return await render(request, "admin/backs.html", sources=await source_cards())


@page("GET", BACKS + "/new/{source}", permission=MAY)
async def new(request: web.Request) -> web.Response:
    """`?kind=` of another API than the usual one of this system."""
    one = await source(request.match_info["source"])
    asked = request.query.get("kind", one.kind.removesuffix("-poll"))
    kind = asked if asked in VENDORS else "rest"
    return await render(request, "admin/back_new.html", source=one, kind=kind, kinds=list(VENDORS), **_choices(kind))


@page("POST", BACKS + "/new/{source}/{kind}", permission=MAY)
async def add(request: web.Request) -> web.Response:
    values, kind = await typed(request), request.match_info["kind"]
    async with act(request):
        number = await backs.write_back(request.match_info["source"], kind, **_given(values))
    return back(request, f"/admin/hooks/{number}", note="saved")


@page("GET", BACKS + r"/{id:\d+}", permission=MAY)
async def shown(request: web.Request) -> web.Response:
    one = await hook(row_of(request))
    if one.kind not in VENDORS:
        raise web.HTTPNotFound
    said = {kind for kind, part in one.wants if part == "comment"}
    return await render(request, "admin/back.html", one=one, said=said, **_choices(one.kind))


@page("POST", BACKS + r"/{id:\d+}", permission=MAY)
async def save(request: web.Request) -> web.Response:
    """An empty token leaves the one there is."""
    values, one = await typed(request), await hook(row_of(request))
    if one.kind not in VENDORS:
        raise web.HTTPNotFound
    async with act(request):
        await backs.change_back(one.id, **_given(values))
    return back(request, f"/admin/hooks/{one.id}", note="saved")


def _choices(kind: str) -> dict[str, Any]:
    if kind == backs.CALLS:
        return {"settings": CONFIG[kind], "states": (), "comments": ()}
    return {"settings": CONFIG[kind], "states": list(STATUS_TYPES), "comments": COMMENTS}


def _given(values: Typed) -> dict[str, Any]:
    known = {name for names in CONFIG.values() for name in names}
    return {
        "name": values.text("name", 100, required=True),
        "url": values.text("url", 500, required=True),
        "token": values.text("token", 2000),
        "settings": {name: values.text(f"setting.{name}", 200) for name in known},
        "statuses": {state: values.text(f"status.{state}", 100) for state in STATUS_TYPES},
        "comments": values.all("comment"),
    }
