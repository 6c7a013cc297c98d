"""What lies where."""

from dataclasses import dataclass
from decimal import Decimal

from core.kernel.read import fetch


@dataclass(frozen=True, slots=True)
class StockView:
    """How much of a price item there is; `price` in roubles for one `unit`."""

    item_id: int
    code: str
    name: str
    unit: str
    quantity: Decimal
    price: Decimal


_STOCK = """
SELECT i.id AS item_id, i.code, i.name, i.unit, sum(s.quantity) AS quantity, i.price
FROM warehouse_stock s JOIN warehouse_warehouses w ON w.id = s.warehouse_id
JOIN contracts_price_items i ON i.id = s.item_id
WHERE {where} AND s.quantity > 0 GROUP BY i.id ORDER BY i.name, i.id
"""


async def stock_of(member_id: int) -> list[StockView]:
    """What is in a technician's van, by name."""
    return [StockView(**dict(row)) for row in await fetch(_STOCK.format(where="w.member_id = $1"), member_id)]


async def stock_at(warehouse_id: int) -> list[StockView]:
    return [StockView(**dict(row)) for row in await fetch(_STOCK.format(where="w.id = $1"), warehouse_id)]


@dataclass(frozen=True, slots=True)
class WarehouseView:
    """`member_id` is set for a van. A store's pin is `lat` and `lon`, or neither."""

    id: int
    name: str
    member_id: int | None
    address: str
    lat: float | None
    lon: float | None


async def warehouses() -> list[WarehouseView]:
    """Stores first, then vans by name."""
    sql = """SELECT id, name, member_id, address, lat, lon FROM warehouse_warehouses
             ORDER BY member_id IS NOT NULL, name, id"""
    return [WarehouseView(**dict(row)) for row in await fetch(sql)]
