"""What work asks of whoever does it, and the stop-list: who is not sent where."""

from decimal import Decimal
from typing import Any

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, back, page, render
from core.assets.queries import asset_types
from core.contracts.queries import price_items
from core.dispatch import settle
from core.dispatch.queries import demands
from core.kernel.errors import Refusal
from core.orders.rules import KINDS
from core.people.queries import kinds, skills
from core.people.rules import LEVELS

ALL = "/admin/settings/demands"
ONE = r"/admin/demands/{scope:type|customer|site|contract|order|skill|kind}/{key:[a-z0-9_]+}"
BACK = {
    "customer": "/admin/customers/",
    "site": "/admin/sites/",
    "contract": "/admin/contracts/",
    "order": "/admin/orders/",
}


@page("GET", ALL, permission="company.edit")
async def listed(request: web.Request) -> web.Response:
    """Every demand but those of single orders; new ones for kinds of orders, of equipment, and for skills."""
    types, able = await asset_types(), await skills()
    scopes = [
        ("kind", [(kind, None) for kind in KINDS]),
        ("type", [(str(one.id), one.name) for one in types]),
        ("skill", [(one.code, one.name) for one in able]),
    ]
    return await _shown(request, await demands(), ALL, scopes=scopes, scope=None, key="", back_to="")


@page("GET", ONE, permission="orders.dispatch")
async def of_one(request: web.Request) -> web.Response:
    """The demands of one customer, site, contract or order."""
    scope, key = _which(request)
    back_to = BACK[scope] + key if scope in BACK else ALL
    found = await demands(scope, key)
    return await _shown(request, found, request.path, scopes=[], scope=scope, key=key, back_to=back_to)


async def _shown(request: web.Request, found: list[Any], way: str, **told: Any) -> web.Response:
    items = await price_items("material", limit=500)
    return await render(
        request,
        "admin/demands.html",
        demands=found,
        way=way,
        skills=await skills(),
        things=await kinds(),
        items=items,
        levels=LEVELS,
        **told,
    )


@page("POST", ALL, permission="company.edit")
async def add(request: web.Request) -> web.Response:
    values = await typed(request)
    scope, _, key = values.text("about", 60, required=True).partition(":")
    await _add(request, scope, key)
    return back(request, ALL, note="forms.added")


@page("POST", ONE, permission="orders.dispatch")
async def add_to_one(request: web.Request) -> web.Response:
    scope, key = _which(request)
    await _add(request, scope, key)
    return back(request, request.path, note="forms.added")


async def _add(request: web.Request, scope: str, key: str) -> None:
    values = await typed(request)
    what, _, code = values.text("what", 60, required=True).partition(":")
    quantity = values.decimal("quantity", Decimal("0.001"), 100_000) or Decimal(1)
    level = values.whole("level", min(LEVELS), max(LEVELS)) if values.text("level", 2) else 1
    async with act(request):
        await settle.add_demand(scope, key, what, code, level, quantity)


@page("POST", r"/admin/demands/{id:\d+}/remove", permission="orders.dispatch")
async def remove(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        scope, key = await settle.remove_demand(row_of(request))
    return back(request, ALL if values.flag("all") else f"/admin/demands/{scope}/{key}", note="forms.removed")


def _which(request: web.Request) -> tuple[str, str]:
    return request.match_info["scope"], request.match_info["key"]


@page("POST", r"/admin/customers/{id:\d+}/stops", permission="customers.edit")
async def stop(request: web.Request) -> web.Response:
    """`site` empty: none of the customer's sites."""
    values, customer_id = await typed(request), row_of(request)
    member = values.row("member")
    if member is None:
        raise Refusal("form.required", field="member")
    async with act(request):
        await settle.add_stop(member, customer_id, values.row("site"), values.text("reason", 300))
    return back(request, f"/admin/customers/{customer_id}", note="forms.added")


@page("POST", r"/admin/customers/{id:\d+}/stops/{stop:\d+}/remove", permission="customers.edit")
async def unstop(request: web.Request) -> web.Response:
    async with act(request):
        await settle.remove_stop(row_of(request, "stop"))
    return back(request, f"/admin/customers/{row_of(request)}", note="forms.removed")
