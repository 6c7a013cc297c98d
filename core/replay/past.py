"""A period as the desk remembers it. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from core.company.queries import company
from core.kernel.clock import now
from core.kernel.read import fetch
from core.replay.rules import PastJob, Worker, stay_of
from core.schedule.holidays import public_holidays
from core.schedule.queries import WORKING
from core.schedule.rules import DAY, expand, moment, rota_of

AFTERWARDS = timedelta(days=14)
"""Shifts after the period, in which its last orders may be done."""
LONGEST_PAUSE = 3600

_JOBS = """
SELECT j.id, j.order_id, o.summary, j.state, j.created_at, j.duration, j.planned_from, j.planned_to, j.assignee_id,
  j.accepted_at, j.arrived_at, j.done_at, coalesce(o.lat, s.lat) AS lat, coalesce(o.lon, s.lon) AS lon, d.due_at,
  EXISTS (SELECT FROM dispatch_choices c WHERE c.job_id = j.id AND c.outcome = 'nobody') AS asked_help
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
LEFT JOIN sla_deadlines d ON d.order_id = o.id AND d.kind = 'arrival' AND d.cancelled_at IS NULL
WHERE (j.created_at >= $1 AND j.created_at < $2)
   OR (j.created_at < $1 AND j.arrived_at >= $1 AND j.arrived_at < $3 AND j.assignee_id IS NOT NULL)
ORDER BY j.created_at, j.id
"""
_SHIFTS = f"""
SELECT member_id, opened_at, starts_at, least(ends_at, closed_at) AS ends, ends_at < $3 AS over FROM {WORKING} s
WHERE ends_at > $1 AND starts_at < $2 ORDER BY starts_at, id
"""
_PEOPLE = """
SELECT m.id, m.name, m.home_lat, m.home_lon FROM people_members m WHERE m.id = ANY($1::bigint[])
  OR (m.active AND NOT m.contractor
    AND EXISTS (SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work'))
ORDER BY m.id
"""


@dataclass(frozen=True, slots=True)
class Past:
    """`fresh` are the jobs that came in the period and are judged anew; `jobs` also hold what came before it. The
    jobs that no replay can judge are counted in `left_out`: open (somebody has it, nobody has been there), remote
    (done without a visit), cancelled. `pause` is the usual time in seconds until somebody had a job."""

    jobs: dict[int, PastJob]
    fresh: list[PastJob]
    workers: dict[int, Worker]
    left_out: dict[str, int]
    midnights: list[int]
    pause: int


async def past(first: date, last: date) -> Past:
    """The days from `first` to `last` of the company's calendar."""
    zone, at = (await company()).tz, now()
    days = [first + timedelta(days=n) for n in range((last - first).days + 3)]
    midnights = [moment(day, 0, zone) for day in days]
    start, end = midnights[0], midnights[-2]
    rows = await fetch(_JOBS, start, end, end + AFTERWARDS)
    known, left_out = {}, dict.fromkeys(("open", "remote", "cancelled"), 0)
    for row in rows:
        held = row["created_at"] < start
        if held or (why := _left_out(row)) is None:
            known[row["id"]] = _job(row, held)
        else:
            left_out[why] += 1
    members = {job.member for job in known.values() if job.member is not None}
    workers = await _workers(start, end + AFTERWARDS, at, members)
    fresh = [job for job in known.values() if not job.held]
    return Past(known, fresh, workers, left_out, [int(one.timestamp()) for one in midnights], _pause(rows, start))


def _left_out(row: Any) -> str | None:
    """Why there is nothing to judge."""
    if row["state"] == "cancelled":
        return "cancelled"
    if row["arrived_at"] is not None or row["state"] in ("new", "offered"):
        return None
    return "remote" if row["state"] in ("done", "closed") else "open"


def _job(row: Any, held: bool) -> PastJob:
    arrived, left = _seconds(row["arrived_at"]), _seconds(row["done_at"])
    opens, closes = _seconds(row["planned_from"]), _seconds(row["planned_to"])
    window = None if opens is None and closes is None else (opens or 0, closes or 1 << 40)
    return PastJob(
        row["id"],
        row["order_id"],
        row["summary"],
        int(row["created_at"].timestamp()),
        stay_of(arrived, left, row["duration"]),
        row["duration"],
        (row["lat"], row["lon"]) if row["lat"] is not None and row["lon"] is not None else None,
        window,
        _seconds(row["due_at"]),
        row["assignee_id"],
        arrived if row["assignee_id"] is not None else None,
        held,
        row["asked_help"],
    )


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _pause(rows: Sequence[Any], start: datetime) -> int:
    """The median of what it really took, of jobs that were not wanted for later."""
    took = [
        (row["accepted_at"] - row["created_at"]).total_seconds()
        for row in rows
        if row["accepted_at"] is not None and row["created_at"] >= start and row["planned_from"] is None
    ]
    return round(min(max(median(took), 0), LONGEST_PAUSE)) if took else 0


async def _workers(start: datetime, end: datetime, at: datetime, members: set[int]) -> dict[int, Worker]:
    """Where people say when they come to work, a shift that nobody opened was not worked."""
    rows = await fetch(_SHIFTS, start - timedelta(days=1), end, at)
    opening = any(row["opened_at"] for row in rows)
    shifts: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        begin, stop = _seconds(row["opened_at"] or row["starts_at"]) or 0, _seconds(row["ends"]) or 0
        if begin < stop and not (opening and row["over"] and row["opened_at"] is None):
            shifts.setdefault(row["member_id"], []).append((begin, stop))
    people = await fetch(_PEOPLE, sorted(members | shifts.keys()))
    worked = {member: tuple(sorted(turns)) for member, turns in shifts.items()}
    return {row["id"]: Worker(row["id"], row["name"], _home(row), worked.get(row["id"], ())) for row in people}


async def as_if(known: Past, data: Mapping[str, Any], members: Sequence[int]) -> dict[int, Worker]:
    """The same people, had these worked by a rota from its own first day on. Who was away stays away."""
    zone = (await company()).tz
    days = [datetime.fromtimestamp(one, zone).date() for one in (known.midnights[0], known.midnights[-2])]
    since, until = days[0] - DAY, days[1] + AFTERWARDS
    rota = rota_of(data)
    holidays = public_holidays(rota.country, tuple(range(since.year, (until + DAY).year + 1)))
    meant = [(int(one.start.timestamp()), int(one.end.timestamp())) for one in expand(rota, since, until, holidays)]
    sql = """SELECT member_id, starts_at, ends_at FROM schedule_absences
             WHERE state = 'approved' AND member_id = ANY($1::bigint[])"""
    away: dict[int, list[tuple[int, int]]] = {}
    for row in await fetch(sql, list(members)):
        away.setdefault(row["member_id"], []).append((_seconds(row["starts_at"]) or 0, _seconds(row["ends_at"]) or 0))
    changed = {
        one: replace(
            known.workers[one],
            shifts=tuple(shift for shift in meant if not any(a <= shift[0] < b for a, b in away.get(one, ()))),
        )
        for one in members
        if one in known.workers
    }
    return {**known.workers, **changed}


def _home(row: Any) -> tuple[float, float] | None:
    return None if row["home_lat"] is None or row["home_lon"] is None else (row["home_lat"], row["home_lon"])
