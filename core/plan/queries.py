"""The day as the planner reads it: people, jobs and the plan that stands, in a few statements however many.
Contractors plan their days themselves: they and the jobs that they have are none of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from core.company.queries import company
from core.dispatch.planning.instance import Break, Point
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch, fetchrow, fetchval, parsed, together
from core.plan.fetching import Goods, Needs
from core.plan.goods import needs_of, stock_for
from core.plan.rules import Day, Job, Person

FRESH_POSITION = timedelta(hours=4)
LONG_SHIFT = 6 * 3600
REST_FROM, REST_TO = 3 * 3600, 5 * 3600 + 1800

_PEOPLE = """
WITH team AS (
  SELECT m.* FROM people_members m WHERE m.active AND NOT m.contractor AND EXISTS (
    SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work')
), skills AS (
  SELECT h.member_id, array_agg(k.code) AS held FROM people_member_skills h
  JOIN people_skills k ON k.id = h.skill_id GROUP BY 1
), shifts AS (
  SELECT member_id, min(starts_at) AS starts, max(ends_at) AS ends FROM schedule_shifts
  WHERE closed_at IS NULL AND starts_at < $2 AND ends_at > $1 AND NOT EXISTS (
    SELECT FROM schedule_absences a WHERE a.member_id = schedule_shifts.member_id AND a.state = 'approved'
      AND a.starts_at <= schedule_shifts.starts_at AND a.ends_at > schedule_shifts.starts_at) GROUP BY 1
), places AS (
  SELECT l.people_members_id AS member_id, avg(a.lat) AS lat, avg(a.lon) AS lon
  FROM people_member_areas l JOIN people_areas a ON a.id = l.area_id GROUP BY 1
)
SELECT m.id, m.name, m.on_duty_at IS NOT NULL AS on_duty, skills.held,
  extract(epoch FROM shifts.starts - $1)::int AS starts, extract(epoch FROM shifts.ends - $1)::int AS ends,
  coalesce(t.lat, m.home_lat, places.lat) AS lat, coalesce(t.lon, m.home_lon, places.lon) AS lon
FROM team m LEFT JOIN skills ON skills.member_id = m.id LEFT JOIN shifts ON shifts.member_id = m.id
LEFT JOIN places ON places.member_id = m.id
LEFT JOIN LATERAL (SELECT lat, lon FROM presence_tracks p WHERE p.member_id = m.id AND p.at > $3
                   ORDER BY p.at DESC LIMIT 1) t ON $4 AND m.on_duty_at IS NOT NULL
WHERE $5::bigint[] IS NULL OR m.id = ANY($5)
ORDER BY m.name, m.id
"""
_DONE_OR_PLANNED = """
  SELECT job_id AS id FROM plan_visits WHERE day = $1
  UNION SELECT id FROM orders_jobs WHERE done_at >= $2 AND done_at < $3 AND state IN ('done', 'closed')"""
_WAITING = {
    "past": "",
    "today": """
  UNION SELECT j.id FROM orders_jobs j LEFT JOIN plan_visits v ON v.job_id = j.id
    WHERE j.state NOT IN ('done', 'closed', 'cancelled') AND (v.day < $1 OR j.state IN ('travelling', 'on_site')
      OR v.job_id IS NULL AND (j.planned_from IS NULL OR j.planned_from < $3))""",
    "ahead": """
  UNION SELECT j.id FROM orders_jobs j LEFT JOIN plan_visits v ON v.job_id = j.id
    WHERE j.state NOT IN ('done', 'closed', 'cancelled') AND v.job_id IS NULL
      AND (j.planned_from IS NULL OR j.planned_from < $3) AND (j.planned_to IS NULL OR j.planned_to > $2)
      AND (j.assignee_id IS NULL OR j.planned_from >= $2)""",
}
_SOME = "AND (j.assignee_id = ANY($4::bigint[]) OR j.id = ANY($5::bigint[]))"
_JOBS = """
WITH chosen AS ({chosen}
), jobs AS MATERIALIZED (
  SELECT j.* FROM chosen JOIN orders_jobs j USING (id) WHERE j.state <> 'cancelled' {some}
    AND NOT EXISTS (SELECT FROM people_members m WHERE m.id = j.assignee_id AND m.contractor)
), demanded AS (
  SELECT l.order_id, array_agg(DISTINCT k.code) AS skills
  FROM (SELECT DISTINCT order_id FROM jobs) j JOIN orders_order_assets l USING (order_id)
  JOIN assets_assets a ON a.id = l.asset_id JOIN assets_types t ON t.id = a.type_id
  JOIN people_skills k ON k.id = t.skill_id GROUP BY 1
)
SELECT j.id, j.order_id, j.state, j.revision, j.duration, j.assignee_id, o.summary, s.name AS site, o.priority,
  coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon,
  extract(epoch FROM j.planned_from - $2)::int AS opens, extract(epoch FROM j.planned_to - $2)::int AS closes,
  extract(epoch FROM CASE j.state WHEN 'travelling' THEN coalesce(j.eta_at, v.starts_at)
                     ELSE coalesce(j.arrived_at, j.travelling_at) END - $2)::int AS began,
  extract(epoch FROM j.done_at - $2)::int AS ended, extract(epoch FROM v.told_at - $2)::int AS told,
  extract(epoch FROM d.due_at - $2)::int AS due,
  CASE WHEN v.member_id = j.assignee_id AND v.day = $1 THEN extract(epoch FROM v.starts_at - $2)::int END AS planned,
  CASE WHEN v.member_id = j.assignee_id AND v.day = $1 THEN v.seq END AS seq,
  coalesce(v.pinned AND v.day = $1, false) AS pinned, coalesce(v.agreed, false) AS agreed, n.skills
FROM jobs j JOIN orders_orders o ON o.id = j.order_id
LEFT JOIN customers_sites s ON s.id = o.site_id LEFT JOIN plan_visits v ON v.job_id = j.id
LEFT JOIN demanded n ON n.order_id = o.id
LEFT JOIN sla_deadlines d ON d.order_id = o.id AND d.kind = 'arrival' AND d.met_at IS NULL AND d.cancelled_at IS NULL
ORDER BY j.id
"""


@cache
def _jobs(span: str, some: bool) -> str:
    """The statement for a day of `_WAITING`. Each is a text of its own without switches in it, for PostgreSQL keeps its
    plan only then: planning it anew costs as much as reading a small day."""
    return _JOBS.format(chosen=_DONE_OR_PLANNED + _WAITING[span], some=_SOME if some else "")


@dataclass(frozen=True, slots=True)
class Frame:
    """A day of the company's calendar with what its plan is made of. `start` is its midnight; `revision` the plan's."""

    day: date
    start: datetime
    end: datetime
    revision: int
    facts: Day

    def at(self, seconds: int) -> datetime:
        """A moment of the day."""
        return self.start + timedelta(seconds=seconds)

    def seconds(self, moment: datetime) -> int:
        return int((moment - self.start).total_seconds())


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day's midnights in UTC, so that differences are true durations."""
    utc = ZoneInfo("UTC")
    start, end = (datetime.combine(one, time(), zone).astimezone(utc) for one in (day, day + timedelta(days=1)))
    return start, end


async def today() -> date:
    return now().astimezone((await company()).tz).date()


async def frame(day: date, members: Sequence[int] | None = None, jobs: Sequence[int] = ()) -> Frame:
    """For the desk itself: reads without asking who looks. With `members` only these people, and the jobs that are
    theirs or among `jobs`."""
    ours, at = await company(), now()
    start, end = bounds(day, ours.tz)
    current = start <= at < end
    span = "today" if current else "ahead" if end > at else "past"
    some = () if members is None else (members, list(jobs))
    rest = ours.rule("break_minutes") * 60
    revision = await fetchval("SELECT revision FROM plan_days WHERE day = $1", day)  # first: what follows may be newer
    rows, people = await together(
        fetch(_jobs(span, members is not None), day, start, end, *some),
        fetch(_PEOPLE, start, end, at - FRESH_POSITION, current, members),
    )
    needs = await needs_of([row["id"] for row in rows], day)
    supply, vans = await stock_for(needs, [row["id"] for row in people], day, at.astimezone(ours.tz).date())
    facts = Day(
        now=int((at - start).total_seconds()),
        people={row["id"]: _person(row, rest, vans.get(row["id"], {})) for row in people},
        jobs={row["id"]: _job(row, needs.get(row["id"], ())) for row in rows},
        supply=supply,
    )
    return Frame(day, start, end, revision or 0, facts)


def _person(row: Any, rest: int, van: Goods) -> Person:
    shift = (row["starts"], row["ends"]) if row["starts"] is not None else None
    long = shift is not None and rest and shift[1] - shift[0] >= LONG_SHIFT
    return Person(
        id=row["id"],
        name=row["name"],
        shift=shift,
        rest=Break(rest, (shift[0] + REST_FROM, shift[0] + REST_TO)) if long and shift else None,
        start=_point(row),
        skills=frozenset(row["held"] or ()),
        on_duty=row["on_duty"],
        van=van,
    )


def _point(row: Any) -> Point | None:
    return None if row["lat"] is None or row["lon"] is None else (row["lat"], row["lon"])


def _job(row: Any, needs: Needs) -> Job:
    opens, closes, told = row["opens"], row["closes"], row["told"]
    kept = told is not None and (opens is None or opens <= told <= (closes or opens))
    return Job(
        id=row["id"],
        order_id=row["order_id"],
        state=row["state"],
        revision=row["revision"],
        duration=row["duration"] * 60,
        member_id=row["assignee_id"],
        title=row["summary"],
        site=row["site"] or "",
        place=_point(row),
        window=None if opens is None else (opens, opens if closes is None else closes),
        due=row["due"],
        skills=frozenset(row["skills"] or ()),
        priority=row["priority"],
        planned=row["planned"],
        seq=row["seq"],
        pinned=row["pinned"],
        told=told,
        floor=told if kept else None,
        agreed=row["agreed"],
        began=row["began"],
        ended=row["ended"],
        needs=needs,
    )


async def seen_frame(actor: Actor, day: date) -> Frame:
    """The day for whoever plans it. Needs `orders.see_all`."""
    actor.require("orders.see_all")
    return await frame(day)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a day's plan as the page shows it; `told` as `rules.difference`."""

    id: int
    day: date
    cause: str
    state: str
    revision: int
    job_id: int | None
    told: dict[str, Any]
    progress: int
    who: str
    at: datetime


_CHANGES = "SELECT id, day, cause, state, revision, job_id, told, progress, who, at FROM plan_changes"


async def changes(actor: Actor, day: date, limit: int = 10) -> list[Change]:
    """The newest changes of a day, those that wait for a yes among them."""
    actor.require("orders.see_all")
    rows = await fetch(f"{_CHANGES} WHERE day = $1 ORDER BY id DESC LIMIT $2", day, limit)
    return [_change(row) for row in rows]


async def change(change_id: int) -> Change | None:
    row = await fetchrow(f"{_CHANGES} WHERE id = $1", change_id)
    return _change(row) if row else None


def _change(row: Any) -> Change:
    return Change(**{**dict(row), "told": parsed(row["told"])})


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A day in the week's calendar: visits per technician, working hours planned and held, what waits."""

    day: date
    rows: dict[int, dict[str, int]]
    reserve: int


_WEEK = """
SELECT v.day, v.member_id, count(*) AS visits, sum(extract(epoch FROM v.ends_at - v.starts_at) + v.travel)::int AS busy
FROM plan_visits v JOIN orders_jobs j ON j.id = v.job_id
WHERE v.day BETWEEN $1 AND $2 AND j.state <> 'cancelled' GROUP BY 1, 2
"""
_WEEK_SHIFTS = """
SELECT member_id, starts_at, ends_at FROM schedule_shifts WHERE starts_at < $2 AND ends_at > $1
"""
_WEEK_RESERVE = """
SELECT (planned_from AT TIME ZONE $3)::date AS day, count(*) AS n FROM orders_jobs
WHERE state IN ('new', 'offered') AND planned_from >= $1 AND planned_from < $2 GROUP BY 1
"""


async def week(actor: Actor, first: date, days: int = 7) -> list[WeekDay]:
    """`days` days from `first`: rows by member with `visits`, `busy` and `shift` seconds."""
    actor.require("orders.see_all")
    ours = await company()
    last = first + timedelta(days=days - 1)
    start, end = bounds(first, ours.tz)[0], bounds(last, ours.tz)[1]
    found = {first + timedelta(days=n): WeekDay(first + timedelta(days=n), {}, 0) for n in range(days)}
    for row in await fetch(_WEEK, first, last):
        found[row["day"]].rows[row["member_id"]] = {"visits": row["visits"], "busy": row["busy"], "shift": 0}
    for row in await fetch(_WEEK_SHIFTS, start, end):
        one = found.get(row["starts_at"].astimezone(ours.tz).date())
        if one is not None:
            cell = one.rows.setdefault(row["member_id"], {"visits": 0, "busy": 0, "shift": 0})
            cell["shift"] += int((row["ends_at"] - row["starts_at"]).total_seconds())
    waiting = {row["day"]: row["n"] for row in await fetch(_WEEK_RESERVE, start, end, ours.zone)}
    return [WeekDay(one.day, one.rows, waiting.get(one.day, 0)) for one in found.values()]


@dataclass(frozen=True, slots=True)
class RouteStop:
    """A stop of somebody's own day: planned begin and end, seconds of travel before it."""

    job_id: int
    starts_at: datetime
    ends_at: datetime
    travel: int
    pinned: bool


async def route_of(actor: Actor, member_id: int, day: date) -> dict[int, RouteStop]:
    """A technician's own planned stops of the day, by job; another's need `orders.see_all`."""
    if actor.kind != "member" or actor.id != member_id:
        actor.require("orders.see_all")
    sql = """SELECT job_id, starts_at, ends_at, travel, pinned FROM plan_visits
             WHERE member_id = $1 AND day = $2 ORDER BY seq"""
    return {row["job_id"]: RouteStop(**dict(row)) for row in await fetch(sql, member_id, day)}
