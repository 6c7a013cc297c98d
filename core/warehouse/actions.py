"""Goods come in, move, are used on jobs and come back. Every change is a movement; their sums equal the stock."""

from decimal import Decimal
from typing import Any

from core import events
from core.contracts.models import PriceItem
from core.customers.rules import check_place, tidy
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.people.models import Member
from core.warehouse.models import Warehouse
from core.warehouse.rules import amount


async def add_warehouse(name: str, address: str = "", lat: float | None = None, lon: float | None = None) -> int:
    """A store. `warehouse.no_name`; `customers.bad_place` for half a pin or one beside the globe."""
    current().actor.require("prices.edit")
    row = await Warehouse.create(**_details(name, address, lat, lon))
    return int(row.id)


async def update_warehouse(
    warehouse_id: int, name: str, address: str = "", lat: float | None = None, lon: float | None = None
) -> None:
    """Another name or place of a store. Refusals as `add_warehouse`, NotFound also for a van: it has no place."""
    current().actor.require("prices.edit")
    told = _details(name, address, lat, lon)
    if not await Warehouse.filter(id=warehouse_id, member_id=None).update(**told):
        raise NotFound("warehouse", id=warehouse_id)


def _details(name: str, address: str, lat: float | None, lon: float | None) -> dict[str, Any]:
    if not (text := tidy(name, 100)):
        raise Refusal("warehouse.no_name")
    check_place(lat, lon)
    return {"name": text, "address": tidy(address, 300), "lat": lat, "lon": lon}


async def van_of(member_id: int) -> int:
    """The technician's van, made when first asked for."""
    owner = await Member.filter(id=member_id).select_for_update().first()
    if owner is None:
        raise NotFound("people")
    row = await Warehouse.filter(member_id=member_id).order_by("id").first()
    row = row or await Warehouse.create(name=owner.name[:100], member_id=member_id)
    return int(row.id)


async def receive(warehouse_id: int, item_id: int, quantity: Decimal) -> None:
    """Goods came in. NotFound of warehouse or item; `warehouse.not_goods` for a work."""
    current().actor.require("prices.edit")
    await _check(warehouse_id, item_id)
    await _move(warehouse_id, item_id, amount(quantity), "receipt")
    await _van_changed(warehouse_id)


async def transfer(source_id: int, target_id: int, item_id: int, quantity: Decimal) -> None:
    """From one place to another. `warehouse.not_enough` with what there is. The lower id is locked first."""
    current().actor.require("prices.edit")
    quantity = amount(quantity)
    if source_id == target_id:
        raise Refusal("warehouse.same_place")
    await _check(source_id, item_id)
    await _check(target_id, item_id)
    await _transfer(source_id, target_id, item_id, quantity)


async def take(store_id: int, van_id: int, item_id: int, quantity: Decimal) -> None:
    """A technician takes goods out of a store into their own van. NotFound of a store that is none, or of a van that is
    not theirs; `warehouse.not_enough` as `transfer`."""
    actor = current().actor
    actor.require("orders.work")
    owners = {row.id: row.member_id for row in await Warehouse.filter(id__in=[store_id, van_id])}
    if owners.get(store_id, 0) is not None:
        raise NotFound("warehouse", id=store_id)
    if actor.kind != "member" or owners.get(van_id) != actor.id:
        raise NotFound("warehouse", id=van_id)
    await _transfer(store_id, van_id, item_id, amount(quantity))


async def _transfer(source_id: int, target_id: int, item_id: int, quantity: Decimal) -> None:
    for place, sign in sorted(((source_id, -1), (target_id, 1))):
        await _move(place, item_id, sign * quantity, "transfer")
    await _van_changed(source_id, target_id)


async def _van_changed(*places: int) -> None:
    """Routes ask what lies in vans."""
    for van in await Warehouse.filter(id__in=places, member_id__not_isnull=True).order_by("member_id"):
        await emit(events.VanChanged(int(van.member_id or 0)))


async def write_off(job_id: int, member_id: int, item_id: int, quantity: Decimal) -> None:
    """Used on a job, out of the technician's van. `warehouse.not_enough` with `have`, `name` and `unit`."""
    await _move(await van_of(member_id), item_id, -amount(quantity), "job", job_id)


_TAKEN = """
SELECT warehouse_id, -sum(quantity) AS taken FROM warehouse_movements
WHERE job_id = $1 AND item_id = $2 AND reason IN ('job', 'return')
GROUP BY 1 HAVING sum(quantity) < 0 ORDER BY max(id) DESC
"""


async def give_back(job_id: int, item_id: int, quantity: Decimal) -> None:
    """Not used on the job after all: back into the vans that it was taken from, the last one first, whoever has the job
    by now."""
    left = amount(quantity)
    for row in await current().fetch(_TAKEN, job_id, item_id):
        back = min(left, row["taken"])
        if back > 0:
            await _move(row["warehouse_id"], item_id, back, "return", job_id)
        left -= back
    if left:
        raise RuntimeError(f"job {job_id} gives back {left} more of {item_id} than it took")


async def _check(warehouse_id: int, item_id: int) -> None:
    if not await Warehouse.exists(id=warehouse_id):
        raise NotFound("warehouse", id=warehouse_id)
    item = await PriceItem.get_or_none(id=item_id)
    if item is None:
        raise NotFound("contracts.item", id=item_id)
    if item.kind != "material":
        raise Refusal("warehouse.not_goods", name=item.name)


_MOVE = """
WITH changed AS (
  INSERT INTO warehouse_stock AS s (warehouse_id, item_id, quantity) SELECT $1, $2, $3::numeric WHERE $3::numeric > 0
  ON CONFLICT (warehouse_id, item_id) DO UPDATE SET quantity = s.quantity + excluded.quantity RETURNING 1
), taken AS (
  UPDATE warehouse_stock SET quantity = quantity + $3::numeric
  WHERE warehouse_id = $1 AND item_id = $2 AND $3::numeric < 0 AND quantity + $3::numeric >= 0 RETURNING 1
), noted AS (
  INSERT INTO warehouse_movements (warehouse_id, item_id, quantity, reason, job_id, party, at)
  SELECT $1, $2, $3::numeric, $4, $5, $6, $7 WHERE EXISTS (SELECT FROM changed) OR EXISTS (SELECT FROM taken)
  RETURNING 1
)
SELECT EXISTS (SELECT FROM noted) AS moved
"""


async def _move(warehouse_id: int, item_id: int, quantity: Decimal, reason: str, job_id: int | None = None) -> None:
    w = current()
    row = await w.fetchrow(_MOVE, warehouse_id, item_id, quantity, reason, job_id, w.actor.party, w.now)
    if row is None or not row["moved"]:
        raise Refusal("warehouse.not_enough", **await _what(warehouse_id, item_id))


async def _what(warehouse_id: int, item_id: int) -> dict[str, str]:
    row = await current().fetchrow(
        "SELECT i.name, i.unit, coalesce(s.quantity, 0) AS have FROM contracts_price_items i"
        " LEFT JOIN warehouse_stock s ON s.item_id = i.id AND s.warehouse_id = $1 WHERE i.id = $2",
        *(warehouse_id, item_id),
    )
    if row is None:
        raise NotFound("contracts.item", id=item_id)
    return {"name": row["name"], "unit": row["unit"], "have": f"{row['have'].normalize():f}"}
