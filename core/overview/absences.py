"""What an absence gets in the way of."""

from dataclasses import dataclass
from datetime import datetime

from core.kernel.read import fetch, fetchval


@dataclass(frozen=True, slots=True)
class Affected:
    """`jobs` are the person's open jobs that are planned for the time: the order's number and when; `shifts` and
    `duties` how many begin or lie in it."""

    jobs: tuple[tuple[int, datetime], ...]
    shifts: int
    duties: int


_JOBS = """
SELECT order_id, planned_from FROM orders_jobs
WHERE assignee_id = $1 AND planned_from < $3 AND coalesce(planned_to, planned_from) >= $2
  AND state NOT IN ('done', 'closed', 'cancelled') ORDER BY planned_from, id
"""
_SHIFTS = "SELECT count(*) FROM schedule_shifts WHERE member_id = $1 AND starts_at >= $2 AND starts_at < $3"
_DUTIES = "SELECT count(*) FROM schedule_duties WHERE member_id = $1 AND ends_at > $2 AND starts_at < $3"


async def affected(member_id: int, start: datetime, end: datetime) -> Affected:
    jobs = await fetch(_JOBS, member_id, start, end)
    return Affected(
        tuple((row["order_id"], row["planned_from"]) for row in jobs),
        await fetchval(_SHIFTS, member_id, start, end) or 0,
        await fetchval(_DUTIES, member_id, start, end) or 0,
    )
