"""When the next timer is due, and which ones have given up."""

from dataclasses import dataclass
from datetime import datetime

from core.timers.models import Timer


@dataclass(frozen=True, slots=True)
class DeadTimer:
    id: int
    kind: str
    key: str
    due_at: datetime
    attempts: int
    error: str
    dead_at: datetime | None


async def next_due(kinds: list[str]) -> datetime | None:
    """The earliest time at which something of these kinds is due; None when nothing is."""
    mine = Timer.filter(dead_at__isnull=True, kind__in=kinds)
    return await mine.order_by("due_at").first().values_list("due_at", flat=True)  # type: ignore[return-value]


async def dead_timers(limit: int = 100) -> list[DeadTimer]:
    """Timers whose attempts ran out, newest first."""
    rows = await Timer.filter(dead_at__isnull=False).order_by("-dead_at").limit(limit)
    return [
        DeadTimer(row.id, row.kind, row.key, row.due_at, row.attempts, row.error or "", row.dead_at) for row in rows
    ]


async def overdue(moment: datetime) -> int:
    """How many timers should have happened by `moment` and have not."""
    return await Timer.filter(dead_at__isnull=True, due_at__lt=moment).count()
