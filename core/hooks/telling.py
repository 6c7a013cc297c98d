"""Tell others what happened: a durable task per subscription, one request at a time, so that a slow system keeps one
worker busy and no more. A delivery is at least once, under the same id; order is not promised.
"""

import logging
import time
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson

from core import ports
from core.events import HookStopped
from core.hooks import rules
from core.hooks.compose import Told, compose
from core.kernel.clock import now
from core.kernel.errors import Outage
from core.kernel.hints import hint
from core.kernel.read import fetchrow, parsed
from core.kernel.work import Work, current, emit, work
from core.ports import WebAnswer
from core.sources.vault import Locked, unseal
from core.tasks.actions import OUTSIDE, TOPIC, TaskRun, task

KIND = "hooks.tell"
MOST = 50
LONGEST_S = 120.0

log = logging.getLogger(__name__)

_WAKE = """
INSERT INTO tasks_tasks (kind, key, args, state, run_at, attempts, queued_at)
SELECT $3, n::text, '{}'::jsonb, 'queued', $2, 0, $4 FROM unnest($1::bigint[]) AS n
ON CONFLICT (kind, key) WHERE key IS NOT NULL AND state = 'queued'
DO UPDATE SET run_at = least(tasks_tasks.run_at, excluded.run_at)
"""


async def wake(subscription_ids: Collection[int], at: datetime) -> None:
    """Have these told what waits for them, in the running work."""
    w = current()
    await w.execute(_WAKE, sorted(subscription_ids), at, KIND, w.now)
    w.on_commit(lambda: hint(TOPIC))


def label(subscription_id: int) -> str:
    """What binds a sealed secret to its row; no source has such an id."""
    return f"hook:{subscription_id}"


_CLAIM = """
UPDATE hooks_subscriptions SET busy = $2 WHERE id = $1 AND state = 'on' AND (busy IS NULL OR busy = $2 OR NOT EXISTS (
  SELECT FROM tasks_tasks t WHERE t.lease = busy AND t.state = 'running'))
"""
_NEXT = """
SELECT o.id, o.part, o.attempts, o.first_at, e.id AS event_id, e.type, e.at, e.data, s.kind, s.url, s.secret,
  s.old_secret, s.old_until, s.config, o.external
FROM hooks_outgoing o JOIN hooks_events e ON e.id = o.event_id JOIN hooks_subscriptions s ON s.id = o.subscription_id
WHERE o.subscription_id = $1 AND o.state = 'waiting' AND o.due_at <= $2 AND s.state = 'on' AND s.busy = $3
ORDER BY o.due_at, o.id LIMIT 1
"""


@task(KIND, attempts=100, limit_s=300.0, lane=OUTSIDE)
async def tell(run: TaskRun) -> None:
    """What is due for this subscription, until something fails. Whoever finds another at it leaves: that one looks
    once more before it ends."""
    subscription_id, began = int(run.key or 0), time.monotonic()
    async with work() as w:
        if not await w.execute(_CLAIM, subscription_id, run.lease):
            return
    for _ in range(MOST):
        row = await fetchrow(_NEXT, subscription_id, now(), run.lease)
        if row is None or time.monotonic() - began > LONGEST_S:
            break
        if not await _one(subscription_id, row):
            break
    async with run.commit() as w:
        await _rest(w, subscription_id, run.lease)


_REST = """
WITH freed AS (
  UPDATE hooks_subscriptions SET busy = NULL WHERE id = $1 AND busy = $2 RETURNING state, failing_since
)
SELECT min(o.due_at) AS due, min(freed.failing_since) AS since FROM hooks_outgoing o, freed
WHERE o.subscription_id = $1 AND o.state = 'waiting' AND freed.state = 'on'
"""


async def _rest(w: Work, subscription_id: int, lease: str) -> None:
    """Come again when the next is due. A system that just failed is left alone for five seconds, one that fails for a
    while for a minute, however much waits for it."""
    row = await w.fetchrow(_REST, subscription_id, lease)
    if row is not None and row["due"] is not None:
        soonest = w.now
        if row["since"] is not None:
            is_long = w.now - row["since"] > rules.BETWEEN_FAILURES
            soonest += rules.BETWEEN_FAILURES if is_long else rules.PAUSES[0]
        await wake([subscription_id], max(row["due"], soonest))


