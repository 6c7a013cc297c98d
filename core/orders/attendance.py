"""Who was on site for an order, and when."""

from dataclasses import dataclass
from itertools import groupby

from core.kernel.read import fetch
from core.orders.stints import Stay, stays

_TRAIL = """
SELECT e.job_id, substr(e.kind, 5) AS verb, e.facts ->> 'state' AS state,
       (e.facts ->> 'member_id')::bigint AS member_id, e.at, m.name
FROM orders_entries e LEFT JOIN people_members m ON m.id = (e.facts ->> 'member_id')::bigint
WHERE e.order_id = $1 AND e.job_id IS NOT NULL AND e.kind LIKE 'job.%' AND e.facts ? 'state' ORDER BY e.job_id, e.id
"""


@dataclass(frozen=True, slots=True)
class Attendance:
    """A stay on site with its job and the technician's name."""

    job_id: int
    name: str
    stay: Stay


async def attendance(order_id: int) -> list[Attendance]:
    """Job by job, in the order of time. For rooms above, and for doors that have let the reader in."""
    rows = await fetch(_TRAIL, order_id)
    names = {row["member_id"]: row["name"] or "" for row in rows}
    return [
        Attendance(job_id, names.get(stay.member_id, ""), stay)
        for job_id, steps in groupby(rows, key=lambda row: row["job_id"])
        for stay in stays(steps)
    ]
