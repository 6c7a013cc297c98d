"""Norms of stages: a clock runs while a job stands at a stage to which the order's policy gives a time.

It starts when the stage begins and is met when the job leaves it, whichever way; coming back is another clock. A step
that was a mistake leaves no clock behind, and the clock of the stage before it runs on. A pause at the very stage
that has the norm stops its clock only where the norm says `pauses`: else nobody would be warned of a part that never
comes.
"""

from typing import Any

from core.kernel.read import parsed
from core.kernel.work import current
from core.sla.choice import Choice, choice
from core.sla.clocks import Clock, calendar_by, forget, pauses_of, put, stop, unstop
from core.sla.pauses import follow
from core.sla.policies import USUAL_WARN
from core.sla.rules import Leg, warnings, way
from core.sla.used import used

_AT = """
SELECT j.id AS job_id, j.state, j.stage, d.kind, d.stage AS timed, d.started_at, step.v -> 'name' AS name,
  (SELECT coalesce(max(split_part(p.kind, '.', 3)::int), 0) FROM sla_deadlines p
   WHERE p.order_id = $1 AND p.job_id = j.id) AS last,
  coalesce((SELECT max(e.at) FROM orders_entries e WHERE e.order_id = $1 AND e.job_id = j.id
            AND (e.kind = 'job.stage' OR e.kind LIKE 'job.%' AND e.facts ? 'state')), j.created_at) AS began
FROM orders_jobs j JOIN orders_lifecycles f ON f.id = j.lifecycle_id
LEFT JOIN LATERAL (SELECT s.v FROM jsonb_array_elements(f.stages) s(v) WHERE s.v ->> 'code' = j.stage) step ON true
LEFT JOIN sla_deadlines d ON d.order_id = $1 AND d.job_id = j.id AND d.met_at IS NULL AND d.cancelled_at IS NULL
WHERE j.order_id = $1 ORDER BY j.id
"""
_DROP = "DELETE FROM sla_deadlines WHERE order_id = $1 AND kind = $2"
_CANCEL = "UPDATE sla_deadlines SET cancelled_at = $3, paused_at = NULL WHERE order_id = $1 AND kind = $2"
_BEFORE = """
SELECT kind FROM sla_deadlines WHERE order_id = $1 AND job_id = $2 AND stage = $3 AND met_at IS NOT NULL
  AND cancelled_at IS NULL ORDER BY id DESC LIMIT 1
"""


async def keep(order_id: int, mistaken: int | None = None) -> None:
    """The jobs have moved: the clocks of the stages that ended are met, those of the stages that begin now start.
    `mistaken`: this job took its last step back. Without norms nothing is looked at."""
    w = current()
    if not (await used()).norms:
        return
    chosen: Choice | None = None
    for row in await w.fetch(_AT, order_id):
        if row["timed"] == row["stage"]:
            continue
        if row["timed"]:
            await _end(order_id, row, mistaken=row["job_id"] == mistaken)
        if row["job_id"] == mistaken and await _run_on(order_id, row):
            continue
        if row["began"] == w.now:
            chosen = chosen or await choice(order_id)
            await _begin(order_id, row, chosen)


async def restart(order_id: int, chosen: Choice) -> None:
    """Another rule may hold: the clock of each job's stage is computed anew from the stage's start."""
    for row in await current().fetch(_AT, order_id):
        if row["timed"] and (row["timed"] != row["stage"] or row["stage"] not in chosen.norms):
            await _cancel(order_id, row["kind"])
        await _begin(order_id, row, chosen)


async def _begin(order_id: int, row: Any, chosen: Choice) -> None:
    norm = chosen.norms.get(row["stage"])
    if norm is None:
        return
    same = row["timed"] == row["stage"]
    started = row["started_at"] if same else row["began"]
    rule = {**chosen.facts, "minutes": norm["minutes"], "stage": parsed(row["name"])}
    if not norm.get("pauses"):
        rule.pop("pauses", None)
    pauses = await pauses_of(order_id, rule, current().now)
    legs = [Leg(norm["minutes"] * 60)]
    due, intervals = way(started, legs, await calendar_by(rule), pauses)
    kind = row["kind"] if same else f"stage.{row['job_id']}.{row['last'] + 1}"
    clock = Clock(kind, due, warnings(intervals, rule.get("warn", USUAL_WARN))[0], rule)
    await put(order_id, started, [clock], row["job_id"], row["stage"])
    await follow(order_id)


async def _end(order_id: int, row: Any, *, mistaken: bool) -> None:
    """A stage that began and ended in one work was no stage, nor was a mistaken one. A cancelled job owes nothing."""
    w = current()
    if mistaken or row["started_at"] == w.now:
        await w.execute(_DROP, order_id, row["kind"])
        await forget(order_id, (row["kind"],))
    elif row["state"] == "cancelled":
        await _cancel(order_id, row["kind"])
    else:
        await stop(order_id, row["kind"])


async def _cancel(order_id: int, kind: str) -> None:
    w = current()
    await w.execute(_CANCEL, order_id, kind, w.now)
    await forget(order_id, (kind,))


async def _run_on(order_id: int, row: Any) -> bool:
    """The clock that the mistaken step had met; False where there was none."""
    kind = await current().fetchval(_BEFORE, order_id, row["job_id"], row["stage"])
    if kind is None or not await unstop(order_id, kind):
        return False
    await follow(order_id)
    return True
