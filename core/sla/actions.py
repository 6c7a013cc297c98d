"""The clocks of an order: they start with it, are met by what is done, warn before the end and are broken at it.

`response` is met when somebody has the job, `arrival` on site, `resolution` when the work is done. Each clock has one
timer at a time: `sla.near` at 80 %, then `sla.breach` at the end. These verbs are for reactions; they never refuse.
"""

from datetime import datetime
from typing import Any

import orjson

from core import events
from core.company.queries import company
from core.kernel.errors import NotFound
from core.kernel.read import parsed
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.sla.rules import KINDS, deadlines, near_at, policy_for
from core.timers.actions import Due, cancel_timer, on_timer, set_timer

NEAR_TIMER = "sla.near"
BREACH_TIMER = "sla.breach"

_ORDER = """
SELECT o.created_at, o.priority, o.wanted_from, o.wanted_to, k.id AS contract_id, k.terms
FROM orders_orders o LEFT JOIN LATERAL (
  SELECT id, terms FROM contracts_contracts
  WHERE customer_id = o.customer_id AND starts_on <= $2 AND (ends_on IS NULL OR ends_on >= $2)
  ORDER BY starts_on DESC, id DESC LIMIT 1) k ON true
WHERE o.id = $1
"""

_PUT = """
INSERT INTO sla_deadlines AS d (order_id, kind, started_at, due_at, policy)
SELECT $1, x.kind, $2, x.due_at, x.policy
FROM unnest($3::text[], $4::timestamptz[], $5::jsonb[]) x(kind, due_at, policy)
ON CONFLICT (order_id, kind) DO UPDATE SET started_at = excluded.started_at, due_at = excluded.due_at,
  policy = excluded.policy, met_at = NULL, cancelled_at = NULL,
  warned_at = CASE WHEN excluded.due_at > $6 AND excluded.due_at <> d.due_at THEN NULL ELSE d.warned_at END,
  breached_at = CASE WHEN excluded.due_at > $6 THEN NULL ELSE d.breached_at END
"""


async def start(order_id: int) -> None:
    """Start the clocks of a new order and promise the arrival."""
    await _run(order_id, KINDS, None)


async def restart(order_id: int) -> None:
    """Priority or time has changed: the clocks that run are computed anew from their start. Where none runs any more,
    the order was reopened: all begin again now."""
    w = current()
    sql = """SELECT kind, started_at FROM sla_deadlines
             WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL ORDER BY id"""
    running = await w.fetch(sql, order_id)
    if running:
        await _run(order_id, tuple(row["kind"] for row in running), running[0]["started_at"])
    else:
        await _run(order_id, KINDS, w.now)


async def _run(order_id: int, kinds: tuple[str, ...], started_at: datetime | None) -> None:
    w, view = current(), await company()
    row = await w.fetchrow(_ORDER, order_id, w.now.astimezone(view.tz).date())
    if row is None:
        raise NotFound("orders.order", id=order_id)
    started = started_at or row["created_at"]
    policy = policy_for(view.rule("sla"), parsed(row["terms"]) or {})
    due = deadlines(started, row["priority"], policy, row["wanted_from"], row["wanted_to"])
    explained = [
        {"priority": row["priority"], "minutes": policy[row["priority"]][kind], "contract_id": row["contract_id"]}
        for kind in kinds
    ]
    rules = [orjson.dumps(item).decode() for item in explained]
    await w.execute(_PUT, order_id, started, list(kinds), [due[kind] for kind in kinds], rules, w.now)
    for kind in kinds:
        await cancel_timer(BREACH_TIMER, _key(order_id, kind))
        await set_timer(NEAR_TIMER, _key(order_id, kind), near_at(started, due[kind]), _data(order_id, kind))
    if "arrival" in kinds:
        await orders.promise(order_id, due["arrival"])


async def meet(order_id: int, kind: str) -> None:
    """What was promised has happened; a second time changes nothing. Late is still met, and stays broken."""
    w = current()
    sql = """UPDATE sla_deadlines SET met_at = $3,
               breached_at = CASE WHEN due_at < $3 THEN coalesce(breached_at, due_at) END
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL"""
    if await w.execute(sql, order_id, kind, w.now):
        await _forget(order_id, (kind,))


async def unmeet(order_id: int, kind: str) -> None:
    """The step that met the clock was a mistake: it runs on."""
    w = current()
    sql = """WITH open AS (UPDATE sla_deadlines SET met_at = NULL
             WHERE order_id = $1 AND kind = $2 AND met_at IS NOT NULL AND cancelled_at IS NULL RETURNING *)
             SELECT started_at, due_at, warned_at, breached_at FROM open"""
    row = await w.fetchrow(sql, order_id, kind)
    if row is None or row["breached_at"]:
        return
    if row["warned_at"]:
        await set_timer(BREACH_TIMER, _key(order_id, kind), row["due_at"], _data(order_id, kind))
    else:
        near = near_at(row["started_at"], row["due_at"])
        await set_timer(NEAR_TIMER, _key(order_id, kind), near, _data(order_id, kind))


async def cancel(order_id: int) -> None:
    """Nothing is due any more."""
    w = current()
    sql = "UPDATE sla_deadlines SET cancelled_at = $2 WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL"
    if await w.execute(sql, order_id, w.now):
        await _forget(order_id, KINDS)


@on_timer(NEAR_TIMER)
async def near(timer: Due) -> None:
    """Warn once, and wait for the end."""
    w, order_id, kind = current(), timer.data["order_id"], timer.data["kind"]
    await orders.hold_politely(order_id)
    sql = """WITH open AS (UPDATE sla_deadlines SET warned_at = coalesce(warned_at, $3)
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL AND breached_at IS NULL
             RETURNING due_at, warned_at) SELECT * FROM open"""
    row = await w.fetchrow(sql, order_id, kind, w.now)
    if row is None:
        return
    await set_timer(BREACH_TIMER, _key(order_id, kind), row["due_at"], timer.data)
    if row["warned_at"] == w.now and row["due_at"] > w.now:
        await _tell(order_id, "sla.near", kind, row["due_at"])
        await emit(events.DeadlineNear(order_id, kind))


@on_timer(BREACH_TIMER)
async def breach(timer: Due) -> None:
    """The promise is broken; the clock runs on until it is met."""
    w, order_id, kind = current(), timer.data["order_id"], timer.data["kind"]
    await orders.hold_politely(order_id)
    sql = """WITH late AS (UPDATE sla_deadlines SET breached_at = due_at
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL AND breached_at IS NULL
               AND due_at <= $3 RETURNING due_at) SELECT * FROM late"""
    row = await w.fetchrow(sql, order_id, kind, w.now)
    if row is not None:
        await _tell(order_id, "sla.breach", kind, row["due_at"])
        await emit(events.DeadlineBreached(order_id, kind))


async def _tell(order_id: int, line: str, kind: str, due_at: datetime) -> None:
    await orders.touch(order_id)
    await orders.note(order_id, line, {"kind": kind, "due_at": due_at.isoformat()})


async def _forget(order_id: int, kinds: tuple[str, ...]) -> None:
    keys = [_key(order_id, kind) for kind in kinds]
    await cancel_timer(NEAR_TIMER, *keys)
    await cancel_timer(BREACH_TIMER, *keys)


def _key(order_id: int, kind: str) -> str:
    return f"{order_id}:{kind}"


def _data(order_id: int, kind: str) -> dict[str, Any]:
    return {"order_id": order_id, "kind": kind}
