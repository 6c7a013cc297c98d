"""What the robot knows about a job and those who could do it, in three statements however many they are: the job,
everybody with what the hard rules ask, and then where those are who are left. In which order somebody's visits come the
day's plan tells (`plan_visits`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.company.queries import company
from core.dispatch.rules import OVERTIME, Candidate, JobNeed, Way
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed
from core.schedule.queries import WORKING

FRESH_POSITION = timedelta(hours=4)
LATELY = timedelta(days=180)
AHEAD = timedelta(days=3)
TRAVELLING_MINUTES = 20.0
UNWILLING = """state IN ('declined', 'expired') AND ended_at > coalesce(
      (SELECT max(at) FROM orders_entries WHERE order_id = {order} AND kind = 'order.moved'), '-infinity')"""
"""Of `dispatch_offers`, as a part of other statements: who said no, or nothing, to the time that the order has now."""

_JOB = """
SELECT j.id AS job_id, j.order_id, o.customer_id, o.site_id, o.kind, o.priority, j.stage, j.duration,
  j.planned_from AS wanted_from, j.planned_to AS wanted_to,
  coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon,
  (SELECT due_at FROM sla_deadlines d WHERE d.order_id = o.id AND d.kind = 'arrival' AND d.met_at IS NULL
   AND d.cancelled_at IS NULL) AS due_at,
  (SELECT assignee_id FROM orders_jobs b WHERE b.id = j.return_of_id) AS before,
  ARRAY(SELECT l.asset_id FROM orders_order_assets l WHERE l.order_id = o.id) AS assets
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
WHERE j.id = $1
"""

_TRIAL = """
SELECT 0::bigint AS job_id, 0::bigint AS order_id, s.customer_id, s.id AS site_id, $4::text AS kind,
  $5::text AS priority, 'new' AS stage, 60 AS duration, NULL::timestamptz AS wanted_from,
  NULL::timestamptz AS wanted_to, s.lat, s.lon, NULL::timestamptz AS due_at, NULL::bigint AS before,
  '{}'::bigint[] AS assets
FROM customers_sites s WHERE s.id = $1
"""

_NEED = """
WITH job AS ({job}), today AS (SELECT (greatest($2, j.wanted_from) AT TIME ZONE $3)::date AS day FROM job j),
types AS (
  SELECT DISTINCT t.id, k.code AS skill FROM job j JOIN assets_assets a ON a.id = ANY(j.assets)
  JOIN assets_types t ON t.id = a.type_id LEFT JOIN people_skills k ON k.id = t.skill_id
), contract AS (
  SELECT c.id FROM contracts_contracts c, job j, today d
  WHERE c.customer_id = j.customer_id AND c.starts_on <= d.day AND (c.ends_on IS NULL OR c.ends_on >= d.day)
  ORDER BY c.starts_on DESC, c.id DESC LIMIT 1
), scopes(scope, key) AS (
  SELECT 'kind', j.kind FROM job j UNION ALL SELECT 'customer', j.customer_id::text FROM job j
  UNION ALL SELECT 'site', j.site_id::text FROM job j UNION ALL SELECT 'order', j.order_id::text FROM job j
  UNION ALL SELECT 'contract', c.id::text FROM contract c UNION ALL SELECT 'type', t.id::text FROM types t
)
SELECT j.*, d.day, u.segment, s.area_id, s.responsible_id,
  ARRAY(SELECT DISTINCT skill FROM types WHERE skill IS NOT NULL) AS skills,
  (SELECT jsonb_agg(jsonb_build_array(m.scope, m.key, m.what, m.code, m.level, m.quantity)) FROM dispatch_demands m
   WHERE m.scope = 'skill' OR (m.scope, m.key) IN (SELECT scope, key FROM scopes)) AS demands,
  ARRAY(SELECT a.id FROM people_areas a WHERE 12742.0176 * asin(sqrt(least(1, sin(radians(j.lat - a.lat) / 2) ^ 2
     + cos(radians(a.lat)) * cos(radians(j.lat)) * sin(radians(j.lon - a.lon) / 2) ^ 2))) <= a.radius) AS areas
