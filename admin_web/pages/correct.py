"""An order put right after it was taken down wrong: its words and kind, its site and machines, its address and pin."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, typed
from admin_web.page import act, actor_of, back, number, page, render
from admin_web.seen import mark, unchanged
from core.assets.queries import assets_at
from core.customers.queries import site_view, sites_for
from core.kernel.errors import Refusal
from core.orders import actions as orders
from core.orders.queries import access_order
from core.orders.rules import KINDS
from core.overview.queries import Facts, order_facts
from core.overview.steering import steps

MAY = "orders.dispatch"
MOST_SITES = 300
MOST_WORDS = 4000


@page("GET", "/admin/orders/{id:\\d+}/change", permission=MAY)
async def ask(request: web.Request) -> web.Response:
    """The order as it stands. A closed site that it has stays on offer."""
    actor, order = actor_of(request), await _order(request)
    if "change" not in steps(order):
        raise Refusal("orders.wrong_state", state=order["state"], verb="change")
    sites, site = await sites_for(actor, limit=MOST_SITES, customer_id=order["customer"]["id"]), order["site"]
    if site and site["id"] not in {one.id for one in sites}:
        sites.append(await site_view(actor, site["id"]))
    return await render(
        request,
        "admin/order_change.html",
        order=order,
        kinds=KINDS,
        sites=sites,
        machines=await assets_at(actor, site["id"]) if site else [],
        chosen=_machines(order),
        seen=mark(_showing(order)),
    )


@page("GET", "/admin/orders/machines", permission="orders.see_all")
async def machines(request: web.Request) -> web.Response:
    """The machines of the chosen site (`?site=`), to tick in a form."""
    text = request.query.get("site", "")
    site_id = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    found = await assets_at(actor_of(request), site_id) if site_id else []
    return await render(request, "admin/order_machines.html", machines=found, chosen=())


@page("POST", "/admin/orders/{id:\\d+}/change", permission=MAY)
async def change(request: web.Request) -> web.Response:
    values = await typed(request)

    async def showing() -> list[Any]:
        return _showing(await _order(request))

    async with act(request):
        await unchanged(request, values, showing)
        order = await _order(request)
        await orders.change(order["number"], **_differences(order, values))
    return back(request, f"/admin/orders/{order['number']}", note="order.changed")


def _showing(order: Facts) -> list[Any]:
    """All that the form shows of an order."""
    site = order["site"]["id"] if order["site"] else None
    return [order["words"], order["kind"], site, order["address"], _machines(order), _shown(order)]


def _differences(order: Facts, values: Typed) -> dict[str, Any]:
    """What is other than the page showed: a new site brings its own address and pin where those were left alone."""
    site = order["site"] or {"id": None}
    before = {"words": order["words"], "kind": order["kind"], "site_id": site["id"], "address": order["address"]}
    after = {
        "words": values.prose("words", MOST_WORDS),
        "kind": values.text("kind", 32) or order["kind"],
        "site_id": values.row("site"),
        "address": values.text("address", 300),
    }
    fields: dict[str, Any] = {name: value for name, value in after.items() if value != before[name]}
    ticked = sorted(set(values.rows("asset")))
    if "site_id" in fields or ticked != _machines(order):
        fields["asset_ids"] = ticked
    pin = values.place()
    if pin != _shown(order):
        fields["lat"], fields["lon"] = pin
    return fields


def _machines(order: Facts) -> list[int]:
    return sorted(one["id"] for one in order["assets"])


def _shown(order: Facts) -> tuple[float | None, float | None]:
    """The pin as the form writes it."""
    lat, lon = order["lat"], order["lon"]
    return (None, None) if lat is None or lon is None else (float(f"{lat:.5f}"), float(f"{lon:.5f}"))


async def _order(request: web.Request) -> Facts:
    return await order_facts(await access_order(actor_of(request), number(request)))
