"""The clocks of an order: they start with it, are met by what is done, warn before the end and are broken at it.

`response` is met when somebody has the job, `arrival` on site, `resolution` when the work is done; `stages` has the
clocks of a job's stages. Which policy holds is chosen when they start and when the order's priority or time changes.
Each clock has one timer at a time: `sla.near` for each share at which it warns, then `sla.breach` at the end; while it
stands still it has none. But for `save_policies` these verbs are for reactions; they never refuse.
"""

from datetime import datetime
from typing import Any

from core import events
from core.kernel.read import parsed
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.queries import lifecycle
from core.schedule.queries import calendars
from core.sla import stages, used
from core.sla.choice import choice
from core.sla.clocks import (
    BREACH_TIMER,
    NEAR_TIMER,
    Clock,
    calendar_by,
    forget,
    pauses_of,
    put,
    set_next,
    shares,
    stop,
    told,
    unstop,
)
from core.sla.models import PolicyList
from core.sla.pauses import follow
from core.sla.policies import USUAL_WARN, check
from core.sla.rules import KINDS, legs, warnings, way
from core.timers.actions import Due, on_timer


async def save_policies(policies: list[dict[str, Any]]) -> int:
    """A new version of the list, for clocks that start from now on; its id. `sla.bad_policy` with `policy`, `field`."""
    w = current()
    w.actor.require("company.edit")
    check(policies, [one.code for one in await calendars()], await lifecycle())
    row = await PolicyList.create(policies=policies, created_at=w.now)
    used.saved()
    return int(row.id)


async def start(order_id: int) -> None:
    """Start the clocks of a new order and promise the arrival."""
    await _run(order_id, KINDS, None)


async def revive(order_id: int, cancelled_at: datetime) -> None:
    """The clocks that were stopped then run on from their start, as if they had not been stopped."""
    sql = "UPDATE sla_deadlines SET cancelled_at = NULL WHERE order_id = $1 AND cancelled_at = $2"
    if await current().execute(sql, order_id, cancelled_at):
        await restart(order_id)


_RUNNING = """
SELECT kind, started_at FROM sla_deadlines
WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL AND job_id IS NULL ORDER BY id
"""


async def restart(order_id: int) -> None:
    """Priority or time has changed: the clocks that run are computed anew, each from its start."""
    began: dict[datetime, list[str]] = {}
    for row in await current().fetch(_RUNNING, order_id):
        began.setdefault(row["started_at"], []).append(row["kind"])
    for started_at, kinds in began.items():
        await _run(order_id, tuple(kinds), started_at)


async def reopen(order_id: int) -> None:
    """The order was reopened: all clocks begin again now, but one that was never met (of a repair that was left half
    done) runs on."""
    w = current()
    running = {row["kind"] for row in await w.fetch(_RUNNING, order_id)}
    if anew := tuple(kind for kind in KINDS if kind not in running):
        await _run(order_id, anew, w.now)


async def _run(order_id: int, kinds: tuple[str, ...], started_at: datetime | None) -> None:
    w, chosen = current(), await choice(order_id)
    order, kept = chosen.order, chosen.kept
    started = started_at or order["created_at"]
    calendar, pauses = await calendar_by(kept), await pauses_of(order_id, kept, w.now)
    ways = legs(started, chosen.minutes, calendar, order["wanted_from"], order["wanted_to"])
    clocks = {}
    for kind in kinds:
        due, intervals = way(started, ways[kind], calendar, pauses)
        first = warnings(intervals, kept.get("warn", USUAL_WARN))[0]
        rule = {**chosen.facts, "minutes": chosen.minutes[kind], **told(ways[kind])}
        clocks[kind] = Clock(kind, due, first, rule)
    await put(order_id, started, list(clocks.values()))
    if "arrival" in clocks:
        await orders.promise(order_id, clocks["arrival"].due_at)
    if chosen.norms or started_at:
        await stages.restart(order_id, chosen)
    await follow(order_id)


async def meet(order_id: int, kind: str) -> None:
    """What was promised has happened; a second time changes nothing. Late is still met, and stays broken."""
    await follow(order_id)
    await stop(order_id, kind)


async def unmeet(order_id: int, kind: str) -> None:
    """The step that met the clock was a mistake: it runs on, over the pauses that there were meanwhile."""
    if await unstop(order_id, kind):
        await follow(order_id)


async def cancel(order_id: int) -> None:
    """Nothing is due any more."""
    w = current()
    sql = """UPDATE sla_deadlines SET cancelled_at = $2, paused_at = NULL
             WHERE order_id = $1 AND met_at IS NULL AND cancelled_at IS NULL RETURNING kind"""
    await forget(order_id, tuple(row["kind"] for row in await w.fetch(sql, order_id, w.now)))
    await follow(order_id)


@on_timer(NEAR_TIMER)
async def near(timer: Due) -> None:
    """Warn once of each share of the time, and wait for what comes next."""
    w, order_id, kind = current(), timer.data["order_id"], timer.data["kind"]
    await orders.hold_politely(order_id)
    sql = """SELECT kind, started_at, due_at, warned_at, policy, job_id, stage FROM sla_deadlines
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL AND breached_at IS NULL
               AND paused_at IS NULL"""
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
        await _tell(order_id, "sla.near", kind, row)
        await emit(events.DeadlineNear(order_id, kind, row["job_id"], row["stage"]))


@on_timer(BREACH_TIMER)
async def breach(timer: Due) -> None:
    """The promise is broken; the clock runs on until it is met."""
    w, order_id, kind = current(), timer.data["order_id"], timer.data["kind"]
    await orders.hold_politely(order_id)
    sql = """UPDATE sla_deadlines SET breached_at = due_at
             WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL AND breached_at IS NULL
               AND paused_at IS NULL AND due_at <= $3 RETURNING due_at, policy, job_id, stage"""
    row = await w.fetchrow(sql, order_id, kind, w.now)
    if row is not None:
        await _tell(order_id, "sla.breach", kind, row)
        await emit(events.DeadlineBreached(order_id, kind, row["job_id"], row["stage"]))


async def _tell(order_id: int, line: str, kind: str, row: Any) -> None:
    await orders.touch(order_id)
    facts = {"kind": kind, "due_at": row["due_at"].isoformat()}
    if row["job_id"]:
        facts["stage"] = parsed(row["policy"])["stage"]
    await orders.note(order_id, line, facts, False, row["job_id"])
