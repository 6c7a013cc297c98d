"""Tell others what happened: a durable task per subscription, one request at a time, so that a slow system keeps one
worker busy and no more. A delivery is at least once, under the same id; order is not promised.
"""

import logging
import time
from collections.abc import Collection
from datetime import datetime
from typing import Any

from core.events import HookStopped
from core.hooks import rules
from core.hooks.saying import say
from core.kernel.clock import now
from core.kernel.hints import hint
from core.kernel.read import fetchrow
from core.kernel.work import Work, current, emit, work
from core.ports import WebAnswer
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


_CLAIM = """
UPDATE hooks_subscriptions SET busy = $2 WHERE id = $1 AND state = 'on' AND (busy IS NULL OR busy = $2 OR NOT EXISTS (
  SELECT FROM tasks_tasks t WHERE t.lease = busy AND t.state = 'running'))
"""
_FILE = """
LEFT JOIN hooks_handed h ON h.id = o.handed_id LEFT JOIN files_files f ON f.id = h.file_id
"""
_READY = "(f.id IS NULL OR f.sha256 IS NOT NULL OR f.error IS NOT NULL)"
"""A file on its way to us waits without being tried; `arrived` wakes whoever waits for it."""
_NEXT = f"""
SELECT o.id, o.part, o.attempts, o.first_at, e.id AS event_id, e.type, e.at, e.data, s.kind, s.url, s.secret,
  s.old_secret, s.old_until, s.config, o.external, h.id AS handed_id, h.remote, f.id AS file_id, f.kind AS file_kind,
  f.name, f.mime, f.size, f.sha256
FROM hooks_outgoing o JOIN hooks_events e ON e.id = o.event_id JOIN hooks_subscriptions s ON s.id = o.subscription_id
{_FILE}
WHERE o.subscription_id = $1 AND o.state = 'waiting' AND o.due_at <= $2 AND s.state = 'on' AND s.busy = $3 AND {_READY}
ORDER BY o.due_at, o.id LIMIT 1
"""


async def arrived(file_id: int) -> None:
    """The bytes of a file are here, or will never be: whoever is to be given it has its turn."""
    sql = """SELECT DISTINCT o.subscription_id FROM hooks_handed h JOIN hooks_outgoing o ON o.handed_id = h.id
      WHERE h.file_id = $1 AND o.state = 'waiting'"""
    if waiting := [row["subscription_id"] for row in await current().fetch(sql, file_id)]:
        await wake(waiting, current().now)


@task(KIND, attempts=100, limit_s=600.0, lane=OUTSIDE)
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


_REST = f"""
WITH freed AS (
  UPDATE hooks_subscriptions SET busy = NULL WHERE id = $1 AND busy = $2 RETURNING state, failing_since
)
SELECT min(o.due_at) AS due, min(freed.failing_since) AS since FROM freed, hooks_outgoing o
{_FILE}
WHERE o.subscription_id = $1 AND o.state = 'waiting' AND freed.state = 'on' AND {_READY}
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
    """Tell one thing outside of any work, then write down what came of it. False when the other side did not take it:
    what is wrong with a delivery itself, or with us, is not their fault, and the next one has its turn."""
    moment, began = now(), time.monotonic()
    said = await say(subscription_id, row, moment)
    took = int((time.monotonic() - began) * 1000)
    async with work() as w:
        await _attempt(w, row["id"], took, said.answer, said.error)
        if said.arrived:
            await _sent(w, subscription_id, row["id"])
        elif said.final:
            await _over(w, row["id"], "dropped" if said.silent else "failed")
        else:
            gone = await _not_sent(w, row, said.answer)
            if not said.ours:
                await _blame(w, subscription_id, gone)
    return said.arrived or said.final or said.ours


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


_AS_LINK = """UPDATE hooks_handed SET remote = remote || '{"link": true}'::jsonb WHERE id = $1"""


async def _over(w: Work, outgoing_id: int, state: str) -> None:
    await w.execute(
        "UPDATE hooks_outgoing SET state = $2, done_at = $3, attempts = attempts + 1,"
        " first_at = coalesce(first_at, $3) WHERE id = $1 AND state = 'waiting'",
        *(outgoing_id, state, w.now),
    )


async def _not_sent(w: Work, row: Any, answer: WebAnswer | None) -> bool:
    """Again after a pause, or given up; whether the system says that it is gone."""
    first_at, failures = row["first_at"] or w.now, row["attempts"] + 1
    asked = rules.retry_after(answer.headers.get("retry-after", "")) if answer else None
    gone = answer is not None and answer.status == rules.GONE
    due = None if gone else rules.next_try(first_at, w.now, failures, asked)
    await w.execute(
        "UPDATE hooks_outgoing SET attempts = $2, first_at = $3, due_at = coalesce($4, due_at), state = $5,"
        " done_at = $6 WHERE id = $1 AND state = 'waiting'",
        *(row["id"], failures, first_at, due, "waiting" if due else "failed", None if due else w.now),
    )
    if answer is not None and answer.status == rules.TOO_LARGE and row["handed_id"] is not None:
        await w.execute(_AS_LINK, row["handed_id"])
    return gone


async def _blame(w: Work, subscription_id: int, gone: bool) -> None:
    """A system that says it is gone, or was deaf for days, is told no more."""
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
