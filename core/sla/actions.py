"""The clocks of an order: they start with it, are met by what is done, warn before the end and are broken at it.

`response` is met when somebody has the job, `arrival` on site, `resolution` when the work is done. Which policy holds
is chosen when they start and when the order's priority or time changes. Each clock has one timer at a time: `sla.near`
for each share at which it warns, then `sla.breach` at the end; while it stands still it has none. But for
`save_policies` these verbs are for reactions; they never refuse.
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
from core.orders.queries import lifecycle
from core.schedule.queries import calendar_now, calendars
from core.sla.clocks import (
    BREACH_TIMER,
    NEAR_TIMER,
    calendar_by,
    forget,
    pauses_of,
    run_on,
    set_next,
    shares,
    told,
    wait,
)
from core.sla.models import PolicyList
from core.sla.pauses import follow
from core.sla.policies import USUAL_WARN, check, choose
from core.sla.rules import KINDS, legs, policy_for, warnings, way
from core.timers.actions import Due, on_timer

_ORDER = """
SELECT o.created_at, o.priority, o.kind, o.wanted_from, o.wanted_to, c.segment, k.id AS contract_id, k.terms,
  p.id AS version, p.policies
FROM orders_orders o JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN LATERAL (
  SELECT id, terms FROM contracts_contracts
  WHERE customer_id = o.customer_id AND starts_on <= $2 AND (ends_on IS NULL OR ends_on >= $2)
  ORDER BY starts_on DESC, id DESC LIMIT 1) k ON true
LEFT JOIN LATERAL (SELECT id, policies FROM sla_policies ORDER BY id DESC LIMIT 1) p ON true
WHERE o.id = $1
"""

_PUT = """
INSERT INTO sla_deadlines AS d (order_id, kind, started_at, due_at, policy)
SELECT $1, x.kind, $2, x.due_at, x.policy
FROM unnest($3::text[], $4::timestamptz[], $5::jsonb[]) x(kind, due_at, policy)
ON CONFLICT (order_id, kind) DO UPDATE SET started_at = excluded.started_at, due_at = excluded.due_at,
  policy = excluded.policy, met_at = NULL, cancelled_at = NULL, paused_at = NULL,
  warned_at = CASE WHEN excluded.due_at > $6 AND excluded.due_at <> d.due_at THEN NULL ELSE d.warned_at END,
  breached_at = CASE WHEN excluded.due_at > $6 THEN NULL ELSE d.breached_at END
"""


async def save_policies(policies: list[dict[str, Any]]) -> int:
    """A new version of the list, for clocks that start from now on; its id. `sla.bad_policy` with `policy`, `field`."""
    w = current()
    w.actor.require("company.edit")
    stages = [stage["code"] for stage in await lifecycle()]
    check(policies, [one.code for one in await calendars()], stages)
    row = await PolicyList.create(policies=policies, created_at=w.now)
    return int(row.id)


async def start(order_id: int) -> None:
    """Start the clocks of a new order and promise the arrival."""
    await _run(order_id, KINDS, None)


async def revive(order_id: int, cancelled_at: datetime) -> None:
    """The clocks that were stopped then run on from their start, as if they had not been stopped."""
    sql = "UPDATE sla_deadlines SET cancelled_at = NULL WHERE order_id = $1 AND cancelled_at = $2"
    if await current().execute(sql, order_id, cancelled_at):
        await restart(order_id)


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
    usual, kept = await _rule(row, view.rule("sla"))
    minutes = policy_for(usual, parsed(row["terms"]) or {})[row["priority"]]
    calendar, pauses = await calendar_by(kept), await pauses_of(order_id, kept, w.now)
    ways = legs(started, minutes, calendar, row["wanted_from"], row["wanted_to"])
    runs = {kind: way(started, ways[kind], calendar, pauses) for kind in kinds}
    facts = {"priority": row["priority"], "contract_id": row["contract_id"], **kept}
    rules = [orjson.dumps({**facts, "minutes": minutes[kind], **told(ways[kind])}).decode() for kind in kinds]
    await w.execute(_PUT, order_id, started, list(kinds), [runs[kind][0] for kind in kinds], rules, w.now)
    for kind in kinds:
        first = warnings(runs[kind][1], kept.get("warn", USUAL_WARN))[0]
        await wait(order_id, kind, first, runs[kind][0])
    if "arrival" in kinds:
        await orders.promise(order_id, runs["arrival"][0])
    await follow(order_id)


async def _rule(row: Any, usual: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Minutes by priority, and what the clock remembers of the policy that fits; where none does, the company's."""
    found = choose(parsed(row["policies"]) or [], row)
    if found is None:
        return usual, {}
    kept = {"policy": found["code"], "name": found["name"], "version": row["version"]}
    kept["warn"] = found.get("warn") or list(USUAL_WARN)
    if found.get("pauses"):
        kept["pauses"] = found["pauses"]
    if found.get("calendar"):
        kept["calendar_id"] = (await calendar_now(found["calendar"])).id
    return {row["priority"]: found["minutes"]}, kept


