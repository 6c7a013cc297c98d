"""When an order's clocks stand still: while every job of it that is not over stands at a stage that stops them."""

from core.kernel.read import parsed
from core.kernel.work import current
from core.orders import actions as orders
from core.sla.clocks import forget, run_on
from core.sla.policies import At, pause_of
from core.sla.used import used

_STATE = """
SELECT (SELECT policy -> 'pauses' FROM sla_deadlines WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL
        AND policy ? 'pauses' ORDER BY job_id NULLS FIRST LIMIT 1) AS pauses, p.id, p.stage, p.reason
FROM (SELECT 1) one LEFT JOIN sla_pauses p ON p.order_id = $1 AND p.ended_at IS NULL
"""
_JOBS = """
SELECT j.stage, coalesce(
    step.v -> 'name' ->> (SELECT locale FROM company_company), step.v #>> '{name,ru}', j.stage) AS name, coalesce((
  SELECT e.facts ->> 'reason' FROM orders_entries e WHERE e.order_id = $1 AND e.job_id = j.id AND e.kind = 'job.pause'
  AND j.state = 'paused' ORDER BY e.id DESC LIMIT 1), '') AS reason
FROM orders_jobs j JOIN orders_lifecycles f ON f.id = j.lifecycle_id
LEFT JOIN LATERAL (SELECT s.v FROM jsonb_array_elements(f.stages) s(v) WHERE s.v ->> 'code' = j.stage) step ON true
WHERE j.order_id = $1 AND j.state NOT IN ('done', 'closed', 'cancelled') ORDER BY j.id
"""
_STOP = """
UPDATE sla_deadlines SET paused_at = $2 WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL
  AND breached_at IS NULL AND paused_at IS NULL AND due_at > $2 AND (job_id IS NULL OR policy ? 'pauses') RETURNING kind
"""


async def follow(order_id: int) -> None:
    """Stop the clocks or let them run on, as the order's jobs stand now. Nothing changes when they stand as before;
    where no rule lets a clock stand still, nothing is looked at."""
    if not (await used()).pauses:
        return
    w = current()
    [row] = await w.fetch(_STATE, order_id)
    if row["pauses"] is None and row["id"] is None:
        return
    pause_id = row["id"]
    jobs = [At(**dict(job)) for job in await w.fetch(_JOBS, order_id)]
    why = pause_of(parsed(row["pauses"]) or [], jobs)
    reason = ": ".join(filter(None, (why.name, why.reason)))[:400] if why else ""
    if pause_id and (why is None or (why.stage, reason) != (row["stage"], row["reason"])):
        await w.execute("UPDATE sla_pauses SET ended_at = $2 WHERE id = $1", pause_id, w.now)
        await _go_on(order_id)
        pause_id = None
    if why is not None:
        if pause_id is None:
            sql = "INSERT INTO sla_pauses (order_id, started_at, stage, reason) VALUES ($1, $2, $3, $4)"
            await w.execute(sql, order_id, w.now, why.stage, reason)
        stopped = await w.fetch(_STOP, order_id, w.now)
        await forget(order_id, tuple(one["kind"] for one in stopped))


async def _go_on(order_id: int) -> None:
    sql = """SELECT kind, started_at, warned_at, policy FROM sla_deadlines
             WHERE order_id = $1 AND paused_at IS NOT NULL AND met_at IS NULL AND cancelled_at IS NULL ORDER BY id"""
    for row in await current().fetch(sql, order_id):
        due = await run_on(order_id, row)
        if row["kind"] == "arrival":
            await orders.promise(order_id, due)
