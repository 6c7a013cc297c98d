"""What jobs ask for, where it lies, and what routes count on already: a few questions for a whole day, however many
jobs and people, and only one when no part is asked for."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.company.queries import company
from core.kernel.read import fetch, together
from core.plan.fetching import NOTHING, Claim, Goods, Needs, Store, Supply
from core.plan.rules import MOVABLE

_NEEDS = """
WITH parts AS MATERIALIZED (
  SELECT d.scope, d.key, d.quantity, i.id AS item_id FROM dispatch_demands d
  JOIN contracts_price_items i ON i.code = d.code WHERE d.what = 'part'
), jobs AS MATERIALIZED (
  SELECT j.id, o.id AS order_id, o.kind, o.customer_id, o.site_id FROM orders_jobs j
  JOIN orders_orders o ON o.id = j.order_id
  WHERE j.id = ANY($1::bigint[]) AND j.state = ANY($2::text[]) AND EXISTS (SELECT FROM parts)
), machines AS (
  SELECT DISTINCT j.id, t.id AS type_id, k.code AS skill FROM jobs j
  JOIN orders_order_assets l ON l.order_id = j.order_id JOIN assets_assets a ON a.id = l.asset_id
  JOIN assets_types t ON t.id = a.type_id LEFT JOIN people_skills k ON k.id = t.skill_id
), contracts AS (
  SELECT DISTINCT ON (customer_id) customer_id, id FROM contracts_contracts
  WHERE customer_id IN (SELECT customer_id FROM jobs) AND starts_on <= $3 AND (ends_on IS NULL OR ends_on >= $3)
  ORDER BY customer_id, starts_on DESC, id DESC
), scopes(job_id, scope, key) AS (
  SELECT id, 'order', order_id::text FROM jobs UNION ALL SELECT id, 'kind', kind FROM jobs
  UNION ALL SELECT id, 'customer', customer_id::text FROM jobs UNION ALL SELECT id, 'site', site_id::text FROM jobs
  UNION ALL SELECT j.id, 'contract', c.id::text FROM jobs j JOIN contracts c USING (customer_id)
  UNION ALL SELECT id, 'type', type_id::text FROM machines UNION ALL SELECT id, 'skill', skill FROM machines
)
SELECT s.job_id, p.item_id, max(p.quantity) AS quantity FROM parts p
JOIN scopes s ON s.scope = p.scope AND s.key = p.key GROUP BY 1, 2 ORDER BY 1, 2
"""
_STOCK = """
SELECT w.id, w.name, w.member_id, w.address, w.lat, w.lon, array_agg(s.item_id) AS items,
  array_agg(s.quantity) AS quantities
FROM warehouse_stock s JOIN warehouse_warehouses w ON w.id = s.warehouse_id
WHERE s.item_id = ANY($1::int[]) AND s.quantity > 0 AND (w.member_id IS NULL OR w.member_id = ANY($2::bigint[]))
GROUP BY w.id ORDER BY w.id
"""
_CLAIMS = """
SELECT CASE WHEN v.day = $1 THEN v.member_id ELSE 0 END AS member_id, v.store_id, t.key::int AS item_id,
  sum(t.value::numeric) AS quantity
FROM plan_visits v JOIN orders_jobs j ON j.id = v.job_id AND j.assignee_id = v.member_id AND j.state = ANY($3::text[])
CROSS JOIN LATERAL jsonb_each_text(v.takes) t
WHERE v.day >= $2 AND v.takes IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_NAMES = "SELECT id, name, unit FROM contracts_price_items WHERE id = ANY($1::int[])"


async def needs_of(jobs: Sequence[int], day: date) -> dict[int, Needs]:
    """The parts that these jobs ask for, of those that are not begun; `day` chooses the contract."""
    found: dict[int, list[tuple[int, Decimal]]] = {}
    for row in await fetch(_NEEDS, list(jobs), list(MOVABLE), day):
        found.setdefault(row["job_id"], []).append((row["item_id"], row["quantity"]))
    return {job: tuple(needs) for job, needs in found.items()}


async def stock_for(
    needs: dict[int, Needs], members: Sequence[int], day: date, today: date
) -> tuple[Supply, dict[int, Goods]]:
    """What stores and these people's vans hold of it, and what the routes of that day, and of all days from today on,
    count on."""
    items = sorted({item for one in needs.values() for item, _ in one})
    if not items:
        return NOTHING, {}
    vans: dict[int, dict[int, Decimal]] = {}
    stores: list[Store] = []
    stock, named, claims = await together(
        fetch(_STOCK, items, list(members)), fetch(_NAMES, items), _claims(day, today)
    )
    for row in stock:
        holds = dict(zip(row["items"], row["quantities"], strict=True))
        if row["member_id"] is not None:
            van = vans.setdefault(row["member_id"], holds)
            if van is not holds:
                van.update({item: van.get(item, Decimal()) + quantity for item, quantity in holds.items()})
            continue
        place = None if row["lat"] is None or row["lon"] is None else (row["lat"], row["lon"])
        stores.append(Store(row["id"], row["name"], row["address"], place, holds))
    seconds = (await company()).rule("pickup_minutes") * 60
    names = {row["id"]: (row["name"], row["unit"]) for row in named}
    return Supply(tuple(stores), seconds, names, claims), dict(vans)


async def _claims(day: date, today: date) -> tuple[Claim, ...]:
    found: dict[tuple[int, int], dict[int, Decimal]] = {}
    for row in await fetch(_CLAIMS, day, today, list(MOVABLE)):
        found.setdefault((row["member_id"], row["store_id"]), {})[row["item_id"]] = row["quantity"]
    return tuple(Claim(member_id, store_id, goods) for (member_id, store_id), goods in found.items())
