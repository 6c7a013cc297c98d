"""Promise slow or outside work, do it outside any transaction, and commit its result in one of its own.

@task("documents.render")
async def render(run: TaskRun) -> None:
    pdf = await typeset(run.args["document_id"])      # slow, nothing is open
    async with run.commit():                          # fenced: only whoever still holds the lease gets here
        await documents.keep(run.args["document_id"], pdf)
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from core.kernel.errors import Outage, Refusal
from core.kernel.failpoints import hit
from core.kernel.hints import hint
from core.kernel.trail import about
from core.kernel.work import Fenced, Work, current, work
from core.tasks.leases import ALIVE, Holder, holder

TOPIC = "tasks"
DESK, OUTSIDE = "desk", "outside"
ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=15)

log = logging.getLogger(__name__)


class GivenBack(Exception):
    """This process ends: somebody else does the task, from its beginning."""


@dataclass(slots=True)
class TaskRun:
    """One attempt (the first is 1) at a task. Its row goes when `commit()` ends, or when the handler returns. A handler
    that takes minutes asks now and then whether it may `go_on`."""

    id: int
    kind: str
    key: str | None
    args: dict[str, Any]
    attempt: int
    lease: str
    committed: bool = False
    stop: asyncio.Event | None = None

    def go_on(self) -> None:
        """`GivenBack` when the process was told to end."""
        if self.stop is not None and self.stop.is_set():
            raise GivenBack

    @asynccontextmanager
    async def commit(self) -> AsyncIterator[Work]:
        """A work of the desk itself that keeps the result and removes the task; `Fenced` when the lease was lost."""
        async with work() as w:
            gone = await w.execute("DELETE FROM tasks_tasks WHERE id = $1 AND lease = $2", self.id, self.lease)
            if not gone:
                raise Fenced(f"task {self.id}")
            yield w
            hit("tasks.before_commit")
        hit("tasks.after_commit")
        self.committed = True


Handler = Callable[[TaskRun], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Kind:
    handler: Handler
    attempts: int
    limit_s: float
    lane: str


_kinds: dict[str, _Kind] = {}


def task(
    kind: str, *, attempts: int = ATTEMPTS, limit_s: float = 300.0, lane: str = DESK
) -> Callable[[Handler], Handler]:
    """Register who does tasks of this kind; an attempt longer than `limit_s` seconds is given up and tried again. Each
    `lane` has workers of its own: what waits for others' servers holds up nothing of ours.

    A `Refusal` or a permanent `Outage` is final at once: the task is dead and visible. Other errors are tried again
    with growing pauses, `attempts` times in all.
    """

    def register(handler: Handler) -> Handler:
        if kind in _kinds:
            raise ValueError(f"task {kind} has a handler already")
        _kinds[kind] = _Kind(handler, attempts, limit_s, lane)
        return handler

    return register


async def later(
    kind: str, args: dict[str, Any] | None = None, *, key: object | None = None, run_at: datetime | None = None
) -> None:
    """Promise a task in the running work. With a `key` one waiting task per (kind, key) is enough: the newest `args`
    count, and the earlier time. A task that is being done already does not stop another from waiting."""
    w = current()
    await w.execute(
        "INSERT INTO tasks_tasks (kind, key, args, state, run_at, attempts, queued_at)"
        " VALUES ($1, $2, $3::jsonb, 'queued', $4, 0, $5)"
        " ON CONFLICT (kind, key) WHERE key IS NOT NULL AND state = 'queued'"
        " DO UPDATE SET args = excluded.args, run_at = least(tasks_tasks.run_at, excluded.run_at)",
        kind,
        None if key is None else str(key),
        orjson.dumps(args or {}).decode(),
        run_at or w.now,
        w.now,
    )
    w.on_commit(lambda: hint(TOPIC))


def kinds_of(lane: str | None) -> list[str]:
    """The kinds of a lane that have a handler here; None: of all lanes."""
    return [name for name, kind in _kinds.items() if lane in (None, kind.lane)]


_TAKE = """
UPDATE tasks_tasks SET state = 'running', lease = $2, leased_at = $1, attempts = attempts + 1
WHERE id = (
  SELECT id FROM tasks_tasks WHERE state = 'queued' AND run_at <= $1 AND kind = ANY($3::text[])
  ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, key, args, attempts, lease
"""


async def run_one(by: Holder | None = None, lane: str | None = None, stop: asyncio.Event | None = None) -> bool:
    """Claim one task of the lane (None: of any) that is due and do it; False when there was none."""
    if by is None:
        async with holder() as by:
            return await run_one(by, lane, stop)
    run = await claim(by, lane, stop)
    if run is not None:
        await do(run)
    return run is not None


async def claim(by: Holder, lane: str | None, stop: asyncio.Event | None = None) -> TaskRun | None:
    """A task of the lane that is due, now held by this worker. Kinds without a handler here are left alone. Whoever
    takes long heeds `stop`."""
    async with work() as w:
        row = await w.fetchrow(_TAKE, w.now, by.lease(), kinds_of(lane))
    if row is None:
        return None
    hit("tasks.claimed")
    args = orjson.loads(row["args"])
    return TaskRun(row["id"], row["kind"], row["key"], args, row["attempts"], row["lease"], stop=stop)


async def do(run: TaskRun) -> None:
    """Do a task that was claimed."""
    with about(task=run.kind, task_id=run.id):
        await _attempt(run, _kinds[run.kind])


async def _attempt(run: TaskRun, kind: _Kind) -> None:
    try:
        async with asyncio.timeout(kind.limit_s):
            await kind.handler(run)
            if not run.committed:
                async with run.commit():
                    pass
    except Fenced:
        log.warning("task was taken over")
    except GivenBack:
        async with work() as w:
            await w.execute(_BACK, run.id, run.lease, "queued", w.now, "")
    except Exception as error:
        log.warning("task failed", exc_info=True, extra={"attempt": run.attempt})
        final = isinstance(error, Refusal) or (isinstance(error, Outage) and error.permanent)
        await _failed(run, error, final=final or run.attempt >= kind.attempts)


_BACK = """
WITH twin AS (
  DELETE FROM tasks_tasks t WHERE t.id = $1 AND t.lease = $2 AND $3 = 'queued' AND t.key IS NOT NULL
    AND EXISTS (SELECT 1 FROM tasks_tasks o WHERE o.kind = t.kind AND o.key = t.key AND o.state = 'queued')
  RETURNING t.id
)
UPDATE tasks_tasks SET state = $3, lease = NULL, leased_at = NULL, run_at = $4, error = $5
WHERE id = $1 AND lease = $2 AND NOT EXISTS (SELECT 1 FROM twin)
"""


async def _failed(run: TaskRun, error: Exception, *, final: bool) -> None:
    """Back into the queue after a pause, or dead; where a newer twin waits already, that one is enough."""
    async with work() as w:
        state = "dead" if final else "queued"
        words = f"{type(error).__name__}: {error}"
        await w.execute(_BACK, run.id, run.lease, state, w.now + pause(run.attempt), words)
        w.on_commit(lambda: hint(TOPIC))


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure."""
    return min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)


