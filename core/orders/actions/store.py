"""How rows of orders and jobs are locked and moved: the order first, then its jobs, always; old states guard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import orjson

from core.kernel.errors import NotFound, Refusal, Stale
from core.kernel.work import current
from core.orders.rules import GUARDS, PRECEDENCE, TRANSITIONS, Check, Missing, Stage, first_stage


@dataclass(frozen=True, slots=True)
class LockedJob:
    """A job under its order's lock. `busy_order` is another order on which its technician is running now."""

    id: int
    order_id: int
    customer_id: int
    order_state: str
    state: str
    stage: str
    stages: list[Stage]
    assignee_id: int | None
    revision: int
    outcome: str | None
    accepted_at: datetime | None
    travelling_at: datetime | None
    arrived_at: datetime | None
    done_at: datetime | None
    needs_help: str | None
    busy_order: int | None


_JOB = """
SELECT j.id, j.order_id, o.customer_id, o.state AS order_state, j.state, j.stage, l.stages, j.assignee_id, j.revision,
       j.outcome, j.accepted_at, j.travelling_at, j.arrived_at, j.done_at, j.needs_help,
       (SELECT r.order_id FROM orders_jobs r WHERE r.assignee_id = j.assignee_id AND r.id <> j.id
        AND r.state IN ('travelling', 'on_site') LIMIT 1) AS busy_order
FROM orders_orders o JOIN orders_jobs j ON j.order_id = o.id JOIN orders_lifecycles l ON l.id = j.lifecycle_id
WHERE {where} ORDER BY j.id FOR UPDATE OF o, j
"""
_ONE = _JOB.format(where="j.id = $1")
_ALL = _JOB.format(where="j.order_id = $1")


async def locked_job(job_id: int) -> LockedJob:
    """The job as it is now, held until the work ends. NotFound orders.job."""
    row = await current().fetchrow(_ONE, job_id)
    if row is None:
        raise NotFound("orders.job", id=job_id)
    return _job(row)


async def locked_jobs(order_id: int) -> list[LockedJob]:
    """All jobs of an order that is already locked, oldest first."""
    return [_job(row) for row in await current().fetch(_ALL, order_id)]


def _job(row: Any) -> LockedJob:
    return LockedJob(**{**row, "stages": _stages(row["stages"])})


@lru_cache(maxsize=256)
def _stages(told: str) -> list[Stage]:
    """Of the same few lifecycles, each read once; nobody changes them."""
    stages: list[Stage] = orjson.loads(told)
    return stages


async def locked_order(order_id: int) -> Any:
    """The order's row as it is now, held until the work ends. NotFound orders.order."""
    row = await current().fetchrow("SELECT * FROM orders_orders WHERE id = $1 FOR UPDATE", order_id)
    if row is None:
        raise NotFound("orders.order", id=order_id)
    return row


async def hold_politely(order_id: int) -> None:
    """Lock an order for a timer's effect, or give up (and be tried again) when that takes long: whoever holds the order
    may be waiting for the timer's row, which the effect holds."""
    await current().execute("SET LOCAL lock_timeout = '200ms'")
    await locked_order(order_id)


def allow(job: LockedJob, verb: str) -> None:
    """`orders.wrong_state` unless the lifecycle lets `verb` begin at the job's state."""
    if job.state not in TRANSITIONS[verb].sources:
        raise Refusal("orders.wrong_state", state=job.state, verb=verb)


async def check_guards(job: LockedJob, verb: str, target: str, outcome: str | None = None) -> list[Missing]:
    """All that the guards of the stage ahead still miss."""
    check = Check(verb, job.order_id, job.id, job.assignee_id, outcome or job.outcome)
    missing: list[Missing] = []
    for name in first_stage(job.stages, target).get("guards", ()):
        for function in GUARDS.get(name, ()):
            missing += [item for item in await function(check) if item not in missing]
    return missing


_MOVE = """
WITH job AS (
  UPDATE orders_jobs SET state = $3, stage = $4, needs_help = NULL, revision = revision + 1{columns}
  WHERE id = $1 AND state = $2 RETURNING id, order_id, state
), moved AS (
  UPDATE orders_orders o SET revision = o.revision + 1, state = (
    SELECT s.state FROM (SELECT state FROM orders_jobs WHERE order_id = o.id AND id <> $1
                         UNION ALL SELECT state FROM job) s
    ORDER BY array_position({precedence}, s.state) LIMIT 1),
    needs_help = (SELECT max(needs_help) FROM orders_jobs WHERE order_id = o.id AND id <> $1)
  FROM job WHERE o.id = job.order_id RETURNING o.id, o.state
), line AS (
  INSERT INTO orders_entries (order_id, job_id, kind, party, who, facts, public, at)
  SELECT order_id, id, $5, $6, $7, $8::jsonb, $9, $10 FROM job
)
SELECT id, state FROM moved
"""


@cache
def _moving(columns: tuple[str, ...]) -> str:
    """The statement that sets these columns of the job too, `$11` and on."""
    return _MOVE.format(
        precedence="ARRAY['" + "', '".join(PRECEDENCE) + "']",
        columns="".join(f", {name} = ${n}" for n, name in enumerate(columns, 11)),
    )


async def move(
    job: LockedJob,
    verb: str,
    target: str | None = None,
    *,
    facts: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
    clears: Iterable[str] = (),
) -> str:
    """Do the transition in one statement: job, its order's state and revision, the timeline. The order's new state.
    The job waits for no dispatcher any more; the order does as long as another of its jobs does.

    The job must be locked by `locked_job`. `columns` are set beside what the transition stamps and clears.
    """
    w, rule = current(), TRANSITIONS[verb]
    state = rule.target or target
    if state is None:
        raise ValueError(f"{verb} needs a target")
    written: dict[str, Any] = dict.fromkeys((*rule.clears, *clears))
    if rule.stamp:
        written[rule.stamp] = w.now
    written |= columns or {}
    told = {"before": job.state, "state": state, "member_id": job.assignee_id, **(facts or {})}
    row = await w.fetchrow(
        _moving(tuple(written)),
        job.id,
        job.state,
        state,
        first_stage(job.stages, state)["code"],
        f"job.{verb}",
        w.actor.party,
        w.actor.name,
        orjson.dumps(told).decode(),
        rule.public,
        w.now,
        *written.values(),
    )
    if row is None:
        raise Stale("orders")
    return str(row["state"])


async def touch(order_id: int, job_id: int | None = None) -> None:
    """Something that the order's cards show has changed elsewhere: raise the revisions."""
    w = current()
    await w.execute("UPDATE orders_orders SET revision = revision + 1 WHERE id = $1", order_id)
    if job_id is not None:
        await w.execute("UPDATE orders_jobs SET revision = revision + 1 WHERE id = $1", job_id)
