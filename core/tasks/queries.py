"""When the next task may run, and which ones are stuck or have given up."""

from dataclasses import dataclass
from datetime import datetime

from core.tasks.models import Task


@dataclass(frozen=True, slots=True)
class TaskView:
    id: int
    kind: str
    key: str | None
    state: str
    run_at: datetime
    attempts: int
    error: str


async def next_due(kinds: list[str]) -> datetime | None:
    """The earliest time at which a waiting task of these kinds may run; None when none waits."""
    return await Task.filter(state="queued", kind__in=kinds).order_by("run_at").first().values_list("run_at", flat=True)  # type: ignore[return-value]


async def dead_tasks(limit: int = 100) -> list[TaskView]:
    """Tasks whose attempts ran out, newest first."""
    return [_view(row) for row in await Task.filter(state="dead").order_by("-id").limit(limit)]


async def stuck(before: datetime, limit: int = 100) -> list[TaskView]:
    """Tasks that should have run before `before` and still wait."""
    return [_view(row) for row in await Task.filter(state="queued", run_at__lt=before).order_by("run_at").limit(limit)]


def _view(row: Task) -> TaskView:
    return TaskView(row.id, row.kind, row.key, row.state, row.run_at, row.attempts, row.error or "")
