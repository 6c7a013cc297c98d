"""QR labels: a sheet for the printer, for a site, a customer or a search."""

import asyncio

from aiohttp import web

from admin_web.forms import Typed, asked, typed
from admin_web.page import act, actor_of, page, render
from core.assets import actions as assets
from core.assets.queries import AssetView, asset_view, assets_at, assets_of, payload_of
from core.assets.queries import assets as found_assets
from core.company.queries import company
from core.customers.queries import customers, sites_for
from core.documents.labels import FORMATS, MAX_LABELS, AssetLabel, render_labels
from core.kernel.errors import Refusal
from core.kernel.links import links

SECTION = "/admin/customers"
USUAL = 24


@page("GET", "/admin/labels", permission="assets.edit")
async def choose(request: web.Request) -> web.Response:
    chosen = asked(request, "site", 10)
    sites = await sites_for(actor_of(request), limit=1000)
    return await render(
        request,
        "admin/labels.html",
        sites=sites,
        customers=await customers(limit=1000),
        site=chosen,
        asset=asked(request, "asset", 10),
        any_assets=bool(await found_assets(actor_of(request), limit=1)),
        formats=FORMATS,
        usual=USUAL,
        known_bot=bool(links.public) or "customer" in links.bots,
        path=SECTION,
    )


@page("POST", "/admin/labels", permission="assets.edit")
async def sheet(request: web.Request) -> web.Response:
    """The PDF. Machines without a valid label get one; labels that hang already stay good. The code opens our page,
    which offers the form and the bot; the bot itself where the desk has no public address."""
    values = await typed(request)
    per_page = int(values.choice("per_page", [str(size) for size in FORMATS]))
    skip = values.whole("skip", 0, per_page - 1) if values.text("skip", 5) else 0
    chosen = await _chosen(request, values)
    if not chosen:
        raise Refusal("documents.no_labels")
    if len(chosen) > MAX_LABELS:
        raise Refusal("documents.too_many_labels", limit=MAX_LABELS)
    labels = []
    async with act(request):
        for asset in chosen:
            payload = await payload_of(asset.id) or await assets.issue_tag(asset.id)
            link = links.page(f"form/{payload}") or links.start("customer", f"q_{payload}") or payload
            labels.append(AssetLabel(asset.name, link, asset.inventory))
    ours = await company()
    pdf = await asyncio.to_thread(
        render_labels, labels, ours.name, actor_of(request).locale, per_page=per_page, skip=skip
    )
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"'}
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)


async def _chosen(request: web.Request, values: Typed) -> list[AssetView]:
    """Of one machine, of a site, of a customer, or all."""
    actor = actor_of(request)
    if asset_id := values.row("asset"):
        return [await asset_view(actor, asset_id)]
    if site_id := values.row("site"):
        return await assets_at(actor, site_id)
    if customer_id := values.row("customer"):
        return await assets_of(actor, customer_id, MAX_LABELS + 1)
    return await found_assets(actor, limit=MAX_LABELS + 1)
