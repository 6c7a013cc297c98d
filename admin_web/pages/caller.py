"""A dispatcher takes an order for somebody on the telephone: who, where, what, which kind of work, how urgent."""

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from admin_web.forms import typed
from admin_web.page import act, actor_of, back, form, page, render
from core.assets.queries import assets_at
from core.company.queries import company
from core.customers.actions import private_customer
from core.customers.queries import contact_view, customer_view, sites_for
from core.kernel.errors import Refusal
from core.kernel.ids import token
from core.orders import actions as orders
from core.orders.rules import KINDS, LEVELS
from core.overview.lists import callers

MOST_SITES = 300
MAY = "orders.create"


@page("GET", "/admin/orders/new", permission=MAY)
async def new(request: web.Request) -> web.Response:
    """First who (`?who=` looks for them), then, for a `?contact=`, the order itself."""
    actor, who = actor_of(request), request.query.get("who", "").strip()[:100]
    contact_id = _whole(request.query.get("contact", ""))
    if contact_id is None:
        found = await callers(actor, who) if who else []
        return await render(request, "admin/order_caller.html", who=who, found=found)
    contact = await contact_view(actor, contact_id)
    sites = await sites_for(actor, limit=MOST_SITES, customer_id=contact.customer_id)
    return await render(
        request,
        "admin/order_new.html",
        contact=contact,
        customer=await customer_view(actor, contact.customer_id),
        sites=sites,
        machines=await assets_at(actor, sites[0].id) if sites else [],
        chosen=(),
        kinds=KINDS,
        levels=LEVELS,
        key=token(),
    )


@page("POST", "/admin/orders/new/caller", permission="customers.edit")
async def caller(request: web.Request) -> web.Response:
    """Somebody new: a private customer. Whoever has this number already is taken as they are."""
    data = await form(request)
    async with act(request):
        _, contact_id = await private_customer(data.get("name", "") or data.get("phone", ""), data.get("phone", ""))
    return back(request, f"/admin/orders/new?contact={contact_id}")


@page("POST", "/admin/orders/new", permission=MAY)
async def create(request: web.Request) -> web.Response:
    """The order. The form's own key makes a second press of the same form the same order."""
    data, zone, ticked = await form(request), (await company()).tz, (await typed(request)).rows("asset")
    contact = await contact_view(actor_of(request), _whole(data.get("contact", "")) or 0)
    start, end = _window(data, zone)
    async with act(request):
        order_id = await orders.create(
            customer_id=contact.customer_id,
            site_id=_whole(data.get("site", "")),
            contact_id=contact.id,
            words=data.get("words", "")[:4000],
            asset_ids=ticked,
            urgency=data.get("urgency", "normal"),
            kind=data.get("kind") or KINDS[0],
            wanted_from=start,
            wanted_to=end,
            address=data.get("address", "")[:300],
            source="phone",
            key=data.get("key", "")[:64] or None,
        )
    return back(request, f"/admin/orders/{order_id}", note="order.created")


def _window(data: dict[str, str], zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From and to on the company's clock; neither when no day was chosen."""
    if not data.get("day"):
        return None, None
    try:
        start, end = (
            datetime.strptime(f"{data['day']} {data.get(name) or usual}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)
            for name, usual in (("start", "09:00"), ("end", "21:00"))
        )
    except ValueError as error:
        raise Refusal("orders.bad_window") from error
    return start, end


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