async def _one(subscription_id: int, row: Any) -> bool:
    """Tell one thing outside of any work, then write down what came of it. False when it did not arrive."""
    moment, began = now(), time.monotonic()
    answer, error = None, ""
    try:
        answer = await ports.web().call(compose(_told(subscription_id, row, moment), moment))
    except Outage as outage:
        error = outage.reason
    except Locked:
        error = "locked"
    took = int((time.monotonic() - began) * 1000)
    async with work() as w:
        arrived = answer is not None and 200 <= answer.status < 300
        await _attempt(w, row["id"], took, answer, error)
        if arrived:
            await _sent(w, subscription_id, row["id"])
        else:
            await _not_sent(w, subscription_id, row, answer)
    return arrived


def _told(subscription_id: int, row: Any, moment: datetime) -> Told:
    both = row["old_secret"] is not None and row["old_until"] > moment
    return Told(
        row["event_id"],
        row["type"],
        row["at"],
        parsed(row["data"]),
        row["kind"],
        row["url"],
        row["part"],
        orjson.loads(unseal(label(subscription_id), row["secret"])),
        orjson.loads(unseal(label(subscription_id), row["old_secret"])) if both else {},
        parsed(row["config"]),
        row["external"],
    )


async def _attempt(w: Work, outgoing_id: int, took: int, answer: WebAnswer | None, error: str) -> None:
    await w.execute(
        "INSERT INTO hooks_attempts (outgoing_id, at, took_ms, status, error, answer)"
        " SELECT id, $2, $3, $4, $5, $6 FROM hooks_outgoing WHERE id = $1",
        *(outgoing_id, w.now, took, answer.status if answer else None, error[:200]),
        rules.shown(answer.body) if answer else "",
    )


async def _sent(w: Work, subscription_id: int, outgoing_id: int) -> None:
    await w.execute(
        "UPDATE hooks_outgoing SET state = 'sent', done_at = $2, attempts = attempts + 1,"
        " first_at = coalesce(first_at, $2) WHERE id = $1",
        *(outgoing_id, w.now),
    )
    await w.execute("UPDATE hooks_subscriptions SET failing_since = NULL WHERE id = $1", subscription_id)


async def _not_sent(w: Work, subscription_id: int, row: Any, answer: WebAnswer | None) -> None:
    """Again after a pause, or given up; a system that says it is gone, or was deaf for days, is told no more."""
    first_at, failures = row["first_at"] or w.now, row["attempts"] + 1
    asked = rules.retry_after(answer.headers.get("retry-after", "")) if answer else None
    gone = answer is not None and answer.status == rules.GONE
    due = None if gone else rules.next_try(first_at, w.now, failures, asked)
    await w.execute(
        "UPDATE hooks_outgoing SET attempts = $2, first_at = $3, due_at = coalesce($4, due_at), state = $5,"
        " done_at = $6 WHERE id = $1 AND state = 'waiting'",
        *(row["id"], failures, first_at, due, "waiting" if due else "failed", None if due else w.now),
    )
    since = await w.fetchval(
        "UPDATE hooks_subscriptions SET failing_since = coalesce(failing_since, $2) WHERE id = $1"
        " RETURNING failing_since",
        *(subscription_id, w.now),
    )
    if gone or (since is not None and rules.is_lost(since, w.now)):
        await _stop(w, subscription_id, "gone" if gone else "failing")


async def _stop(w: Work, subscription_id: int, why: str) -> None:
    sql = "UPDATE hooks_subscriptions SET state = 'off', why = $2 WHERE id = $1 AND state = 'on'"
    if await w.execute(sql, subscription_id, why):
        log.warning("a subscription is off", extra={"subscription": subscription_id, "why": why})
        await emit(HookStopped(subscription_id, why))
