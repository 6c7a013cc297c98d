"""Draw up the plans of a site's floors and pin to them what stands there. Staff with `assets.edit` keeps plans and pins
machines; staff with `orders.dispatch` pins orders. Open pages hear of each change by `TOPIC`."""

from core.assets.models import Asset, FloorPlan, Pin
from core.assets.rules import place, plan_name
from core.files.actions import Stored, put_clean, store
from core.kernel.errors import NotFound, Refusal
from core.kernel.hints import broadcast
from core.kernel.work import current

TOPIC = "assets"

_PIN = """
INSERT INTO assets_pins (plan_id, {what}_id, x, y) VALUES ($1, $2, $3, $4)
ON CONFLICT ({what}_id) DO UPDATE SET plan_id = excluded.plan_id, x = excluded.x, y = excluded.y
"""
_ORDER = "SELECT site_id, state IN ('done', 'closed', 'cancelled') AS over FROM orders_orders WHERE id = $1 FOR UPDATE"


async def prepare(data: bytes) -> Stored:
    """The picture of a plan, made anew and stored: outside a work. Refuses as the room of files does."""
    return await put_clean(data, "photo")


async def add_plan(site_id: int, name: str, picture: Stored) -> int:
    """A floor of a site. Refusals: `assets.no_plan_name`, `assets.long_plan_name`, `assets.plan_taken`."""
    w = current()
    w.actor.require("assets.edit")
    name = plan_name(name)
    await _hold_site(site_id)
    await _free(site_id, name)
    file_id = await store(picture, kind="photo", name=f"{name}.jpg")
    row = await FloorPlan.create(site_id=site_id, name=name, file_id=file_id, created_at=w.now)
    _tell(site_id)
    return int(row.id)


async def rename_plan(plan_id: int, name: str) -> None:
    current().actor.require("assets.edit")
    name = plan_name(name)
    plan = await _held(plan_id)
    await _hold_site(plan.site_id)
    await _free(plan.site_id, name, plan_id)
    await FloorPlan.filter(id=plan_id).update(name=name)
    _tell(plan.site_id)


async def replace_picture(plan_id: int, picture: Stored) -> None:
    """The floor was built anew, or drawn better: pins stay where they are."""
    current().actor.require("assets.edit")
    plan = await _held(plan_id)
    file_id = await store(picture, kind="photo", name=f"{plan.name}.jpg")
    await FloorPlan.filter(id=plan_id).update(file_id=file_id)
    _tell(plan.site_id)


async def remove_plan(plan_id: int) -> int:
    """The plan goes with its pins; how many those were. Whoever calls has asked whether they are sure."""
    current().actor.require("assets.edit")
    plan = await _held(plan_id)
    lost = await Pin.filter(plan_id=plan_id).delete()
    await FloorPlan.filter(id=plan_id).delete()
    _tell(plan.site_id)
    return lost


async def pin_asset(plan_id: int, asset_id: int, x: float, y: float) -> None:
    """Put a machine on the plan, or move it there, from another plan of its site too. `assets.off_plan` for a place
    outside the picture, `assets.other_site` for a machine that stands elsewhere, NotFound for one that is gone."""
    current().actor.require("assets.edit")
    spot, plan = place(x, y), await _held(plan_id)
    asset = await Asset.filter(id=asset_id, active=True).select_for_update().first()
    if asset is None:
        raise NotFound("assets", id=asset_id)
    if asset.site_id != plan.site_id:
        raise Refusal("assets.other_site")
    await current().execute(_PIN.format(what="asset"), plan_id, asset_id, *spot)
    _tell(plan.site_id)


async def pin_order(plan_id: int, order_id: int, x: float, y: float) -> None:
    """The same for an order at a place where no machine stands. `assets.order_elsewhere` for one of another site,
    `assets.order_over` for one with nothing left to do."""
    current().actor.require("orders.dispatch")
    spot, plan = place(x, y), await _held(plan_id)
    row = await current().fetchrow(_ORDER, order_id)
    if row is None:
        raise NotFound("orders.order", id=order_id)
    if row["site_id"] != plan.site_id:
        raise Refusal("assets.order_elsewhere")
    if row["over"]:
        raise Refusal("assets.order_over")
    await current().execute(_PIN.format(what="order"), plan_id, order_id, *spot)
    _tell(plan.site_id)


async def unpin_asset(asset_id: int) -> None:
    """Take a machine off its plan; one that is on none stays so."""
    current().actor.require("assets.edit")
    await _unpin(asset_id=asset_id)


async def unpin_order(order_id: int) -> None:
    current().actor.require("orders.dispatch")
    await _unpin(order_id=order_id)


async def _unpin(**what: int) -> None:
    pin = await Pin.filter(**what).select_related("plan").first()
    if pin is not None:
        await pin.delete()
        _tell(pin.plan.site_id)


async def _held(plan_id: int) -> FloorPlan:
    """Nobody else changes or removes it until the work ends."""
    plan = await FloorPlan.filter(id=plan_id).select_for_update().first()
    if plan is None:
        raise NotFound("assets.plan", id=plan_id)
    return plan


async def _hold_site(site_id: int) -> None:
    """Plans of a site are named one after another, so that no two are named alike."""
    if not await current().fetchval("SELECT true FROM customers_sites WHERE id = $1 FOR UPDATE", site_id):
        raise NotFound("customers.site", id=site_id)


async def _free(site_id: int, name: str, plan_id: int = 0) -> None:
    if await FloorPlan.filter(site_id=site_id, name=name).exclude(id=plan_id).exists():
        raise Refusal("assets.plan_taken", name=name)


def _tell(site_id: int) -> None:
    current().on_commit(lambda: broadcast(TOPIC, str(site_id)))
