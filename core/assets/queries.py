"""Equipment: what stands where, what a label names, and a machine's passport."""

from dataclasses import dataclass
from typing import Any

from core.assets.models import AssetType
from core.customers.queries import SCOPE, scope
from core.customers.rules import patterns
from core.kernel.actor import SYSTEM, Actor
from core.kernel.errors import NotFound, Refusal
from core.kernel.ids import keys
from core.kernel.read import fetch, fetchrow, fetchval, parsed

PURPOSE = "qr"


@dataclass(frozen=True, slots=True)
class AssetView:
    """`criticality` 1 (can wait) to 3 (business stops); `type_name` by language; `skill` is what a repair needs."""

    id: int
    name: str
    model: str
    serial: str
    inventory: str
    place: str
    criticality: int
    active: bool
    type_id: int
    type: str
    type_name: dict[str, str]
    skill: str | None
    checklist: str
    site_id: int
    site: str
    address: str
    customer_id: int


_ASSETS = f"""
SELECT a.id, a.name, a.model, a.serial, a.inventory, a.place, a.criticality, a.active, a.type_id, t.code AS type,
       t.name AS type_name, k.code AS skill, t.checklist, a.site_id, s.name AS site, s.address, s.customer_id
FROM assets_assets a JOIN customers_sites s ON s.id = a.site_id JOIN assets_types t ON t.id = a.type_id
LEFT JOIN people_skills k ON k.id = t.skill_id WHERE {SCOPE}
"""


def _view(row: Any) -> AssetView:
    return AssetView(**{**dict(row), "type_name": parsed(row["type_name"])})


async def asset_by_payload(payload: str) -> AssetView:
    """What a scanned label names, to whoever scans: it is read at the machine. `assets.bad_tag` for anything that is
    no label of this desk, `assets.revoked` for one that was replaced or whose machine is gone."""
    tag_id = keys().read(PURPOSE, payload)
    row = None
    if tag_id is not None:
        row = await fetchrow("SELECT asset_id, revoked_at FROM assets_qr_tags WHERE id = $1", tag_id)
    if row is None:
        raise Refusal("assets.bad_tag")
    asset = await asset_view(SYSTEM, row["asset_id"])
    if row["revoked_at"] is not None or not asset.active:
        raise Refusal("assets.revoked")
    return asset


async def asset_view(actor: Actor, asset_id: int) -> AssetView:
    """NotFound for an asset at a site that the actor doesn't see."""
    row = await fetchrow(f"{_ASSETS} AND a.id = $4", *scope(actor), asset_id)
    if row is None:
        raise NotFound("assets", id=asset_id)
    return _view(row)


async def assets_at(actor: Actor, site_id: int) -> list[AssetView]:
    """The working assets of a site, the most critical first; none at a site that the actor doesn't see."""
    sql = f"{_ASSETS} AND a.site_id = $4 AND a.active ORDER BY a.criticality DESC, a.name, a.id"
    return [_view(row) for row in await fetch(sql, *scope(actor), site_id)]


async def assets_of(actor: Actor, customer_id: int, limit: int = 50) -> list[AssetView]:
    """A customer's working assets that the actor sees, by site and name."""
    sql = f"{_ASSETS} AND a.active AND s.customer_id = $4 ORDER BY s.name, a.name, a.id LIMIT $5"
    return [_view(row) for row in await fetch(sql, *scope(actor), customer_id, limit)]


async def assets(actor: Actor, search: str = "", limit: int = 50, offset: int = 0) -> list[AssetView]:
    """Working assets that the actor sees; each word of `search` stands in what is printed on them or where they are."""
    sql = f"""{_ASSETS} AND a.active AND lower(a.name || ' ' || a.model || ' ' || a.serial || ' ' || a.inventory
      || ' ' || a.place || ' ' || s.name) LIKE ALL($4::text[]) ORDER BY s.name, a.name, a.id LIMIT $5 OFFSET $6"""
    return [_view(row) for row in await fetch(sql, *scope(actor), patterns(search) or ["%"], limit, offset)]


