"""Who is told again: people who do not answer an offer, and managers while nobody has a job.

Every step is a timer, and what was done stands in the order's timeline, so that a process that begins anew goes on
where the last one ended. A step that can't be done (no vendor of SMS, no chat with the bot) is noted there and passed
over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import events, ports
from core.dispatch.queries import rules_for
from core.dispatch.rules import out_of_reach, steps_due
from core.dispatch.rulesets import Rules
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.actions.store import LockedJob
from core.timers.actions import Due, cancel_timer, on_timer, set_timer

REMIND = "dispatch.remind"
ESCALATE = "dispatch.escalate"
AHEAD = timedelta(days=1)
"""What is wanted later than that may wait without anybody."""


async def remind_later(job: LockedJob, number: int, rules: Rules) -> None:
    """Remind whoever is asked in this round, by the ladder that holds now."""
    begun = {"order_id": job.order_id, "job_id": job.id, "round": number, "steps": rules.reminding}
    await _next_reminder({**begun, "told": 0, "since": current().now.isoformat()})


async def _next_reminder(data: dict[str, Any]) -> None:
    _, coming = steps_due(data["steps"], data["told"], data["told"])
    if coming is not None:
        at = datetime.fromisoformat(data["since"]) + timedelta(seconds=coming[0])
        await set_timer(REMIND, f"{data['job_id']}:{data['round']}", at, data)


async def forget_reminders(job_id: int) -> None:
    """Of rounds in which no offer stands any more."""
    sql = """SELECT round FROM dispatch_offers WHERE job_id = $1 GROUP BY round HAVING NOT bool_or(state = 'open')"""
    over = await current().fetch(sql, job_id)
    await cancel_timer(REMIND, *(f"{job_id}:{row['round']}" for row in over))


_ASKED = """
SELECT f.id AS offer_id, m.id, m.name, m.phone, EXISTS (SELECT FROM outbox_addresses a
  WHERE a.party = 'member:' || m.id AND a.bot = 'technician' AND a.blocked_at IS NULL) AS chat
FROM dispatch_offers f JOIN people_members m ON m.id = f.member_id
WHERE f.job_id = $1 AND f.round = $2 AND f.state = 'open' AND f.expires_at > $3 ORDER BY f.id
"""


@on_timer(REMIND)
async def _remind(timer: Due) -> None:
    """The steps whose time has come, for those who have not answered yet. An offer that is over is left alone."""
    w, data = current(), timer.data
    await orders.hold_politely(data["order_id"])
    asked = await w.fetch(_ASKED, data["job_id"], data["round"], w.now)
    if not asked:
        return
    elapsed = (w.now - datetime.fromisoformat(data["since"])).total_seconds()
    due, _ = steps_due(data["steps"], data["told"], elapsed)
    for after, how in due:
        told = await _reach(data, "reminded", asked, after, how)
        if told:
            offers = tuple(row["offer_id"] for row in told)
            await emit(events.OffersUnanswered(data["order_id"], data["job_id"], how, offers))
        data["told"] = after
    await _next_reminder(data)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A job that nobody has: since when that matters, and of which step somebody was told last."""

    order_id: int
    group_id: int | None
    since: datetime
    told: int
    rules: Rules


_UNCLAIMED = """
SELECT j.order_id, o.group_id, o.customer_id, c.segment, o.kind, j.stage, o.priority, s.since, (
  SELECT coalesce(max((e.facts ->> 'after')::int), 0) FROM orders_entries e
  WHERE e.order_id = j.order_id AND e.job_id = j.id AND e.at >= s.since
    AND e.kind IN ('dispatch.escalated', 'dispatch.not_escalated')) AS told
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id
LEFT JOIN customers_customers c ON c.id = o.customer_id,
LATERAL (SELECT greatest(j.created_at, j.planned_from - $2::interval, max(e.at)) AS since FROM orders_entries e
  WHERE e.order_id = j.order_id AND e.job_id = j.id AND e.kind IN ('job.unassign', 'job.restore')) s
WHERE j.id = $1 AND j.state IN ('new', 'offered')
"""


