"""What must be fetched before a visit: parts that the work asks for and the technician's van lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.kernel.read import fetch

_NEEDS = """
SELECT j.id AS job_id, i.id AS item_id, i.name, i.unit, max(d.quantity) AS quantity
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id
JOIN dispatch_demands d ON d.what = 'part' AND (
  d.scope = 'order' AND d.key = o.id::text OR d.scope = 'kind' AND d.key = o.kind
  OR d.scope = 'customer' AND d.key = o.customer_id::text OR d.scope = 'site' AND d.key = o.site_id::text
  OR d.scope = 'type' AND d.key IN (SELECT a.type_id::text FROM orders_order_assets l
                                    JOIN assets_assets a ON a.id = l.asset_id WHERE l.order_id = o.id))
JOIN contracts_price_items i ON i.code = d.code
WHERE j.id = ANY($1::bigint[]) AND j.state IN ('assigned', 'paused') GROUP BY 1, 2, 3, 4
"""
_VAN = """
SELECT s.item_id, sum(s.quantity) AS quantity FROM warehouse_stock s
JOIN warehouse_warehouses w ON w.id = s.warehouse_id WHERE w.member_id = $1 GROUP BY 1
"""
_STORES = """
SELECT w.id, w.name, s.item_id, s.quantity FROM warehouse_warehouses w
JOIN warehouse_stock s ON s.warehouse_id = w.id
WHERE w.member_id IS NULL AND s.item_id = ANY($1::int[]) AND s.quantity > 0 ORDER BY w.id
"""


@dataclass(frozen=True, slots=True)
class Pickup:
    """A stop before `job_id`. `store` None: no store has any of it. `items`: name, quantity, unit."""

    job_id: int
    store: str | None
    items: tuple[tuple[str, Decimal, str], ...]


async def pickup(member_id: int, route: Sequence[int]) -> Pickup | None:
    """One stop for all that the route lacks, before the first visit that lacks something, at the store that has most
    of it; None when the van holds everything. For whoever plans or drives the route."""
    needs = await fetch(_NEEDS, list(route))
    if not needs:
        return None
    van = {row["item_id"]: row["quantity"] for row in await fetch(_VAN, member_id)}
    first, lacks, names = _lacks(route, needs, van)
    if first is None:
        return None
    store = await _store(lacks)
    items = tuple((*names[item], quantity) for item, quantity in sorted(lacks.items()))
    return Pickup(first, store, tuple((name, quantity, unit) for name, unit, quantity in items))


def _lacks(
    route: Sequence[int], needs: Sequence[Any], van: dict[int, Decimal]
) -> tuple[int | None, dict[int, Decimal], dict[int, tuple[str, str]]]:
    """The van is emptied job by job, in the order of the route."""
    left, first, lacks = dict(van), None, dict[int, Decimal]()
    names = {row["item_id"]: (row["name"], row["unit"]) for row in needs}
    for job in route:
        for row in (one for one in needs if one["job_id"] == job):
            have = left.get(row["item_id"], Decimal())
            left[row["item_id"]] = max(Decimal(), have - row["quantity"])
            if row["quantity"] > have:
                lacks[row["item_id"]] = lacks.get(row["item_id"], Decimal()) + row["quantity"] - have
                first = first or job
    return first, lacks, names


async def _store(lacks: dict[int, Decimal]) -> str | None:
    """Its name: the one where most kinds lie in full, then in part."""
    held: dict[tuple[int, str], list[bool]] = {}
    for row in await fetch(_STORES, list(lacks)):
        held.setdefault((row["id"], row["name"]), []).append(row["quantity"] >= lacks[row["item_id"]])
    if not held:
        return None
    return max(held, key=lambda one: (sum(held[one]), len(held[one]), -one[0]))[1]