async def assets_page(
    actor: Actor, after: int = 0, limit: int = 50, search: str = "", site_id: int | None = None
) -> list[AssetView]:
    """Assets that the actor sees, those that are gone too, by id after `after`."""
    sql = f"""{_ASSETS} AND a.id > $4 AND ($5::bigint IS NULL OR a.site_id = $5) AND lower(a.name || ' ' || a.model
      || ' ' || a.serial || ' ' || a.inventory) LIKE ALL($6::text[]) ORDER BY a.id LIMIT $7"""
    rows = await fetch(sql, *scope(actor), after, site_id, patterns(search) or ["%"], limit)
    return [_view(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Past:
    """An order of the asset's past."""

    number: int
    summary: str
    state: str
    created_at: Any
    closed_at: Any


@dataclass(frozen=True, slots=True)
class Passport:
    """A machine with its last orders, the newest first, its label (None: no valid one) and the plan that it is on."""

    asset: AssetView
    orders: list[Past]
    payload: str | None
    plan_id: int | None


async def passport(actor: Actor, asset_id: int, limit: int = 10) -> Passport:
    asset = await asset_view(actor, asset_id)
    rows = await fetch(
        "SELECT o.id AS number, o.summary, o.state, o.created_at, o.closed_at FROM orders_order_assets l"
        " JOIN orders_orders o ON o.id = l.order_id WHERE l.asset_id = $1 ORDER BY o.id DESC LIMIT $2",
        *(asset_id, limit),
    )
    plan_id = await fetchval("SELECT plan_id FROM assets_pins WHERE asset_id = $1", asset_id)
    return Passport(asset, [Past(**dict(row)) for row in rows], await payload_of(asset_id), plan_id)


async def payload_of(asset_id: int) -> str | None:
    """What the asset's newest valid label says."""
    row = await fetchrow(
        "SELECT id FROM assets_qr_tags WHERE asset_id = $1 AND revoked_at IS NULL ORDER BY id DESC LIMIT 1", asset_id
    )
    return keys().sign(PURPOSE, row["id"]) if row else None


@dataclass(frozen=True, slots=True)
class TypeView:
    """`skill_id` is what a repair needs; `checklist` the code of the checklist that its jobs begin with."""

    id: int
    code: str
    name: dict[str, str]
    skill_id: int | None
    checklist: str


async def asset_types() -> list[TypeView]:
    columns = ("id", "code", "name", "skill_id", "checklist")
    return [TypeView(**row) for row in await AssetType.all().order_by("id").values(*columns)]


@dataclass(frozen=True, slots=True)
class PlanView:
    """A floor of a site; the picture is `file_id`, `width` by `height` pixels. `pins`: how many machines in use, and
    orders that are still at this site, stand on it."""

    id: int
    name: str
    site_id: int
    site: str
    file_id: int
    width: int
    height: int
    pins: int


_PLANS = f"""
SELECT p.id, p.name, p.site_id, s.name AS site, p.file_id, f.width, f.height,
       (SELECT count(*) FROM assets_pins n LEFT JOIN assets_assets a ON a.id = n.asset_id
        LEFT JOIN orders_orders o ON o.id = n.order_id WHERE n.plan_id = p.id AND (a.active OR (
          o.site_id = p.site_id AND o.state NOT IN ('done', 'closed', 'cancelled')))) AS pins
FROM assets_floor_plans p JOIN customers_sites s ON s.id = p.site_id JOIN files_files f ON f.id = p.file_id
WHERE {SCOPE}
"""


async def plans_at(actor: Actor, site_id: int) -> list[PlanView]:
    """The plans of a site, the oldest first; none at a site that the actor doesn't see."""
    rows = await fetch(f"{_PLANS} AND p.site_id = $4 ORDER BY p.id", *scope(actor), site_id)
    return [PlanView(**dict(row)) for row in rows]


async def plan_view(actor: Actor, plan_id: int) -> PlanView:
    """NotFound for a plan of a site that the actor doesn't see."""
    row = await fetchrow(f"{_PLANS} AND p.id = $4", *scope(actor), plan_id)
    if row is None:
        raise NotFound("assets.plan", id=plan_id)
    return PlanView(**dict(row))


@dataclass(frozen=True, slots=True)
class PinView:
    """Where a machine (`asset_id`) or an order (`order_id`) is on a plan, as parts of the picture."""

    plan_id: int
    asset_id: int | None
    order_id: int | None
    x: float
    y: float


_PINS = "SELECT n.plan_id, n.asset_id, n.order_id, n.x, n.y FROM assets_pins n"


async def pins_at(site_id: int) -> list[PinView]:
    """All pins of a site's plans. For whoever sees the site."""
    rows = await fetch(
        f"{_PINS} JOIN assets_floor_plans p ON p.id = n.plan_id WHERE p.site_id = $1 ORDER BY n.id", site_id
    )
    return [PinView(**dict(row)) for row in rows]


async def pins_of(order_id: int) -> list[PinView]:
    """Where an order and its machines are, plan by plan. For whoever sees the order."""
    rows = await fetch(
        f"{_PINS} WHERE n.order_id = $1 OR n.asset_id IN ("
        "  SELECT asset_id FROM orders_order_assets WHERE order_id = $1) ORDER BY n.plan_id, n.id",
        order_id,
    )
    return [PinView(**dict(row)) for row in rows]