_RECOVER = f"""
WITH lost AS (
  SELECT id, kind, key FROM tasks_tasks t
  WHERE state = 'running' AND split_part(lease, ':', 1)::bigint <> ALL(ARRAY({ALIVE}))
  FOR UPDATE SKIP LOCKED
), needless AS (
  DELETE FROM tasks_tasks t USING lost l WHERE t.id = l.id AND l.key IS NOT NULL AND (
    EXISTS (SELECT 1 FROM tasks_tasks o WHERE o.kind = l.kind AND o.key = l.key AND o.state = 'queued')
    OR EXISTS (SELECT 1 FROM lost b WHERE b.kind = l.kind AND b.key = l.key AND b.id > l.id))
  RETURNING t.id
)
UPDATE tasks_tasks t SET state = 'queued', lease = NULL, leased_at = NULL FROM lost l
WHERE t.id = l.id AND NOT EXISTS (SELECT 1 FROM needless n WHERE n.id = t.id)
"""


async def recover(by: Holder) -> int:
    """Put back what was claimed by workers that are no more; how many tasks that were. It is asked often: one
    statement, which looks for the living only where something is being done, and after it has seen what, so that nobody
    who has just begun is taken for dead."""
    count = await by.execute(_RECOVER)
    if count:
        hint(TOPIC)
    return count


async def retry_dead(task_id: int) -> bool:
    """Give a dead task a fresh start now."""
    w = current()
    w.on_commit(lambda: hint(TOPIC))
    return bool(
        await w.execute(
            "UPDATE tasks_tasks SET state = 'queued', attempts = 0, run_at = $2 WHERE id = $1 AND state = 'dead'"
            " AND NOT EXISTS (SELECT 1 FROM tasks_tasks o"
            " WHERE o.kind = tasks_tasks.kind AND o.key = tasks_tasks.key AND o.state = 'queued')",
            task_id,
            w.now,
        )
    )


async def forget(kind: str, key: object) -> None:
    """Nobody needs a task any more that waits under this key; one that is being done goes on."""
    sql = "DELETE FROM tasks_tasks WHERE kind = $1 AND key = $2 AND state = 'queued'"
    await current().execute(sql, kind, str(key))


async def forget_dead(task_id: int) -> bool:
    """Give a dead task up."""
    return bool(await current().execute("DELETE FROM tasks_tasks WHERE id = $1 AND state = 'dead'", task_id))
