"""The register of orders, and an order for somebody who called."""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from admin_web.forms import asked
from admin_web.page import actor_of, page, render
from core.company.queries import company
from core.customers.queries import customer_view, customers
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.orders.rules import STATES
from core.overview.lists import search
from core.overview.register import Filters, register
from core.people.queries import members

CHOSEN = ("state", "due", "customer", "technician", "since", "until")
DUE = ("late", "today")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MOST_CUSTOMERS = 300


@page("GET", "/admin/orders", permission="orders.see_all")
async def orders(request: web.Request) -> web.Response:
    """A page of the register, or the newest matches of a search."""
    query, actor = request.query, actor_of(request)
    text = query.get("q", "").strip()[:100]
    if text:
        return await _shown(request, [_found(row) for row in await search(actor, text)], None, text)
    zone = (await company()).tz
    found = await register(actor, _filters(request, zone), query.get("after", ""))
    return await _shown(request, list(found.rows), found.after, "")


async def _shown(request: web.Request, rows: list[Any], after: str | None, text: str) -> web.Response:
    chosen = {name: request.query.get(name, "")[:40] for name in CHOSEN}
    find = asked(request, "find")
    offered, more = await _customers(actor_of(request), find, _id(chosen["customer"]))
    kept = {name: value for name, value in chosen.items() if value}
    return await render(
        request,
        "admin/orders.html",
        rows=rows,
        text=text,
        chosen=chosen,
        filtered=bool(kept or text),
        later="?" + urlencode({**kept, "after": after}) if after else None,
        paged="after" in request.query,
        first="?" + urlencode(kept),
        states=STATES,
        dues=DUE,
        customers=offered,
        more=more,
        find=find,
        technicians=[(one.id, one.name) for one in await members("technician", active=None)],
    )


@page("GET", "/admin/orders/customers", permission="orders.see_all")
async def offered(request: web.Request) -> web.Response:
    """The choices of the customer filter that fit what is typed (`?find=`); the chosen one stays among them."""
    chosen = _id(request.query.get("customer", ""))
    found, more = await _customers(actor_of(request), asked(request, "find"), chosen)
    return await render(request, "admin/order_customers.html", customers=found, more=more, chosen={"customer": chosen})


async def _customers(actor: Actor, search: str, chosen: int | None) -> tuple[list[tuple[int, str]], bool]:
    """The first customers that fit, with whoever is chosen already, and whether there are more."""
    rows = await customers(search, MOST_CUSTOMERS + 1)
    found = [(one.id, one.name) for one in rows[:MOST_CUSTOMERS]]
    if chosen is not None and chosen not in dict(found):
        with suppress(NotFound):
            found.insert(0, (chosen, (await customer_view(actor, chosen)).name))
    return found, len(rows) > MOST_CUSTOMERS


def _found(row: dict[str, Any]) -> dict[str, Any]:
    """A match of the search in the register's shape."""
    moments = {name: datetime.fromisoformat(row[name]) for name in ("created_at", "due_at") if row.get(name)}
    return {**row, "due_at": None, **moments}


def _filters(request: web.Request, zone: ZoneInfo) -> Filters:
    query = request.query
    until = _day(query.get("until", ""), zone)
    return Filters(
        state=query.get("state", "")[:16],
        customer_id=_id(query.get("customer", "")),
        member_id=_id(query.get("technician", "")),
        since=_day(query.get("since", ""), zone),
        until=until + timedelta(days=1) if until else None,
        due=_due(query.get("due", ""), zone),
    )


def _due(chosen: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """`late`: a clock has run out; `today`: one ends before the company's midnight."""
    at = now()
    midnight = datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(), zone)
    return {"late": (LONG_AGO, at), "today": (at, midnight)}.get(chosen)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return datetime.combine(day, time(), zone)