async def meet(order_id: int, kind: str) -> None:
    """What was promised has happened; a second time changes nothing. Late is still met, and stays broken."""
    await follow(order_id)
    w = current()
    sql = """UPDATE sla_deadlines SET met_at = $3, paused_at = NULL,
               breached_at = CASE WHEN due_at < $3 THEN coalesce(breached_at, due_at) END
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL"""
    if await w.execute(sql, order_id, kind, w.now):
        await forget(order_id, (kind,))


async def unmeet(order_id: int, kind: str) -> None:
    """The step that met the clock was a mistake: it runs on, over the pauses that there were meanwhile."""
    w = current()
    sql = """UPDATE sla_deadlines SET met_at = NULL
             WHERE order_id = $1 AND kind = $2 AND met_at IS NOT NULL AND cancelled_at IS NULL
             RETURNING kind, started_at, due_at, warned_at, breached_at, policy"""
    row = await w.fetchrow(sql, order_id, kind)
    if row is not None and not row["breached_at"]:
        await run_on(order_id, row)
        await follow(order_id)


async def cancel(order_id: int) -> None:
    """Nothing is due any more."""
    w = current()
    sql = """UPDATE sla_deadlines SET cancelled_at = $2, paused_at = NULL
             WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL"""
    if await w.execute(sql, order_id, w.now):
        await forget(order_id, KINDS)
    await follow(order_id)


@on_timer(NEAR_TIMER)
async def near(timer: Due) -> None:
    """Warn once of each share of the time, and wait for what comes next."""
    w, order_id, kind = current(), timer.data["order_id"], timer.data["kind"]
    await orders.hold_politely(order_id)
    sql = """SELECT kind, started_at, due_at, warned_at, policy FROM sla_deadlines WHERE order_id = $1 AND kind = $2
             AND met_at IS NULL AND cancelled_at IS NULL AND breached_at IS NULL AND paused_at IS NULL"""
    row = await w.fetchrow(sql, order_id, kind)
    if row is None:
        return
    passed = [at for at in await shares(order_id, row) if at <= w.now]
    fresh = bool(passed) and (row["warned_at"] is None or passed[-1] > row["warned_at"])
    if fresh:
        sql = "UPDATE sla_deadlines SET warned_at = $3 WHERE order_id = $1 AND kind = $2"
        await w.execute(sql, order_id, kind, w.now)
    await set_next(order_id, {**row, "warned_at": w.now if fresh else row["warned_at"]})
    if fresh and row["due_at"] > w.now:
        await _tell(order_id, "sla.near", kind, row["due_at"])
        await emit(events.DeadlineNear(order_id, kind))


@on_timer(BREACH_TIMER)
async def breach(timer: Due) -> None:
    """The promise is broken; the clock runs on until it is met."""
    w, order_id, kind = current(), timer.data["order_id"], timer.data["kind"]
    await orders.hold_politely(order_id)
    sql = """UPDATE sla_deadlines SET breached_at = due_at
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL AND breached_at IS NULL
               AND paused_at IS NULL AND due_at <= $3 RETURNING due_at"""
    row = await w.fetchrow(sql, order_id, kind, w.now)
    if row is not None:
        await _tell(order_id, "sla.breach", kind, row["due_at"])
        await emit(events.DeadlineBreached(order_id, kind))


async def _tell(order_id: int, line: str, kind: str, due_at: datetime) -> None:
    await orders.touch(order_id)
    await orders.note(order_id, line, {"kind": kind, "due_at": due_at.isoformat()})
