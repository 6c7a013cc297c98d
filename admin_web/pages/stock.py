"""Stock: what lies in stores and vans, what came in, what moved; and where the stores are."""

from decimal import Decimal
from typing import Any

from aiohttp import web

from admin_web.forms import LARGEST_ID, Typed, asked, row_of, typed
from admin_web.page import act, actor_of, back, page, render
from admin_web.seen import mark, unchanged
from core import ports
from core.contracts.queries import price_items
from core.kernel.errors import NotFound, Refusal
from core.people.queries import members
from core.warehouse import actions as warehouse
from core.warehouse.queries import WarehouseView, stock_at, warehouses

STOCK = "/admin/stock"
SECTION = "/admin/prices"
MOST = 999_999
ALL = 5000


@page("GET", STOCK, permission="prices.edit")
async def overview(request: web.Request) -> web.Response:
    """`at`: whose shelves are shown; the first store otherwise."""
    places = await warehouses()
    chosen = next((one for one in places if str(one.id) == asked(request, "at", 10)), places[0] if places else None)
    with_van = {one.member_id for one in places}
    return await render(
        request,
        "admin/stock.html",
        places=places,
        chosen=chosen,
        seen=mark(_showing(chosen)) if chosen else "",
        finds=ports.geocoder() is not None and actor_of(request).may("customers.edit"),
        stock=await stock_at(chosen.id) if chosen else [],
        materials=await price_items("material", limit=ALL),
        without_van=[one for one in await members("technician") if one.id not in with_van],
        path=SECTION,
    )


@page("POST", STOCK + "/stores", permission="prices.edit")
async def add_store(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        store = await warehouse.add_warehouse(**_details(values))
    return back(request, f"{STOCK}?at={store}", note="forms.added")


@page("POST", STOCK + r"/{id:\d+}", permission="prices.edit")
async def change_store(request: web.Request) -> web.Response:
    """Its name and where it is; a van is refused."""
    values, store = await typed(request), row_of(request)

    async def showing() -> list[Any]:
        found = next((one for one in await warehouses() if one.id == store and not one.member_id), None)
        if found is None:
            raise NotFound("warehouse", id=store)
        return _showing(found)

    async with act(request):
        await unchanged(request, values, showing)
        await warehouse.update_warehouse(store, **_details(values))
    return back(request, f"{STOCK}?at={store}", note="saved")


def _showing(one: WarehouseView) -> list[Any]:
    """All that a store's form shows."""
    return [one.name, one.address, one.lat, one.lon]


def _details(values: Typed) -> dict[str, Any]:
    lat, lon = values.place()
    named = {"name": values.text("name", 100, required=True), "address": values.text("address", 300)}
    return {**named, "lat": lat, "lon": lon}


@page("POST", STOCK + r"/{id:\d+}/receive", permission="prices.edit")
async def receive(request: web.Request) -> web.Response:
    values = await typed(request)
    async with act(request):
        await warehouse.receive(row_of(request), values.needed("item"), _quantity(values))
    return back(request, f"{STOCK}?at={row_of(request)}", note="stock.received")


@page("POST", STOCK + r"/{id:\d+}/transfer", permission="prices.edit")
async def transfer(request: web.Request) -> web.Response:
    """`target`: a place's id, or `van:<member>` for a van that nobody has put anything into yet."""
    values = await typed(request)
    async with act(request):
        target = await _target(values)
        await warehouse.transfer(row_of(request), target, values.needed("item"), _quantity(values))
    return back(request, f"{STOCK}?at={row_of(request)}", note="stock.moved")


async def _target(values: Typed) -> int:
    kind, _, number = values.text("target", 30).rpartition(":")
    if not (number.isascii() and number.isdecimal() and 0 < int(number) <= LARGEST_ID):
        raise Refusal("form.choose", field="target")
    if not kind:
        return int(number)
    if int(number) not in {one.id for one in await members("technician")}:
        raise NotFound("people")
    return await warehouse.van_of(int(number))


def _quantity(values: Typed) -> Decimal:
    quantity = values.decimal("quantity", 0, MOST)
    if quantity is None:
        raise Refusal("form.required", field="quantity")
    return quantity
