"""Customers: whom the company serves, with branches, sites, people and their machines on one card."""

from typing import Any

from aiohttp import web

from admin_web.forms import Typed, asked, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, unchanged
from core.assets.queries import assets_of
from core.channels.actions import choose
from core.channels.queries import choice_of
from core.channels.rules import CHANNELS
from core.contracts.queries import contracts
from core.customers import actions as customers
from core.customers.queries import CustomerView, branch_customer, branches, contacts, customer_view, sites_for
from core.customers.queries import customers as found_customers
from core.dispatch.queries import stops
from core.people.queries import members

LIST = "/admin/customers"
SHOWN = 100


@page("GET", LIST, permission="customers.edit")
async def listing(request: web.Request) -> web.Response:
    """`gone=1`: those who are served no more."""
    search, gone = asked(request), "gone" in request.query
    rows = await found_customers(search, SHOWN + 1, active=not gone)
    return await render(
        request, "admin/customers.html", customers=rows[:SHOWN], more=len(rows) > SHOWN, search=search, gone=gone
    )


@page("GET", LIST + "/new", permission="customers.edit")
async def newcomer(request: web.Request) -> web.Response:
    return await render(request, "admin/customer_new.html")


@page("POST", LIST + "/new", permission="customers.edit")
async def add(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        customer_id = await customers.add_customer(**_details(values))
    return back(request, f"{LIST}/{customer_id}", note="customers.added")


@page("GET", LIST + r"/{id:\d+}", permission="customers.edit")
async def card(request: web.Request) -> web.Response:
    actor, customer_id = actor_of(request), row_of(request)
    customer = await customer_view(actor, customer_id)
    return await render(
        request,
        "admin/customer.html",
        customer=customer,
        seen=mark(_showing(customer)),
        branches=await branches(customer_id),
        sites=await sites_for(actor, limit=500, customer_id=customer_id),
        contacts=await contacts(customer_id, active=None),
        assets=await assets_of(actor, customer_id, 200),
        contracts=await contracts(customer_id),
        stops=await stops(customer_id),
        told=await choice_of(customer_id),
        channels=CHANNELS,
        staff=await members(),
    )


@page("POST", LIST + r"/{id:\d+}", permission="customers.edit")
async def change(request: web.Request) -> web.Response:
    values, customer_id = await typed(request), row_of(request)

    async def showing() -> list[Any]:
        return _showing(await customer_view(actor_of(request), customer_id))

    async with act(request):
        await unchanged(request, values, showing)
        await customers.update_customer(customer_id, **_details(values))
    return back(request, f"{LIST}/{customer_id}", note="saved")


@page("POST", LIST + r"/{id:\d+}/{state:leave|return}", permission="customers.edit")
async def serve(request: web.Request) -> web.Response:
    """Let a customer go, or take them back."""
    active = request.match_info["state"] == "return"
    async with act(request):
        await customers.update_customer(row_of(request), active=active)
    return back(request, f"{LIST}/{row_of(request)}", note="forms.restored" if active else "forms.archived")


@page("POST", LIST + r"/{id:\d+}/branches", permission="customers.edit")
async def add_branch(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        await customers.add_branch(row_of(request), values.text("name", required=True), values.row("parent"))
    return back(request, f"{LIST}/{row_of(request)}", note="forms.added")


@page("POST", r"/admin/branches/{id:\d+}", permission="customers.edit")
async def rename_branch(request: web.Request) -> web.Response:
    values, customer_id = await typed(request), await branch_customer(row_of(request))
    async with act(request):
        await customers.rename_branch(row_of(request), values.text("name", required=True))
    return back(request, f"{LIST}/{customer_id}", note="saved")


@page("POST", r"/admin/branches/{id:\d+}/remove", permission="customers.edit")
async def remove_branch(request: web.Request) -> web.Response:
    """Refused while anything hangs on it."""
    customer_id = await branch_customer(row_of(request))
    async with act(request):
        await customers.remove_branch(row_of(request))
    return back(request, f"{LIST}/{customer_id}", note="forms.removed")


@page("POST", LIST + r"/{id:\d+}/channels", permission="customers.edit")
async def channels(request: web.Request) -> web.Response:
    """Which channels are forbidden for a customer, and in which order the others are tried."""
    values, customer_id = await typed(request), row_of(request)
    forbidden = [name for name in CHANNELS if values.flag(f"forbid.{name}")]
    async with act(request):
        await choose(customer_id, forbidden, values.text("ranks", 60).split())
    return back(request, f"{LIST}/{customer_id}", note="saved")


def _showing(one: CustomerView) -> list[Any]:
    """All that the card's form shows."""
    return [one.name, one.legal_name, one.inn, one.kpp, one.address, one.segment, one.private]


def _details(values: Typed) -> dict[str, Any]:
    return {
        "name": values.text("name", required=True),
        "legal_name": values.text("legal_name", 300),
        "inn": values.text("inn", 20),
        "kpp": values.text("kpp", 20),
        "address": values.text("address", 300),
        "segment": values.text("segment", 32),
        "private": values.flag("private"),
    }
