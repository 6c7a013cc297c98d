"""What the robot knows about a job and those who could do it, in two statements however many they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.company.queries import company
from core.dispatch.rules import Candidate, JobNeed, Scored, Term, rank
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed

FRESH_POSITION = timedelta(hours=4)
LATELY = timedelta(days=180)
TRAVELLING_MINUTES = 20.0

_NEED = """
SELECT j.id AS job_id, j.order_id, o.priority, j.planned_from AS wanted_from, j.planned_to AS wanted_to,
  (SELECT due_at FROM sla_deadlines d WHERE d.order_id = o.id AND d.kind = 'arrival' AND d.met_at IS NULL
   AND d.cancelled_at IS NULL) AS due_at,
  coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon, o.site_id, s.area_id, s.responsible_id,
  b.assignee_id AS before,
  (SELECT array_agg(DISTINCT k.code) FROM orders_order_assets l JOIN assets_assets a ON a.id = l.asset_id
   JOIN assets_types t ON t.id = a.type_id JOIN people_skills k ON k.id = t.skill_id WHERE l.order_id = o.id) AS skills,
  (SELECT array_agg(l.asset_id) FROM orders_order_assets l WHERE l.order_id = o.id) AS assets,
  (SELECT array_agg(a.id) FROM people_areas a WHERE 12742.0176 * asin(sqrt(least(1,
     sin(radians(coalesce(o.lat, s.lat) - a.lat) / 2) ^ 2 + cos(radians(a.lat)) * cos(radians(coalesce(o.lat, s.lat)))
     * sin(radians(coalesce(o.lon, s.lon) - a.lon) / 2) ^ 2))) <= a.radius) AS areas
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN orders_jobs b ON b.id = j.return_of_id
WHERE j.id = $1
"""

_CANDIDATES = """
WITH team AS (
  SELECT m.* FROM people_members m WHERE m.active AND EXISTS (
    SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work')
), skills AS (
  SELECT h.member_id, jsonb_object_agg(k.code, h.level) AS held FROM people_member_skills h
  JOIN people_skills k ON k.id = h.skill_id GROUP BY 1
), areas AS (
  SELECT people_members_id AS member_id, array_agg(area_id) AS ids FROM people_member_areas GROUP BY 1
), shifts AS (
  SELECT member_id, array_agg(starts_at ORDER BY starts_at) AS starts, array_agg(ends_at ORDER BY starts_at) AS ends
  FROM schedule_shifts WHERE closed_at IS NULL AND ends_at > $2 AND starts_at <= $3 GROUP BY 1
), work AS (
  SELECT assignee_id AS member_id, count(*) AS n,
    max(CASE state WHEN 'on_site' THEN greatest(duration - extract(epoch FROM $2 - arrived_at) / 60, 5)
        WHEN 'travelling' THEN duration + greatest(coalesce(extract(epoch FROM eta_at - $2) / 60, $4), 0)
        ELSE 0 END) AS busy
  FROM orders_jobs WHERE state NOT IN ('done', 'closed', 'cancelled') AND assignee_id IS NOT NULL AND id <> $1
  GROUP BY 1
), visits AS (
  SELECT j.assignee_id AS member_id, count(*) AS n, bool_or(EXISTS (
      SELECT FROM orders_order_assets l WHERE l.order_id = j.order_id AND l.asset_id = ANY($7::bigint[]))) AS knows
  FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id
  WHERE o.site_id = $6 AND j.state IN ('done', 'closed') AND j.done_at > $5 AND j.assignee_id IS NOT NULL GROUP BY 1
), asked AS (
  SELECT member_id, (array_agg(state ORDER BY at DESC))[1] AS state FROM (
    SELECT member_id, ended_at AS at, CASE state WHEN 'expired' THEN 'no_answer' ELSE state END AS state
    FROM dispatch_offers WHERE job_id = $1 AND state IN ('declined', 'expired')
    UNION ALL
    SELECT (e.facts ->> 'member_id')::bigint, e.at, 'taken_away' FROM orders_entries e
    WHERE e.order_id = $9 AND e.job_id = $1 AND e.kind = 'job.unassign') past
  GROUP BY 1
)
SELECT m.id AS member_id, m.name, m.active, m.on_duty_at, m.rating, m.phone, skills.held, areas.ids AS areas,
  shifts.starts, shifts.ends, coalesce(work.n, 0) AS open_jobs, coalesce(work.busy, 0)::float AS busy,
  coalesce(visits.n, 0) AS visits, coalesce(visits.knows, false) AS knows, asked.state AS asked,
  coalesce(t.lat, m.home_lat) AS lat, coalesce(t.lon, m.home_lon) AS lon
FROM team m LEFT JOIN skills ON skills.member_id = m.id LEFT JOIN areas ON areas.member_id = m.id
LEFT JOIN shifts ON shifts.member_id = m.id LEFT JOIN work ON work.member_id = m.id
LEFT JOIN visits ON visits.member_id = m.id LEFT JOIN asked ON asked.member_id = m.id
LEFT JOIN LATERAL (SELECT lat, lon FROM presence_tracks p WHERE p.member_id = m.id AND p.at > $8
                   ORDER BY p.at DESC LIMIT 1) t ON m.on_duty_at IS NOT NULL
ORDER BY m.id
"""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A judged technician with what a dispatcher wants to see. `member` is {id, name, phone, rating, on_duty}."""

    member: dict[str, Any]
    score: float
    terms: tuple[Term, ...]
    rejected: str | None

    @property
    def member_id(self) -> int:
        return int(self.member["id"])

    @property
    def name(self) -> str:
        return str(self.member["name"])


@dataclass(frozen=True, slots=True)
class Settings:
    """How the robot works: the active rule set, else the company's rules. `width` offers stand at a time."""

    mode: str
    width: int
    offer_seconds: int
    weights: dict[str, float]


async def settings() -> Settings:
    row = await fetchrow(
        "SELECT mode, width, offer_seconds, weights FROM dispatch_rulesets WHERE active ORDER BY id LIMIT 1"
    )
    if row is None:
        view = await company()
        return Settings("auto", view.rule("offer_width"), view.rule("offer_seconds"), {})
    width = 1 if row["mode"] == "auto" else row["width"]
    return Settings(row["mode"], width, row["offer_seconds"], parsed(row["weights"]))


async def ranking(actor: Actor, job_id: int) -> list[Ranked]:
    """Everybody who could be given the job, best first, then the rejected with the reason. For dispatchers."""
    actor.require("orders.dispatch")
    ranked, people = await _judge(job_id)
    return [Ranked(_member(people[one.member_id]), one.score, one.terms, one.rejected) for one in ranked]


async def judged(job_id: int) -> list[Scored]:
    """Everybody judged, as the robot sees them. NotFound orders.job."""
    return (await _judge(job_id))[0]


async def _judge(job_id: int) -> tuple[list[Scored], dict[int, Any]]:
    at = now()
    row = await fetchrow(_NEED, job_id)
    if row is None:
        raise NotFound("orders.job", id=job_id)
    until = max(at, row["wanted_from"] or at, row["wanted_to"] or at)
    rows = await fetch(
        _CANDIDATES,
        job_id,
        at,
        until,
        TRAVELLING_MINUTES,
        at - LATELY,
        row["site_id"],
        row["assets"] or [],
        at - FRESH_POSITION,
        row["order_id"],
    )
    candidates = [_candidate(one, row["responsible_id"]) for one in rows]
    ranked = rank(_need(row, at), candidates, (await settings()).weights)
    return ranked, {one["member_id"]: one for one in rows}


def _need(row: Any, at: datetime) -> JobNeed:
    areas = {*(row["areas"] or ()), *([row["area_id"]] if row["area_id"] else ())}
    known = row["lat"] is not None or row["area_id"] is not None
    return JobNeed(
        job_id=row["job_id"],
        order_id=row["order_id"],
        now=at,
        priority=row["priority"],
        lat=row["lat"],
        lon=row["lon"],
        areas=frozenset(areas) if known else None,
        skills=frozenset(row["skills"] or ()),
        wanted_from=row["wanted_from"],
        wanted_to=row["wanted_to"],
        due_at=row["due_at"],
        before=row["before"],
    )


def _candidate(row: Any, responsible: int | None) -> Candidate:
    return Candidate(
        member_id=row["member_id"],
        name=row["name"],
        active=row["active"],
        on_duty=row["on_duty_at"] is not None,
        shifts=tuple(zip(row["starts"] or (), row["ends"] or (), strict=True)),
        skills=parsed(row["held"]) or {},
        areas=frozenset(row["areas"] or ()),
        lat=row["lat"],
        lon=row["lon"],
        open_jobs=row["open_jobs"],
        busy=row["busy"],
        responsible=row["member_id"] == responsible,
        visits=row["visits"],
        knows_asset=row["knows"],
        rating=row["rating"],
        refused=row["asked"],
    )


def _member(row: Any) -> dict[str, Any]:
    shown = {"id": row["member_id"], "name": row["name"], "phone": row["phone"], "rating": row["rating"]}
    return shown | {"on_duty": row["on_duty_at"] is not None}
