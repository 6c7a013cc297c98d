"""What waits for a dispatcher: calls that ring or are to be returned, messages, orders that lack something."""

from aiohttp import web

from admin_web.forms import row_of, typed
from admin_web.page import act, actor_of, back, page, render
from core.customers.queries import customers, sites_for
from core.sources import requests
from core.sources.matching import caller_card
from core.sources.queries import request_row, waiting_requests

REQUESTS = "/admin/requests"
MAY = "orders.create"
CHOICES = 500


@page("GET", REQUESTS, permission=MAY)
async def listed(request: web.Request) -> web.Response:
    """The page asks for itself anew every few seconds: a call does not ring for long."""
    rows = await waiting_requests()
    callers = {row.id: await caller_card(row.phone) for row in rows if row.kind == "call"}
    return await render(request, "admin/requests.html", rows=rows, callers=callers)


@page("GET", REQUESTS + r"/{id:\d+}", permission=MAY)
async def shown(request: web.Request) -> web.Response:
    """One of them; `?customer=` offers that customer's sites."""
    row = await request_row(row_of(request))
    asked = request.query.get("customer", "")
    customer_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 10 else None
    sites = await sites_for(actor_of(request), limit=CHOICES, customer_id=customer_id) if customer_id else []
    return await render(
        request,
        "admin/request.html",
        row=row,
        caller=await caller_card(row.phone),
        customers=[(one.id, one.name) for one in await customers(limit=CHOICES)],
        sites=[(one.id, one.name) for one in sites],
        customer_id=customer_id,
    )


@page("POST", REQUESTS + r"/{id:\d+}/order", permission=MAY)
async def order(request: web.Request) -> web.Response:
    """The order, for the chosen customer or for whom it seems to be."""
    values = await typed(request)
    async with act(request):
        number = await requests.make_order(row_of(request), values.row("customer"), values.row("site"))
    return back(request, f"/admin/orders/{number}", note="order.created")


@page("POST", REQUESTS + r"/{id:\d+}/done", permission=MAY)
async def done(request: web.Request) -> web.Response:
    async with act(request):
        await requests.settle_for(row_of(request))
    return back(request, REQUESTS, note="saved")
