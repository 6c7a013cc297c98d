"""Today's timeline: who works when, and on what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch
from core.overview.board import today
from core.schedule.queries import WORKING


@dataclass(frozen=True, slots=True)
class Line:
    """A technician of the day. `on_duty`: has opened a shift."""

    id: int
    name: str
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """When somebody is to work: planned, or as it was begun and ended."""

    member_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A job on the line: from setting out (or the day's plan) to its end (or when that is to be expected). `late`: a
    clock of its order has run out."""

    job_id: int
    number: int
    member_id: int
    summary: str
    site: str | None
    state: str
    start: datetime
    end: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The day from `start` to `end` (the company's midnights)."""

    start: datetime
    end: datetime
    lines: tuple[Line, ...]
    shifts: tuple[Shift, ...]
    visits: tuple[Visit, ...]


_SHIFTS = f"""
SELECT member_id, coalesce(opened_at, starts_at) AS start, coalesce(closed_at, ends_at) AS "end"
FROM {WORKING} s WHERE starts_at < $2 AND ends_at > $1 ORDER BY member_id, starts_at
"""
_VISITS = """
WITH jobs AS (
  SELECT id FROM orders_jobs WHERE state NOT IN ('done', 'closed', 'cancelled') AND assignee_id IS NOT NULL
  UNION SELECT id FROM orders_jobs WHERE done_at >= $1 AND done_at < $2 AND state IN ('done', 'closed')
)
SELECT j.id AS job_id, o.id AS number, j.assignee_id AS member_id,
       coalesce(nullif(j.title, ''), o.summary) AS summary, s.name AS site, j.state, j.duration,
       coalesce(j.travelling_at, j.arrived_at, v.starts_at, j.planned_from, greatest(j.accepted_at, o.promised_at), $3)
         AS start,
       j.arrived_at, j.done_at,
       EXISTS (SELECT FROM sla_deadlines d WHERE d.order_id = o.id AND d.met_at IS NULL AND d.cancelled_at IS NULL
               AND d.paused_at IS NULL AND d.due_at <= $3) AS late
FROM jobs JOIN orders_jobs j ON j.id = jobs.id JOIN orders_orders o ON o.id = j.order_id
LEFT JOIN customers_sites s ON s.id = o.site_id LEFT JOIN plan_visits v ON v.job_id = j.id
WHERE j.assignee_id IS NOT NULL ORDER BY start, j.id LIMIT 1000
"""
_LINES = """
SELECT id, name, on_duty_at IS NOT NULL AS on_duty FROM people_members WHERE id = ANY($1::bigint[]) ORDER BY name, id
"""
BRIEF = timedelta(minutes=20)


async def plan(actor: Actor) -> Plan:
    """Those who have a shift or a job today, and the jobs: done today, running, and next. Needs `orders.see_all`."""
    actor.require("orders.see_all")
    at, (start, end) = now(), await today()
    shifts = tuple(Shift(**dict(row)) for row in await fetch(_SHIFTS, start, end))
    visits = []
    for row in await fetch(_VISITS, start, end, at):
        told = dict(row)
        length, arrived, done = told.pop("duration"), told.pop("arrived_at"), told.pop("done_at")
        told["end"] = _end(told["state"], told["start"], length, arrived, done, at)
        if told["start"] < end and told["end"] > start:
            visits.append(Visit(**told))
    people = sorted({shift.member_id for shift in shifts} | {visit.member_id for visit in visits})
    lines = tuple(Line(**dict(row)) for row in await fetch(_LINES, people))
    return Plan(start, end, lines, shifts, tuple(visits))


def _end(
    state: str, start: datetime, minutes: int, arrived: datetime | None, done: datetime | None, at: datetime
) -> datetime:
    """When it ended, or is to end: never in the past while it runs, never too short to be seen."""
    if done is not None:
        return max(done, start + BRIEF)
    expected = (arrived or start) + timedelta(minutes=minutes)
    return max(expected, at) if state in ("travelling", "on_site") else expected
