"""Goods come in, move, are used on jobs and come back. Every change is a movement; their sums equal the stock."""

from decimal import Decimal

from core.contracts.models import PriceItem
from core.customers.rules import tidy
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current
from core.people.models import Member
from core.warehouse.models import Warehouse
from core.warehouse.rules import amount


async def add_warehouse(name: str) -> int:
    current().actor.require("prices.edit")
    if not (text := tidy(name, 100)):
        raise Refusal("warehouse.no_name")
    row = await Warehouse.create(name=text)
    return int(row.id)


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


async def transfer(source_id: int, target_id: int, item_id: int, quantity: Decimal) -> None:
    """From one place to another. `warehouse.not_enough` with what there is. The lower id is locked first."""
    current().actor.require("prices.edit")
    quantity = amount(quantity)
    if source_id == target_id:
        raise Refusal("warehouse.same_place")
    await _check(source_id, item_id)
    await _check(target_id, item_id)
    for place, sign in sorted(((source_id, -1), (target_id, 1))):
        await _move(place, item_id, sign * quantity, "transfer")


async def write_off(job_id: int, member_id: int, item_id: int, quantity: Decimal) -> None:
    """Used on a job, out of the technician's van. `warehouse.not_enough` with `have`, `name` and `unit`."""
    await _move(await van_of(member_id), item_id, -amount(quantity), "job", job_id)


async def give_back(job_id: int, member_id: int, item_id: int, quantity: Decimal) -> None:
    """Not used on the job after all: back into the van."""
    await _move(await van_of(member_id), item_id, amount(quantity), "return", job_id)


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
