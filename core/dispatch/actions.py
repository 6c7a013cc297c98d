"""Who is asked, what they answer, and what then. An order's and job's rows are locked before its offers, always.

The robot's round: `seek` judges everybody and offers the job to the best; a refusal or silence queues the next seek
(reaction on OfferEnded); when nobody is left the order asks a dispatcher for help, and `retry_waiting` tries again. Who
said no, or nothing, is asked again only about another time.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from core import events
from core.dispatch.facts import UNWILLING
from core.dispatch.ladders import forget_reminders, remind_later
from core.dispatch.queries import Verdict, judged
from core.dispatch.rules import Scored
from core.dispatch.rulesets import Rules
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.orders.actions.store import LockedJob
from core.tasks.actions import TaskRun, later, task
from core.timers.actions import Due, cancel_timer, on_timer, set_timer

SEEK = "dispatch.seek"
OFFER_END = "dispatch.offer_end"
LEFT = "dispatch.left"
AGAIN = "dispatch.again"
SOONEST_AGAIN, LATEST_AGAIN, SHARE_WAITED = timedelta(minutes=5), timedelta(hours=1), 8
"""What nobody could take is looked at again after an eighth of the time that it has waited."""
NOBODY = "nobody_fits"
MANUAL = "manual"
MOST_KEPT = 10


@task(SEEK)
async def _seek(run: TaskRun) -> None:
    """Judge outside any transaction, offer in one."""
    verdict = await judged(run.args["job_id"])
    async with run.commit():
        await open_offers(run.args["job_id"], verdict)


async def seek(job_id: int) -> None:
    """Judge everybody and offer the job to the best, now, in the running work."""
    await open_offers(job_id, await judged(job_id))


_ASKED = f"""
SELECT state, round, member_id, state = 'open' OR {UNWILLING.format(order="$2")} AS no_more
FROM dispatch_offers WHERE job_id = $1
"""


async def open_offers(job_id: int, verdict: Verdict) -> list[int]:
    """Ask the best who were not asked yet, so that as many offers stand as the rules say; the new ids.

    Nothing happens to a job that somebody has, or that is over. With nobody to ask and no offer standing the job
    asks for help and NobodyFits tells why. In the modes `hint` and `manual` dispatchers decide. How it was chosen is
    kept.
    """
    job = await orders.locked_job(job_id)
    if job.state not in ("new", "offered"):
        return []
    rules = verdict.rules
    if rules.mode in ("hint", "manual"):
        if await _standing(job_id):
            return []
        if rules.mode == "hint":
            await _keep(job, verdict, "hint")
        await orders.ask_help(job.id, MANUAL)
        await emit(events.OrderChanged(job.order_id, ("needs_help",)))
        return []
    asked = await current().fetch(_ASKED, job_id, job.order_id)
    standing = sum(row["state"] == "open" for row in asked)
    no_more = {row["member_id"] for row in asked if row["no_more"]}
    best = [one for one in verdict.ranked if not one.rejected and one.member_id not in no_more]
    if chosen := best[: max(rules.offers - standing, 0)]:
        number = max((row["round"] for row in asked), default=0) + 1
        await _keep(job, verdict, "offered")
        return await ask(job, chosen, number, rules)
    if not standing:
        await _nobody(job, verdict)
    return []


async def _standing(job_id: int) -> bool:
    """Whether somebody is being asked: a contractor, say, whom a dispatcher chose."""
    sql = "SELECT 1 FROM dispatch_offers WHERE job_id = $1 AND state = 'open' LIMIT 1"
    return bool(await current().fetch(sql, job_id))


_KEEP = """
INSERT INTO dispatch_choices (job_id, ruleset_id, outcome, fits, best, rejected, help, at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8)
"""


async def _keep(job: LockedJob, verdict: Verdict, outcome: str) -> None:
    best = [
        {"id": one.member_id, "name": one.name, "score": one.score, "terms": one.terms}
        for one in verdict.ranked[:MOST_KEPT]
    ]
    said = [orjson.dumps(value).decode() for value in (best, verdict.rejected, verdict.help)]
    w, kept = current(), verdict.rules.id or None
    await w.execute(_KEEP, job.id, kept, outcome, verdict.fits, *said, w.now)


_ASK = """
WITH former AS (
  UPDATE dispatch_offers SET state = 'withdrawn' WHERE job_id = $1 AND state = 'accepted'
), made AS (
  INSERT INTO dispatch_offers (job_id, member_id, state, round, score, explain, reason, opened_at, expires_at, fee)
  SELECT $1, x.member_id, 'open', $2, x.score, x.explain, '', $3, $4, $8
  FROM unnest($5::bigint[], $6::float8[], $7::jsonb[]) WITH ORDINALITY x(member_id, score, explain, n) ORDER BY x.n
  RETURNING id
) SELECT id FROM made ORDER BY id
"""


async def ask(
    job: LockedJob, chosen: Sequence[Scored], number: int, rules: Rules, fee: Decimal | None = None
) -> list[int]:
    """Offer a locked job that is new or offered to these, in the `number`th attempt; `fee` to contractors. For this
    room."""
    w = current()
    ends = w.now + timedelta(seconds=rules.offer_seconds)
    explained = [orjson.dumps(one.terms).decode() for one in chosen]
    who = [one.member_id for one in chosen]
    rows = await w.fetch(_ASK, job.id, number, w.now, ends, who, [one.score for one in chosen], explained, fee)
    ids = [row["id"] for row in rows]
    await orders.offer_job(job.id)
    await _watch_end(job)
    await remind_later(job, number, rules)
    facts: dict[str, Any] = {"round": number, "members": [{"id": one.member_id, "name": one.name} for one in chosen]}
    if fee is not None:
        facts["fee"] = str(fee)
    await orders.note(job.order_id, "dispatch.offered", facts, job_id=job.id)
    await emit(events.OffersOpened(job.order_id, job.id, tuple(ids)))
    return ids


async def _nobody(job: LockedJob, verdict: Verdict) -> None:
    """Tell it once of a job, until somebody is found or decides."""
    if job.state == "offered":
        await orders.retract_job(job.id)
    await set_timer(AGAIN, job.id, current().now + await _until_again(job), {"job_id": job.id})
    if job.needs_help == NOBODY:
        return
    await _keep(job, verdict, "nobody")
    await orders.ask_help(job.id, NOBODY)
    await emit(events.NobodyFits(job.order_id, job.id, verdict.reasons, tuple(verdict.help)))


async def _until_again(job: LockedJob) -> timedelta:
    since = None
    if job.needs_help == NOBODY:
        sql = "SELECT max(at) FROM dispatch_choices WHERE job_id = $1 AND outcome = 'nobody'"
        since = await current().fetchval(sql, job.id)
    waited = current().now - since if since else timedelta()
    return min(max(SOONEST_AGAIN, waited / SHARE_WAITED), LATEST_AGAIN)


_WAITING = """
SELECT id FROM orders_jobs WHERE state = 'new' AND needs_help = $1 AND ($2::bigint IS NULL OR order_id = $2)
ORDER BY order_id, id
"""


async def retry_waiting(order_id: int | None = None) -> int:
    """Somebody came to work, or may be free: look again at every job (of this order) that nobody could take; how many
    those are."""
    rows = await current().fetch(_WAITING, NOBODY, order_id)
    for row in rows:
        await later(SEEK, {"job_id": row["id"]}, key=str(row["id"]))
    return len(rows)


@on_timer(AGAIN)
async def _again(timer: Due) -> None:
    """Skills are entered, jobs finished, absences over: as long as it waits for somebody who fits, a job is looked at
    again, every few minutes at first (`_until_again`)."""
    sql = "SELECT 1 FROM orders_jobs WHERE id = $1 AND state = 'new' AND needs_help = $2"
    if await current().fetchval(sql, timer.data["job_id"], NOBODY):
        await later(SEEK, {"job_id": timer.data["job_id"]}, key=timer.key)


_ACCEPT = """
WITH ended AS (
  UPDATE dispatch_offers SET state = CASE WHEN id = $1 THEN 'accepted' ELSE 'lost' END, ended_at = $3
  WHERE job_id = $2 AND state = 'open' RETURNING id, state
) SELECT id, state FROM ended ORDER BY id
"""


async def accept(offer_id: int) -> int:
    """The technician takes the job; its id. Of many at once exactly one does: the others hear `orders.already_taken`,
    and their offers end as lost. Accepting again what one has got changes nothing. `dispatch.offer_over` (with the
    offer's `state`) when it had ended otherwise."""
    w = current()
    offer = await _own(offer_id)
    if offer["state"] == "lost":
        raise Refusal("orders.already_taken")
    job = await orders.locked_job(offer["job_id"])
    state = await _state(offer_id)
    if state == "accepted" and job.assignee_id == offer["member_id"]:
        return job.id
    if state == "lost" or (state == "open" and job.state != "offered"):
        raise Refusal("orders.already_taken")
    if state != "open":
        raise Refusal("dispatch.offer_over", state=state)
    ended = await w.fetch(_ACCEPT, offer_id, job.id, w.now)
    await orders.accept_job(job.id, offer["member_id"], offer["fee"])
    await cancel_timer(OFFER_END, job.id)
    await forget_reminders(job.id)
    for row in ended:
        await emit(events.OfferEnded(job.order_id, job.id, row["id"], row["state"]))
    return job.id


async def decline(offer_id: int, reason: str) -> None:
    """The technician says no and why; the next is asked."""
    reason = reason.strip()
    if not reason:
        raise Refusal("dispatch.reason_needed")
    offer = await _own(offer_id)
    job = await orders.locked_job(offer["job_id"])
    if not await _end(job, "declined", offer_id=offer_id, reason=reason[:300]):
        raise Refusal("dispatch.offer_over", state=await _state(offer_id))
    await orders.note(job.order_id, "dispatch.declined", {"reason": reason}, job_id=job.id)


async def expire(offer_id: int) -> None:
    """No answer in time: the offer ends, if it still stands."""
    row = await current().fetchrow("SELECT job_id FROM dispatch_offers WHERE id = $1", offer_id)
    if row is None:
        raise NotFound("dispatch.offer", id=offer_id)
    await _end(await orders.locked_job(row["job_id"]), "expired", offer_id=offer_id)


@on_timer(OFFER_END)
async def _offers_end(timer: Due) -> None:
    """Every offer of the job whose time is over ends; the next timer waits for those that stand longer."""
    await orders.hold_politely(timer.data["order_id"])
    job = await orders.locked_job(timer.data["job_id"])
    await _end(job, "expired", due=True)
    await _watch_end(job)


async def _watch_end(job: LockedJob) -> None:
    """The timer is for the first of the offers that ends."""
    sql = "SELECT min(expires_at) AS ends FROM dispatch_offers WHERE job_id = $1 AND state = 'open'"
    ends = (await current().fetch(sql, job.id))[0]["ends"]
    if ends is not None:
        await set_timer(OFFER_END, job.id, ends, {"order_id": job.order_id, "job_id": job.id})


async def withdraw_all(job_id: int) -> None:
    """End every open offer of a job: somebody was given it, or it is over; and the accepted one of a technician who
    has it no more. The job's state is not touched."""
    sql = "SELECT 1 FROM dispatch_offers WHERE job_id = $1 AND state IN ('open', 'accepted') LIMIT 1"
    if not await current().fetch(sql, job_id):
        return
    await _end(await orders.locked_job(job_id), "withdrawn")
    await cancel_timer(OFFER_END, job_id)


@task(LEFT)
async def _left(run: TaskRun) -> None:
    """Who works here no more is asked nothing; the next ones are, at once."""
    async with run.commit() as w:
        sql = "SELECT id, job_id FROM dispatch_offers WHERE member_id = $1 AND state = 'open' ORDER BY job_id"
        for row in await w.fetch(sql, run.args["member_id"]):
            await withdraw(await orders.locked_job(row["job_id"]), row["id"])
            await later(SEEK, {"job_id": row["job_id"]}, key=str(row["job_id"]))


async def withdraw(job: LockedJob, offer_id: int) -> None:
    """Take back one open offer of a locked job: its technician is to be asked otherwise. For this room."""
    await _end(job, "withdrawn", offer_id=offer_id)


_END = """
WITH ended AS (
  UPDATE dispatch_offers SET state = $2, ended_at = $3, reason = $4
  WHERE job_id = $1 AND ($5::bigint IS NULL OR id = $5) AND (NOT $6 OR expires_at <= $3)
    AND (state = 'open' OR (state = 'accepted' AND $2 = 'withdrawn' AND member_id IS DISTINCT FROM $7))
  RETURNING id
) SELECT id FROM ended ORDER BY id
"""


async def _end(
    job: LockedJob, state: str, *, offer_id: int | None = None, reason: str = "", due: bool = False
) -> list[int]:
    """End open offers of a locked job (one, those whose time is over, or all) and tell it; their ids."""
    w = current()
    ids = [row["id"] for row in await w.fetch(_END, job.id, state, w.now, reason, offer_id, due, job.assignee_id)]
    if ids:
        await forget_reminders(job.id)
    for ended in ids:
        await emit(events.OfferEnded(job.order_id, job.id, ended, state))
    return ids


async def _own(offer_id: int) -> Any:
    """The offer, if it was made to the actor."""
    w = current()
    w.actor.require("orders.work")
    row = await w.fetchrow("SELECT job_id, member_id, state, fee FROM dispatch_offers WHERE id = $1", offer_id)
    if row is None or w.actor.kind != "member" or row["member_id"] != w.actor.id:
        raise NotFound("dispatch.offer", id=offer_id)
    return row


async def _state(offer_id: int) -> str:
    return str((await current().fetch("SELECT state FROM dispatch_offers WHERE id = $1", offer_id))[0]["state"])
