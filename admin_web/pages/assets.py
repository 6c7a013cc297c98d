"""Equipment: what is looked after, its kinds, its past and its label."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, asked, code_for, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, one_by_one, unchanged
from core.assets import actions as assets
from core.assets.queries import AssetView, TypeView, asset_types, asset_view, passport
from core.assets.queries import assets as found_assets
from core.checklists.queries import templates
from core.customers.queries import SiteView, site_view
from core.kernel import qr
from core.kernel.links import links
from core.people.queries import skills

SECTION = "/admin/customers"
LIST, TYPES = "/admin/assets", "/admin/assets/types"
SHOWN = 100
CRITICALITY = (3, 2, 1)


@page("GET", LIST, permission="assets.edit")
async def listing(request: web.Request) -> web.Response:
    search = asked(request)
    rows = await found_assets(actor_of(request), search, SHOWN + 1)
    return await render(
        request, "admin/assets.html", assets=rows[:SHOWN], more=len(rows) > SHOWN, search=search, path=SECTION
    )


@page("GET", r"/admin/sites/{id:\d+}/assets/new", permission="assets.edit")
async def blank(request: web.Request) -> web.Response:
    return await _form(request, await site_view(actor_of(request), row_of(request)), None)


@page("POST", r"/admin/sites/{id:\d+}/assets/new", permission="assets.edit")
async def add(request: web.Request) -> web.Response:
    values, site_id = await typed(request), row_of(request)
    await site_view(actor_of(request), site_id)
    async with act(request):
        asset_id = await assets.add_asset(site_id, **_details(values))
    where = f"/admin/sites/{site_id}/assets/new" if values.flag("another") else f"{LIST}/{asset_id}"
    return back(request, where, note="forms.added")


@page("GET", LIST + r"/{id:\d+}", permission="assets.edit")
async def card(request: web.Request) -> web.Response:
    asset = await asset_view(actor_of(request), row_of(request))
    return await _form(request, await site_view(actor_of(request), asset.site_id), asset)


@page("POST", LIST + r"/{id:\d+}", permission="assets.edit")
async def change(request: web.Request) -> web.Response:
    values, asset_id = await typed(request), row_of(request)

    async def showing() -> list[Any]:
        return _showing(await asset_view(actor_of(request), asset_id))

    async with act(request):
        await unchanged(request, values, showing)
        await assets.update_asset(asset_id, **_details(values))
    return back(request, f"{LIST}/{asset_id}", note="saved")


@page("POST", LIST + r"/{id:\d+}/{state:leave|return}", permission="assets.edit")
async def leave(request: web.Request) -> web.Response:
    active = request.match_info["state"] == "return"
    async with act(request):
        await assets.update_asset(row_of(request), active=active)
    return back(request, f"{LIST}/{row_of(request)}", note="forms.restored" if active else "forms.archived")


@page("POST", LIST + r"/{id:\d+}/label", permission="assets.edit")
async def relabel(request: web.Request) -> web.Response:
    """A new label; `lost` revokes the one that hangs."""
    values, asset_id = await typed(request), row_of(request)
    known = await passport(actor_of(request), asset_id, 0)
    async with act(request):
        if known.payload and values.flag("lost"):
            await assets.revoke_tag(known.payload)
        await assets.issue_tag(asset_id)
    return back(request, f"{LIST}/{asset_id}", note="assets.labelled")


async def _form(request: web.Request, site: SiteView, asset: AssetView | None) -> web.Response:
    past = await passport(actor_of(request), asset.id) if asset else None
    link = links.start("customer", f"q_{past.payload}") or past.payload if past and past.payload else None
    return await render(
        request,
        "admin/asset.html",
        site=site,
        asset=asset,
        seen=mark(_showing(asset)) if asset else "",
        types=await asset_types(),
        criticality=CRITICALITY,
        past=past.orders if past else [],
        plan=past.plan_id if past and actor_of(request).may("orders.see_all") else None,
        link=link,
        code=qr.svg(link) if link else "",
        path=SECTION,
    )


@page("GET", TYPES, permission="assets.edit")
async def types(request: web.Request) -> web.Response:
    known = await asset_types()
    return await render(
        request,
        "admin/asset_types.html",
        types=known,
        seen={one.code: mark(one) for one in known},
        skills=await skills(),
        checklists=await templates(),
        path=SECTION,
    )


@page("POST", TYPES, permission="assets.edit")
async def save_type(request: web.Request) -> web.Response:
    """`code` empty: a new kind."""
    values = await typed(request)
    names, code = values.both("name", 100), values.text("code", 32)
    checklist = values.choice("checklist", ["", *(one.code for one in await templates())])

    async def showing() -> TypeView | None:
        return next((one for one in await asset_types() if one.code == code), None)

    async with act(request):
        if not code:
            await one_by_one("types")
            code = code_for(names["en"], [one.code for one in await asset_types()], "type")
        await unchanged(request, values, showing)
        await assets.add_type(code, names, values.row("skill"), checklist)
    return back(request, TYPES, note="saved")


def _showing(one: AssetView) -> list[Any]:
    """All that the card's form shows."""
    return [one.name, one.type_id, one.model, one.serial, one.inventory, one.place, one.criticality]


def _details(values: Typed) -> dict[str, Any]:
    return {
        "name": values.text("name", required=True),
        "type_id": values.needed("type"),
        "model": values.text("model", 100),
        "serial": values.text("serial", 100),
        "inventory": values.text("inventory", 50),
        "place": values.text("place", 200),
        "criticality": values.whole("criticality", 1, 3),
    }
