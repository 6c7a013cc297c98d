"""Set, move and cancel what is due later, and do it when its time has come."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from asyncpg import LockNotAvailableError

from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.failpoints import hit
from core.kernel.hints import hint
from core.kernel.trail import about, note
from core.kernel.work import current, work

TOPIC = "timers"
ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
BUSY_PAUSE = timedelta(milliseconds=300)
BUSY = "waits for a lock"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come. `attempts` counts the failures so far."""

    kind: str
    key: str
    due_at: datetime
    data: dict[str, Any]
    attempts: int


Effect = Callable[[Due], Awaitable[None]]
_effects: dict[str, Effect] = {}


def on_timer(kind: str) -> Callable[[Effect], Effect]:
    """`@on_timer("sla.near")`: the effect runs inside a work of the desk itself; the row goes in the same transaction.

    An effect looks again at what it is about: the world may have changed. A `Refusal` from it is final (the timer is
    dead, visible), any other error is tried again with growing pauses. That somebody else held what it wanted to lock
    is no failure: it is tried again in a moment, however often.
    """

    def register(effect: Effect) -> Effect:
        if kind in _effects:
            raise ValueError(f"timer {kind} has an effect already")
        _effects[kind] = effect
        return effect

    return register


def kinds() -> list[str]:
    """The kinds that have an effect here."""
    return list(_effects)


async def set_timer(kind: str, key: object, due_at: datetime, data: dict[str, Any] | None = None) -> None:
    """Have `kind` happen to `key` at `due_at` (aware). Setting it again moves it and replaces `data`."""
    w = current()
    await w.execute(
        "INSERT INTO timers_timers (kind, key, due_at, data, attempts) VALUES ($1, $2, $3, $4::jsonb, 0)"
        " ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, data = excluded.data,"
        " attempts = 0, error = NULL, dead_at = NULL",
        kind,
        str(key),
        due_at,
        orjson.dumps(data or {}).decode(),
    )
    w.on_commit(lambda: hint(TOPIC))


async def cancel_timer(kind: str, *keys: object) -> int:
    """Forget the timers of these keys; how many there were."""
    return await current().execute(
        "DELETE FROM timers_timers WHERE kind = $1 AND key = ANY($2::text[])", kind, [str(key) for key in keys]
    )


_TAKE = """
DELETE FROM timers_timers WHERE id = (
  SELECT id FROM timers_timers WHERE due_at <= $1 AND dead_at IS NULL AND kind = ANY($2::text[])
  ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, key, due_at, data, attempts
"""


async def run_due(limit: int = 100) -> int:
    """Apply the effects of up to `limit` timers that are due, each in a transaction of its own; how many were tried.

    Any number of processes may do this at once. Timers whose kind has no effect here are left to others.
    """
    for done in range(limit):
        with about():
            if not await _run_one():
                return done
    return limit


async def _run_one() -> bool:
    row: Any = None
    try:
        async with work() as w:
            row = await w.fetchrow(_TAKE, w.now, kinds())
            if row is not None:
                note(timer=row["kind"], timer_key=row["key"])
                due = Due(row["kind"], row["key"], row["due_at"], orjson.loads(row["data"]), row["attempts"])
                await _effects[due.kind](due)
                hit("timers.before_commit")
        if row is not None:
            hit("timers.after_commit")
    except LockNotAvailableError:
        if row is None:
            raise
        log.info("timer waits for a lock")
        await _put_off(row)
    except Exception as error:
        if row is None:
            raise
        log.exception("timer failed")
        await _failed(row, error)
    return row is not None


async def _put_off(row: Any) -> None:
    async with work() as w:
        sql = "UPDATE timers_timers SET due_at = $2, error = $3 WHERE id = $1 AND due_at = $4"
        await w.execute(sql, row["id"], w.now + BUSY_PAUSE, BUSY, row["due_at"])


async def _failed(row: Any, error: Exception) -> None:
    attempts = row["attempts"] + 1
    final = isinstance(error, Refusal) or attempts >= ATTEMPTS
    async with work() as w:
        await w.execute(
            "UPDATE timers_timers SET attempts = $2, error = $3, dead_at = $4,"
            " due_at = CASE WHEN $4::timestamptz IS NULL THEN $5 ELSE due_at END WHERE id = $1 AND due_at = $6",
            row["id"],
            attempts,
            f"{type(error).__name__}: {error}",
            w.now if final else None,
            w.now + pause(attempts),
            row["due_at"],
        )


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure."""
    return min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)


async def retry_dead(timer_id: int) -> bool:
    """Give a dead timer a fresh start now."""
    w = current()
    w.on_commit(lambda: hint(TOPIC))
    return bool(
        await w.execute(
            "UPDATE timers_timers SET dead_at = NULL, attempts = 0, due_at = $2 WHERE id = $1 AND dead_at IS NOT NULL",
            timer_id,
            now(),
        )
    )


async def forget_dead(timer_id: int) -> bool:
    """Give a dead timer up."""
    return bool(await current().execute("DELETE FROM timers_timers WHERE id = $1 AND dead_at IS NOT NULL", timer_id))
