"""Deliveries whose things are still to be read: who reads them, and when."""

from core.kernel.read import fetch
from core.kernel.work import current
from core.tasks.actions import later

KIND = "sources.read"
MOST_WOKEN = 1000

_WAITING = """
SELECT delivery_id FROM sources_readings WHERE source_id = $1 AND due_at IS NOT NULL ORDER BY delivery_id LIMIT $2
"""
_LOST = """
SELECT r.delivery_id FROM sources_readings r WHERE r.due_at < $2
  AND NOT EXISTS (SELECT FROM tasks_tasks t WHERE t.kind = $1 AND t.key = r.delivery_id::text
    AND t.state IN ('queued', 'running'))
"""


async def wake(source_id: str) -> None:
    """The source was changed: what a wrong key or address kept from being read may be read now."""
    for row in await fetch(_WAITING, source_id, MOST_WOKEN):
        await later(KIND, key=row["delivery_id"])


async def mend() -> None:
    """What nobody has promised to read any more (its task died, or a backup was restored) is read again."""
    for row in await fetch(_LOST, KIND, current().now):
        await later(KIND, key=row["delivery_id"])
