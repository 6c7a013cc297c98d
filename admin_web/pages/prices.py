"""The price list: works and materials, changed in place."""

from functools import partial

from aiohttp import web

from admin_web.forms import asked, code_for, row_of, typed
from admin_web.page import act, back, page, render
from admin_web.seen import mark, one_by_one, unchanged
from core.contracts import actions as contracts
from core.contracts.queries import price_item, price_items

LISTS = {"work": "/admin/prices", "material": "/admin/prices/materials"}
UNITS = {"work": "усл.", "material": "шт."}
HOUR = "ч"
LETTERS = {"work": "W", "material": "M"}
SHOWN = 300
ALL = 100_000


@page("GET", LISTS["work"], permission="prices.edit")
async def works(request: web.Request) -> web.Response:
    return await _list(request, "work")


@page("GET", LISTS["material"], permission="prices.edit")
async def materials(request: web.Request) -> web.Response:
    return await _list(request, "material")


async def _list(request: web.Request, kind: str) -> web.Response:
    search, gone = asked(request), "gone" in request.query
    rows = await price_items(kind, search, SHOWN + 1, active=not gone)
    return await render(
        request,
        "admin/prices.html",
        kind=kind,
        here=LISTS[kind],
        items=rows[:SHOWN],
        seen={one.id: mark(one) for one in rows[:SHOWN]},
        more=len(rows) > SHOWN,
        search=search,
        gone=gone,
        unit=UNITS[kind],
    )


@page("POST", "/admin/prices/{kind:work|material}/new", permission="prices.edit")
async def add(request: web.Request) -> web.Response:
    """An empty code is made up. Work by the hour is counted in hours where no other unit was said."""
    values, kind = await typed(request), request.match_info["kind"]
    code, price = values.text("code", 32), values.money("price")
    name, unit, hourly = values.text("name", required=True), values.text("unit", 16), values.flag("hourly")
    if unit in ("", UNITS[kind]):
        unit = HOUR if hourly else UNITS[kind]
    async with act(request):
        if not code:
            await one_by_one("prices")
            code = code_for("", [item.code for item in await price_items(limit=ALL, active=None)], LETTERS[kind])
        await contracts.add_price_item(kind, code, name, price, unit, hourly)
    return back(request, LISTS[kind], note="forms.added")


@page("POST", r"/admin/prices/{id:\d+}", permission="prices.edit")
async def change(request: web.Request) -> web.Response:
    """What was entered in reports keeps the price of its day."""
    values, item = await typed(request), await price_item(row_of(request))
    name, unit = values.text("name", required=True), values.text("unit", 16, required=True)
    async with act(request):
        await unchanged(request, values, partial(price_item, item.id))
        await contracts.update_price_item(
            item.id, name=name, unit=unit, price=values.money("price"), hourly=values.flag("hourly")
        )
    return back(request, LISTS[item.kind], note="saved")


@page("POST", r"/admin/prices/{id:\d+}/{state:leave|return}", permission="prices.edit")
async def leave(request: web.Request) -> web.Response:
    """Out of the price list, or back into it."""
    active, item = request.match_info["state"] == "return", await price_item(row_of(request))
    async with act(request):
        await contracts.update_price_item(item.id, active=active)
    return back(request, LISTS[item.kind], note="forms.restored" if active else "forms.archived")
