"""What an order was promised, and how it stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch, fetchrow, parsed
from core.orders.queries import access_order
from core.schedule.calendars import Span
from core.schedule.queries import calendar_version
from core.sla.clocks import run


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """`policy` says by which rule it was computed, as `models.Deadline` tells; it stands still while `paused_at` is
    set. The norm of a stage has its `job_id`, and the stage's name in `policy`."""

    kind: str
    job_id: int | None
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    paused_at: datetime | None
    policy: dict[str, Any]


async def deadlines(actor: Actor, order_id: int) -> list[DeadlineView]:
    """The clocks that were not cancelled, the nearest first."""
    await access_order(actor, order_id)
    sql = """SELECT kind, job_id, started_at, due_at, met_at, warned_at, breached_at, paused_at, policy
             FROM sla_deadlines WHERE order_id = $1 AND cancelled_at IS NULL ORDER BY due_at, id"""
    return [DeadlineView(**{**dict(row), "policy": parsed(row["policy"])}) for row in await fetch(sql, order_id)]


async def next_due(job_ids: Collection[int]) -> dict[int, datetime]:
    """When the nearest running clock of each job ends, its order's or the norm of its own stage; those without one are
    left out. For whoever has let the reader in."""
    sql = """SELECT j.id, min(d.due_at) AS due_at FROM orders_jobs j
             JOIN sla_deadlines d ON d.order_id = j.order_id AND coalesce(d.job_id, j.id) = j.id
             WHERE j.id = ANY($1::bigint[]) AND d.met_at IS NULL AND d.cancelled_at IS NULL AND d.paused_at IS NULL
             GROUP BY 1"""
    return {row["id"]: row["due_at"] for row in await fetch(sql, sorted(job_ids))}


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a deadline is when it is: the calendar's name (None: around the clock) and every interval from its start to
    `due_at`. While it stands still `due_at` is when it would be due if it went on now."""

    deadline: DeadlineView
    due_at: datetime
    calendar: dict[str, str] | None
    intervals: list[Span]


async def explain(actor: Actor, order_id: int) -> list[Explained]:
    """Each clock that was not cancelled, interval by interval; one without a rule has no reasons to tell."""
    found = []
    for one in [row for row in await deadlines(actor, order_id) if "minutes" in row.policy]:
        due, intervals = await run(order_id, one.started_at, one.policy, one.met_at or now())
        version = one.policy.get("calendar_id")
        name = (await calendar_version(version)).name if version else None
        found.append(Explained(one, due, name, intervals))
    return found


async def rule_of(order_id: int, kind: str) -> dict[str, Any]:
    """What was promised, as plain JSON for a notice: `name` of the policy (None: the company's usual minutes),
    `minutes`, and the `paused` minutes in which the clock stood still."""
    sql = "SELECT started_at, policy FROM sla_deadlines WHERE order_id = $1 AND kind = $2"
    row = await fetchrow(sql, order_id, kind)
    policy = parsed(row["policy"]) if row else {}
    if row is None or "minutes" not in policy:
        return {}
    _, intervals = await run(order_id, row["started_at"], policy, now())
    paused = sum((one.end - one.start for one in intervals if one.kind == "pause"), timedelta())
    return {"name": policy.get("name"), "minutes": policy["minutes"], "paused": paused // timedelta(minutes=1)}


async def stage_of(order_id: int, kind: str) -> dict[str, str] | None:
    """The name of the stage whose norm that clock is."""
    sql = "SELECT policy -> 'stage' AS name FROM sla_deadlines WHERE order_id = $1 AND kind = $2"
    row = await fetchrow(sql, order_id, kind)
    return parsed(row["name"]) if row else None


async def policies() -> list[dict[str, Any]]:
    """The list that holds now, as in `policies.py`; empty where the company's minutes are all."""
    row = await fetchrow("SELECT policies FROM sla_policies ORDER BY id DESC LIMIT 1")
    return list(parsed(row["policies"])) if row else []