FROM job j CROSS JOIN today d LEFT JOIN customers_sites s ON s.id = j.site_id
LEFT JOIN customers_customers u ON u.id = j.customer_id
"""

_CANDIDATES = f"""
WITH team AS (
  SELECT m.* FROM people_members m WHERE m.active AND EXISTS (
    SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work')
), skills AS (
  SELECT h.member_id, array_agg(k.code) AS codes, array_agg(h.level) AS levels FROM people_member_skills h
  JOIN people_skills k ON k.id = h.skill_id WHERE k.code = ANY($10::text[]) GROUP BY 1
), certificates AS (
  SELECT member_id, array_agg(code) AS codes, array_agg(until) AS until FROM (
    SELECT h.member_id, k.code, CASE WHEN bool_and(h.expires_on IS NOT NULL) THEN max(h.expires_on) END AS until
    FROM people_certificates h JOIN people_certificate_kinds k ON k.id = h.kind_id
    WHERE k.code = ANY($11::text[]) GROUP BY 1, 2) valid
  GROUP BY 1
), kit AS (
  SELECT h.member_id, array_agg(e.code) AS codes FROM people_member_equipment h
  JOIN people_equipment e ON e.id = h.equipment_id WHERE e.code = ANY($12::text[]) GROUP BY 1
), vans AS (
  SELECT w.member_id, count(*) AS n FROM unnest($13::text[], $14::numeric[]) AS d(code, quantity)
  JOIN contracts_price_items i ON i.code = d.code
  JOIN warehouse_stock s ON s.item_id = i.id AND s.quantity >= d.quantity
  JOIN warehouse_warehouses w ON w.id = s.warehouse_id AND w.member_id IS NOT NULL GROUP BY 1
), stops AS (
  SELECT DISTINCT member_id FROM dispatch_stops WHERE customer_id = $15 AND (site_id IS NULL OR site_id = $6)
), areas AS (
  SELECT people_members_id AS member_id, array_agg(area_id) AS ids FROM people_member_areas GROUP BY 1
), shifts AS (
  SELECT member_id, array_agg(starts_at ORDER BY starts_at) FILTER (WHERE closed_at IS NULL AND ends_at > $2) AS starts,
    array_agg(ends_at ORDER BY starts_at) FILTER (WHERE closed_at IS NULL AND ends_at > $2) AS ends,
    max(least(ends_at, closed_at)) FILTER (WHERE least(ends_at, closed_at) <= $2) AS went_home
  FROM {WORKING} s WHERE ends_at > $9 AND starts_at <= $3 GROUP BY 1
), away AS (
  SELECT member_id, array_agg(starts_at ORDER BY starts_at) AS starts, array_agg(ends_at ORDER BY starts_at) AS ends
  FROM schedule_absences WHERE state = 'approved' AND ends_at > $2 AND starts_at <= $3 GROUP BY 1
), work AS (
  SELECT assignee_id AS member_id, count(*) AS n, sum(duration) AS minutes,
    max(CASE state WHEN 'on_site' THEN greatest(duration - extract(epoch FROM $2 - arrived_at) / 60, 5)
        WHEN 'travelling' THEN duration + greatest(coalesce(extract(epoch FROM eta_at - $2) / 60, $4), 0)
        ELSE 0 END) AS busy
  FROM orders_jobs
  WHERE state NOT IN ('done', 'closed', 'cancelled') AND assignee_id IS NOT NULL AND id <> $1 GROUP BY 1
), done AS (
  SELECT assignee_id AS member_id, sum(duration) AS minutes FROM orders_jobs
  WHERE done_at >= $16 AND assignee_id IS NOT NULL GROUP BY 1
), visits AS (
  SELECT j.assignee_id AS member_id, count(*) AS n, bool_or(EXISTS (
      SELECT FROM orders_order_assets l WHERE l.order_id = j.order_id AND l.asset_id = ANY($7::bigint[]))) AS knows
  FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id
  WHERE o.site_id = $6 AND j.state IN ('done', 'closed') AND j.done_at > $5 AND j.done_at <= $2
    AND j.assignee_id IS NOT NULL GROUP BY 1
), asked AS (
  SELECT member_id, (array_agg(state ORDER BY at DESC))[1] AS state FROM (
    SELECT member_id, ended_at AS at, CASE state WHEN 'expired' THEN 'no_answer' ELSE state END AS state
    FROM dispatch_offers WHERE job_id = $1 AND {UNWILLING.format(order="$8")}
    UNION ALL
    SELECT (e.facts ->> 'member_id')::bigint, e.at, 'taken_away' FROM orders_entries e
    WHERE e.order_id = $8 AND e.job_id = $1 AND e.kind = 'job.unassign') past
  GROUP BY 1
)
SELECT m.id AS member_id, m.name, m.active, m.on_duty_at, m.rating, m.phone, m.hourly_rate::float AS hourly_rate,
  m.contractor, m.firm, NOT m.contractor OR m.by_bot AND EXISTS (SELECT FROM outbox_addresses d
    WHERE d.party = 'member:' || m.id AND d.bot = 'technician' AND d.blocked_at IS NULL) AS by_bot,
  skills.codes AS skills, skills.levels, certificates.codes AS certificates, certificates.until, kit.codes AS kit,
  coalesce(vans.n, 0) AS parts,
  stops.member_id IS NOT NULL AS stopped, areas.ids AS areas, shifts.starts, shifts.ends, shifts.went_home,
  away.starts AS gone, away.ends AS back,
  coalesce(work.n, 0) AS open_jobs, coalesce(work.busy, 0)::float AS busy,
  (coalesce(work.minutes, 0) + coalesce(done.minutes, 0))::float AS today,
  coalesce(visits.n, 0) AS visits, coalesce(visits.knows, false) AS knows, asked.state AS asked
FROM team m LEFT JOIN skills ON skills.member_id = m.id LEFT JOIN certificates ON certificates.member_id = m.id
LEFT JOIN kit ON kit.member_id = m.id LEFT JOIN vans ON vans.member_id = m.id
LEFT JOIN stops ON stops.member_id = m.id LEFT JOIN areas ON areas.member_id = m.id
LEFT JOIN shifts ON shifts.member_id = m.id LEFT JOIN work ON work.member_id = m.id
LEFT JOIN done ON done.member_id = m.id LEFT JOIN away ON away.member_id = m.id
LEFT JOIN visits ON visits.member_id = m.id LEFT JOIN asked ON asked.member_id = m.id
ORDER BY m.id
"""

_WAYS = """
WITH routes AS (
  SELECT j.assignee_id AS member_id,
    jsonb_agg(jsonb_build_array(coalesce(o.lat, s.lat), coalesce(o.lon, s.lon), j.duration)
              ORDER BY v.seq, j.planned_from, j.id)
      FILTER (WHERE j.state IN ('assigned', 'paused') AND coalesce(o.lat, s.lat) IS NOT NULL) AS stops,
    max(coalesce(o.lat, s.lat)) FILTER (WHERE j.state IN ('travelling', 'on_site')) AS lat,
    max(coalesce(o.lon, s.lon)) FILTER (WHERE j.state IN ('travelling', 'on_site')) AS lon
  FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
  LEFT JOIN plan_visits v ON v.job_id = j.id
  WHERE j.state IN ('assigned', 'paused', 'travelling', 'on_site') AND j.assignee_id = ANY($1::bigint[]) AND j.id <> $2
    AND coalesce(v.day, (j.planned_from AT TIME ZONE $4)::date, $5) = $5 GROUP BY 1
)
SELECT m.id AS member_id, routes.stops,
  coalesce(routes.lat, t.lat, m.home_lat) AS lat, coalesce(routes.lon, t.lon, m.home_lon) AS lon
FROM people_members m LEFT JOIN routes ON routes.member_id = m.id
LEFT JOIN LATERAL (SELECT lat, lon FROM presence_tracks p WHERE p.member_id = m.id AND p.at > $3
                   ORDER BY p.at DESC LIMIT 1) t ON m.on_duty_at IS NOT NULL
WHERE m.id = ANY($1::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A job and everybody who could do it, not yet where they are. `about` is what chooses a rule set: customer_id,
    segment, kind, stage, priority. `rows` are the candidates' rows by id."""

    need: JobNeed
    about: dict[str, Any]
    candidates: list[Candidate]
    rows: dict[int, Any]


async def known_of_job(job_id: int, at: datetime) -> Known:
    """NotFound orders.job."""
    row = await fetchrow(_NEED.format(job=_JOB), job_id, at, (await company()).zone)
    if row is None:
        raise NotFound("orders.job", id=job_id)
    return await _known(row, at, {})


async def known_of_site(site_id: int, kind: str, priority: str, skills: dict[str, int], at: datetime) -> Known:
    """As if there were such an order at that site now. NotFound customers.site."""
    row = await fetchrow(_NEED.format(job=_TRIAL), site_id, at, (await company()).zone, kind, priority)
    if row is None:
        raise NotFound("customers.site", id=site_id)
    return await _known(row, at, skills)


async def _known(row: Any, at: datetime, skills: dict[str, int]) -> Known:
    need, parts = _need(row, at, skills)
    rows = await fetch(
        _CANDIDATES,
        need.job_id,
        at,
        max(at, row["wanted_from"] or at, row["wanted_to"] or at) + AHEAD,
        TRAVELLING_MINUTES,
        at - LATELY,
        row["site_id"],
        row["assets"],
        need.order_id,
        at - OVERTIME,
        list(need.skills),
        list(need.certificates),
        [*need.tools, *need.vehicles],
        list(parts),
        list(parts.values()),
        row["customer_id"],
        at.astimezone((await company()).tz).replace(hour=0, minute=0, second=0, microsecond=0),
    )
    about = {name: row[name] for name in ("customer_id", "segment", "kind", "stage", "priority")}
    candidates = [_candidate(one, row["responsible_id"], len(parts)) for one in rows]
    return Known(need, about, candidates, {one["member_id"]: one for one in rows})


async def ways(need: JobNeed, members: Sequence[int]) -> dict[int, Way]:
    """Where these are, and what they still have to visit that day."""
    zone, day = (await company()).zone, need.visit_day
    rows = await fetch(_WAYS, members, need.job_id, need.now - FRESH_POSITION, zone, day)
    return {row["member_id"]: Way(row["lat"], row["lon"], parsed(row["stops"]) or ()) for row in rows}


def _need(row: Any, at: datetime, skills: dict[str, int]) -> tuple[JobNeed, dict[str, Decimal]]:
    """What the job asks for, and the parts by code with how many of each."""
    levels = {**dict.fromkeys(row["skills"], 1), **skills}
    demands = parsed(row["demands"]) or []
    asked: dict[str, set[str]] = {"certificate": set(), "tool": set(), "vehicle": set()}
    parts: dict[str, Decimal] = {}
    for _, _, what, code, level, quantity in _asked(demands, levels):
        if what == "skill":
            levels[code] = max(levels.get(code, 1), level)
        elif what == "part":
            parts[code] = max(parts.get(code, Decimal(0)), Decimal(str(quantity)))
        else:
            asked[what].add(code)
    areas = {*(row["areas"] or ()), *([row["area_id"]] if row["area_id"] else ())}
    placed = row["lat"] is not None or row["area_id"] is not None
    need = JobNeed(
        job_id=row["job_id"],
        order_id=row["order_id"],
        now=at,
        priority=row["priority"],
        lat=row["lat"],
        lon=row["lon"],
        areas=frozenset(areas) if placed else None,
        skills=levels,
        certificates=frozenset(asked["certificate"]),
        tools=frozenset(asked["tool"]),
        vehicles=frozenset(asked["vehicle"]),
        day=row["day"],
        wanted_from=row["wanted_from"],
        wanted_to=row["wanted_to"],
        due_at=row["due_at"],
        before=row["before"],
        duration=row["duration"],
    )
    return need, parts


def _asked(demands: list[list[Any]], skills: Collection[str]) -> list[list[Any]]:
    """Those that hold: of what hangs on a skill, only what the job asks for, or another such demand."""
    found, waiting = [one for one in demands if one[0] != "skill"], [one for one in demands if one[0] == "skill"]
    known = {*skills, *(code for _, _, what, code, *_ in found if what == "skill")}
    while more := [one for one in waiting if one[1] in known]:
        waiting = [one for one in waiting if one[1] not in known]
        known |= {code for _, _, what, code, *_ in more if what == "skill"}
        found += more
    return found


def _candidate(row: Any, responsible: int | None, parts: int) -> Candidate:
    return Candidate(
        member_id=row["member_id"],
        name=row["name"],
        active=row["active"],
        on_duty=row["on_duty_at"] is not None,
        shifts=tuple(zip(row["starts"] or (), row["ends"] or (), strict=True)),
        away=tuple(zip(row["gone"] or (), row["back"] or (), strict=True)),
        skills=dict(zip(row["skills"] or (), row["levels"] or (), strict=True)),
        certificates=dict(zip(row["certificates"] or (), row["until"] or (), strict=True)),
        kit=frozenset(row["kit"] or ()),
        areas=frozenset(row["areas"] or ()),
        stopped=row["stopped"],
        open_jobs=row["open_jobs"],
        busy=row["busy"],
        today=row["today"],
        responsible=row["member_id"] == responsible,
        visits=row["visits"],
        knows_asset=row["knows"],
        rating=row["rating"],
        lacks=1 - row["parts"] / parts if parts else 0.0,
        hourly_rate=row["hourly_rate"],
        refused=row["asked"],
        went_home=row["went_home"],
        contractor=row["contractor"],
        by_bot=row["by_bot"],
    )
