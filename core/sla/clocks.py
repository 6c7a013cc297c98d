"""How one clock runs: by which rule, over which pauses, and what of it comes next. For the actions of this room."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from core.kernel.read import fetch, parsed
from core.kernel.work import current
from core.schedule.calendars import ALWAYS, Calendar, Span, calendar_of
from core.schedule.queries import calendar_version
from core.sla.policies import USUAL_WARN
from core.sla.rules import Leg, warnings, way
from core.timers.actions import cancel_timer, set_timer

NEAR_TIMER = "sla.near"
BREACH_TIMER = "sla.breach"

_PAUSES = """
SELECT started_at, least(ended_at, $2) AS ended_at, reason FROM sla_pauses
WHERE order_id = $1 AND started_at < $2 ORDER BY started_at, id
"""

_PUT = """
INSERT INTO sla_deadlines AS d (order_id, kind, started_at, due_at, policy, job_id, stage)
SELECT $1, x.kind, $2, x.due_at, x.policy, $7, $8
FROM unnest($3::text[], $4::timestamptz[], $5::jsonb[]) x(kind, due_at, policy)
ON CONFLICT (order_id, kind) DO UPDATE SET started_at = excluded.started_at, due_at = excluded.due_at,
  policy = excluded.policy, job_id = excluded.job_id, stage = excluded.stage,
  met_at = NULL, cancelled_at = NULL, paused_at = NULL,
  warned_at = CASE WHEN excluded.due_at > $6 AND excluded.due_at <> d.due_at THEN NULL ELSE d.warned_at END,
  breached_at = CASE WHEN excluded.due_at > $6 THEN NULL ELSE d.breached_at END
"""
_MEET = """
UPDATE sla_deadlines SET met_at = $3, paused_at = NULL,
  breached_at = CASE WHEN due_at < $3 THEN coalesce(breached_at, due_at) END
WHERE order_id = $1 AND kind = $2 AND met_at IS NULL AND cancelled_at IS NULL
"""
_UNMEET = """
UPDATE sla_deadlines SET met_at = NULL WHERE order_id = $1 AND kind = $2 AND met_at IS NOT NULL AND cancelled_at IS NULL
RETURNING kind, started_at, due_at, warned_at, breached_at, policy
"""


@dataclass(frozen=True, slots=True)
class Clock:
    """What is to be written of a clock: when it ends, when it warns first, and by which rule."""

    kind: str
    due_at: datetime
    near_at: datetime
    rule: dict[str, Any]


async def put(
    order_id: int, started_at: datetime, clocks: Sequence[Clock], job_id: int | None = None, stage: str | None = None
) -> None:
    """Start these clocks, or start them anew."""
    w = current()
    rules = [orjson.dumps(one.rule).decode() for one in clocks]
    kinds, ends = [one.kind for one in clocks], [one.due_at for one in clocks]
    await w.execute(_PUT, order_id, started_at, kinds, ends, rules, w.now, job_id, stage)
    for one in clocks:
        await wait(order_id, one.kind, one.near_at, one.due_at)


async def stop(order_id: int, kind: str) -> None:
    """The clock is met; a second time changes nothing. Late is still met, and stays broken."""
    if await current().execute(_MEET, order_id, kind, current().now):
        await forget(order_id, (kind,))


async def unstop(order_id: int, kind: str) -> bool:
    """What met the clock was a mistake: it runs on, unless it was broken before. Whether it was met at all."""
    row = await current().fetchrow(_UNMEET, order_id, kind)
    if row is not None and not row["breached_at"]:
        await run_on(order_id, row)
    return row is not None


async def calendar_by(policy: Mapping[str, Any]) -> Calendar:
    """The version of the calendar that the clock was started by."""
    found = policy.get("calendar_id")
    return calendar_of((await calendar_version(found)).data) if found else ALWAYS


async def pauses_of(order_id: int, policy: Mapping[str, Any], until: datetime) -> list[Span]:
    """When the order's clocks stood still before `until`."""
    if not policy.get("pauses"):
        return []
    rows = await fetch(_PAUSES, order_id, until)
    return [Span(row["started_at"], row["ended_at"], "pause", row["reason"]) for row in rows]


async def run(
    order_id: int, started_at: datetime, policy: Mapping[str, Any], until: datetime
) -> tuple[datetime, list[Span]]:
    """When a clock ends, seen at `until`, and its intervals."""
    pauses = await pauses_of(order_id, policy, until)
    return way(started_at, legs_of(policy), await calendar_by(policy), pauses)


def legs_of(policy: Mapping[str, Any]) -> list[Leg]:
    """The way that the rule tells; without a word of it, its minutes."""
    told = policy.get("legs") or [{"seconds": policy["minutes"] * 60}]
    return [Leg(**leg) for leg in told]


def told(parts: tuple[Leg, ...]) -> dict[str, Any]:
    """What the rule must remember of the way: nothing when it is its minutes."""
    return {"legs": [asdict(leg) for leg in parts]} if parts[0].wanted else {}


async def shares(order_id: int, row: Any) -> list[datetime]:
    """When a running clock warns."""
    policy = parsed(row["policy"])
    _, intervals = await run(order_id, row["started_at"], policy, current().now)
    return warnings(intervals, policy.get("warn", USUAL_WARN))


async def set_next(order_id: int, row: Any) -> None:
    """Wait for what comes next of a running clock: a warning that was not given, or else the end."""
    warned = row["warned_at"]
    ahead = [at for at in await shares(order_id, row) if warned is None or at > warned]
    await wait(order_id, row["kind"], ahead[0] if ahead else None, row["due_at"])


async def wait(order_id: int, kind: str, near_at: datetime | None, due_at: datetime) -> None:
    """Have the clock's one timer: the warning's, or the end's when there is none to come."""
    data = {"order_id": order_id, "kind": kind}
    await cancel_timer(BREACH_TIMER if near_at else NEAR_TIMER, _key(order_id, kind))
    await set_timer(NEAR_TIMER if near_at else BREACH_TIMER, _key(order_id, kind), near_at or due_at, data)


async def run_on(order_id: int, row: Any) -> datetime:
    """A clock that stood runs again: when it is due now."""
    w = current()
    due, _ = await run(order_id, row["started_at"], parsed(row["policy"]), w.now)
    sql = "UPDATE sla_deadlines SET due_at = $3, paused_at = NULL WHERE order_id = $1 AND kind = $2"
    await w.execute(sql, order_id, row["kind"], due)
    await set_next(order_id, {**row, "due_at": due})
    return due


async def forget(order_id: int, kinds: tuple[str, ...]) -> None:
    """Nothing of these clocks comes any more."""
    keys = [_key(order_id, kind) for kind in kinds]
    await cancel_timer(NEAR_TIMER, *keys)
    await cancel_timer(BREACH_TIMER, *keys)


def _key(order_id: int, kind: str) -> str:
    return f"{order_id}:{kind}"
