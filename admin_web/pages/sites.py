"""Sites: an address with a pin, the way in, who answers for it, and the machines that stand there."""

import logging
from typing import Any

from aiohttp import web

from admin_web.forms import Typed, row_of, typed
from admin_web.page import act, actor_of, back, page, render, said
from admin_web.seen import mark, unchanged
from core import ports
from core.assets.queries import assets_at, plans_at
from core.customers import actions as customers
from core.customers.queries import CustomerView, SiteView, branches, customer_view, site_view
from core.kernel.errors import NotFound, Outage
from core.people.queries import areas, members

SECTION = "/admin/customers"

log = logging.getLogger(__name__)


@page("GET", r"/admin/customers/{id:\d+}/sites/new", permission="customers.edit")
async def blank(request: web.Request) -> web.Response:
    return await _card(request, await customer_view(actor_of(request), row_of(request)), None)


@page("POST", r"/admin/customers/{id:\d+}/sites/new", permission="customers.edit")
async def add(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        site_id = await customers.add_site(row_of(request), **_details(values))
    return back(request, f"/admin/sites/{site_id}", note="sites.added")


@page("GET", r"/admin/sites/{id:\d+}", permission="customers.edit")
async def card(request: web.Request) -> web.Response:
    site = await site_view(actor_of(request), row_of(request))
    return await _card(request, await customer_view(actor_of(request), site.customer_id), site)


@page("POST", r"/admin/sites/{id:\d+}", permission="customers.edit")
async def change(request: web.Request) -> web.Response:
    values, site_id = await typed(request), row_of(request)

    async def showing() -> list[Any]:
        return _showing(await site_view(actor_of(request), site_id))

    async with act(request):
        await unchanged(request, values, showing)
        await customers.update_site(site_id, **_details(values))
    return back(request, f"/admin/sites/{site_id}", note="saved")


@page("POST", r"/admin/sites/{id:\d+}/{state:close|open}", permission="customers.edit")
async def close(request: web.Request) -> web.Response:
    """A closed site is offered nobody any more."""
    active = request.match_info["state"] == "open"
    async with act(request):
        await customers.update_site(row_of(request), active=active)
    return back(request, f"/admin/sites/{row_of(request)}", note="forms.restored" if active else "forms.archived")


async def _card(request: web.Request, customer: CustomerView, site: SiteView | None) -> web.Response:
    actor = actor_of(request)
    return await render(
        request,
        "admin/site.html",
        site=site,
        seen=mark(_showing(site)) if site else "",
        customer=customer,
        branches=await branches(customer.id),
        areas=await areas(),
        staff=await members(),
        assets=await assets_at(actor, site.id) if site else [],
        plans=await plans_at(actor, site.id) if site else [],
        path=SECTION,
        finds=ports.geocoder() is not None,
    )


@page("GET", "/admin/places", permission="customers.edit")
async def find(request: web.Request) -> web.Response:
    """Where an address is, to be looked at before anything is saved: {lat, lon, said}, or {said} and why not."""
    t = said(request)
    geocoder, address = ports.geocoder(), request.query.get("address", "").strip()[:300]
    if geocoder is None:
        raise NotFound("places")
    if not address:
        return web.json_response({"said": t.text("form.map.no_address")}, status=409)
    try:
        found = await geocoder.find(address, t.locale)
    except Outage as outage:
        log.warning("%s", outage)
        return web.json_response({"said": t.text("form.map.away")}, status=503)
    if not found:
        return web.json_response({"said": t.text("form.map.not_found")}, status=404)
    one = found[0]
    return web.json_response({"lat": one.lat, "lon": one.lon, "said": one.address})


def _showing(one: SiteView) -> list[Any]:
    """All that the card's form shows."""
    return [one.name, one.address, one.hint, one.lat, one.lon, one.area_id, one.responsible_id, one.branch_id]


def _details(values: Typed) -> dict[str, Any]:
    """Without a chosen area the map decides."""
    lat, lon = values.place()
    found = {
        "name": values.text("name", required=True),
        "address": values.text("address", 300),
        "hint": values.text("hint", 300),
        "lat": lat,
        "lon": lon,
        "branch_id": values.row("branch"),
        "responsible_id": values.row("responsible"),
    }
    area = values.row("area")
    return {**found, "area_id": area} if area or lat is None else found