async def _unclaimed(job_id: int) -> Unclaimed | None:
    row = await current().fetchrow(_UNCLAIMED, job_id, AHEAD)
    if row is None:
        return None
    return Unclaimed(row["order_id"], row["group_id"], row["since"], row["told"], await rules_for(row))


async def watch(job_id: int) -> None:
    """See to it that somebody is told if nobody takes the job; called again, it follows the rules that hold now."""
    found = await _unclaimed(job_id)
    if found is None:
        await unwatch(job_id)
        return
    _, coming = steps_due(found.rules.escalating, found.told, found.told)
    if coming is None:
        await unwatch(job_id)
        return
    at = found.since + timedelta(seconds=coming[0])
    await set_timer(ESCALATE, job_id, at, {"order_id": found.order_id, "job_id": job_id})


async def watch_order(order_id: int) -> None:
    """Something that may choose other rules has changed."""
    sql = "SELECT id FROM orders_jobs WHERE order_id = $1 AND state IN ('new', 'offered') ORDER BY id"
    for row in await current().fetch(sql, order_id):
        await watch(row["id"])


async def unwatch(job_id: int) -> None:
    """Somebody has the job, or it is over."""
    await cancel_timer(ESCALATE, job_id)


_MANAGERS = """
SELECT m.id, m.name, m.phone, EXISTS (SELECT FROM outbox_addresses a
  WHERE a.party = 'member:' || m.id AND a.bot = 'dispatcher' AND a.blocked_at IS NULL) AS chat
FROM people_members m JOIN people_roles r ON r.id = m.role_id WHERE m.active AND r.code = $1 ORDER BY m.id
"""


@on_timer(ESCALATE)
async def _escalate(timer: Due) -> None:
    """The steps whose time has come and that were not done, if still nobody has the job."""
    w, data = current(), timer.data
    await orders.hold_politely(data["order_id"])
    found = await _unclaimed(data["job_id"])
    if found is None:
        return
    due, _ = steps_due(found.rules.escalating, found.told, (w.now - found.since).total_seconds())
    for after, how in due:
        await _tell_above(data, found, after, how)
    await watch(data["job_id"])


async def _tell_above(data: dict[str, Any], found: Unclaimed, after: int, how: str) -> None:
    told: tuple[int, ...] = ()
    if how == "group":
        what = {"how": how, "after": after, "names": []}
        if found.group_id is None:
            await _note(data, "dispatch.not_escalated", {**what, "why": "no_group"})
            return
        await _note(data, "dispatch.escalated", what)
    else:
        managers = await current().fetch(_MANAGERS, found.rules.manager)
        told = tuple(row["id"] for row in await _reach(data, "escalated", managers, after, how))
        if not told:
            return
    await emit(events.JobUnclaimed(data["order_id"], data["job_id"], how, after, told))


async def _reach(data: dict[str, Any], done: str, people: Sequence[Any], after: int, how: str) -> list[Any]:
    """Those who can be told that way. The order's timeline says who is told and who is not, and why."""
    vendor = how == "chat" or ports.texter(how) is not None
    told: list[Any] = []
    missed: dict[str, list[str]] = {} if people else {"nobody": []}
    for row in people:
        why = out_of_reach(how, chat=row["chat"], phone=bool(row["phone"]), vendor=vendor)
        if why is None:
            told.append(row)
        else:
            missed.setdefault(why, []).append(row["name"])
    if told:
        names = [row["name"] for row in told]
        await _note(data, f"dispatch.{done}", {"how": how, "after": after, "names": names})
    for why, names in missed.items():
        await _note(data, f"dispatch.not_{done}", {"how": how, "after": after, "names": names, "why": why})
    return told


async def _note(data: dict[str, Any], kind: str, facts: dict[str, Any]) -> None:
    await orders.note(data["order_id"], kind, facts, job_id=data["job_id"])
