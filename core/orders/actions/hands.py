"""Into whose hands a job goes: offered, accepted, assigned, taken back."""

from decimal import Decimal

from core import events
from core.kernel.errors import Refusal, Stale
from core.kernel.work import current, emit
from core.orders.actions.store import LockedJob, allow, locked_job, move, touch
from core.orders.actions.timeline import note
from core.orders.rules import OVER, check_fee


async def offer_job(job_id: int) -> None:
    """Offers for the job are open. For dispatch; a job that is offered already stays so."""
    job = await locked_job(job_id)
    if job.state != "offered":
        allow(job, "offer")
        await move(job, "offer")


async def retract_job(job_id: int) -> None:
    """No offer is open any more and nobody has it. For dispatch; a job that is new already stays so."""
    job = await locked_job(job_id)
    if job.state != "new":
        allow(job, "retract")
        await move(job, "retract")


async def accept_job(job_id: int, member_id: int, fee: Decimal | None = None) -> LockedJob:
    """The technician takes an offered job: exactly one can, everybody else hears `orders.already_taken`. `fee` is what
    it was offered for to a contractor."""
    job = await locked_job(job_id)
    if job.state != "offered" or job.assignee_id is not None:
        raise Refusal("orders.already_taken", state=job.state)
    await move(job, "accept", columns={"assignee_id": member_id, "fee": fee}, facts={"member_id": member_id})
    await _agreed(job, fee)
    await emit(events.JobAssigned(job.order_id, job.id, member_id, current().actor.party))
    return job


async def assign(job_id: int, member_id: int, revision: int | None = None, fee: Decimal | None = None) -> None:
    """A dispatcher gives the job to a technician, taking it from whoever has not set out yet.

    `revision` is the job's as the dispatcher saw it: `orders.changed` when it has moved on since. Giving it to whom it
    belongs changes nothing but a `fee` that is named. A job under way is refused with `orders.wrong_state`: it must
    step back first. `fee` is what a contractor gets for it, in roubles; only one of them: `orders.bad_fee`.
    """
    w = current()
    w.actor.require("orders.dispatch")
    job = await locked_job(job_id)
    if job.assignee_id == member_id and job.state not in ("new", "offered"):
        if fee is not None:
            await set_fee(job_id, fee)
        return
    unmoved(job, revision)
    if job.state in ("assigned", "paused"):
        await _able(member_id, fee)
        await _take(job, "reassigned")
        job = await locked_job(job_id)
    allow(job, "assign")
    await _able(member_id, fee)
    await move(job, "assign", columns={"assignee_id": member_id, "fee": fee}, facts={"member_id": member_id})
    await _agreed(job, fee)
    await emit(events.JobAssigned(job.order_id, job.id, member_id, w.actor.party))


def unmoved(job: LockedJob, revision: int | None) -> None:
    """`orders.changed` when the job is not as it was at that revision; None: whatever it was."""
    if revision is not None and job.revision != revision:
        raise Stale("orders", state=job.state)


async def set_fee(job_id: int, fee: Decimal | None, seen: tuple[int, Decimal | None] | None = None) -> None:
    """What the contractor who has the job gets for it, in roubles; None: nothing is agreed. By dispatchers, also when
    the work is done. The same again changes nothing. `orders.bad_fee` when nobody from outside has the job. `seen` is
    who had it and for what when the dispatcher looked: `orders.changed` when that is another by now."""
    w = current()
    w.actor.require("orders.dispatch")
    job = await locked_job(job_id)
    if seen is not None:
        agreed = await w.fetchval("SELECT fee FROM orders_jobs WHERE id = $1", job_id)
        if seen[0] != job.assignee_id or agreed not in (seen[1], fee):
            raise Stale("orders", state=job.state)
    if job.assignee_id is None or job.state == "cancelled":
        raise Refusal("orders.bad_fee")
    await _able(job.assignee_id, fee, working=job.state not in OVER)
    sql = "UPDATE orders_jobs SET fee = $2 WHERE id = $1 AND fee IS DISTINCT FROM $2 RETURNING id"
    if await w.fetchval(sql, job_id, fee) is None:
        return
    await _agreed(job, fee, again=True)
    await touch(job.order_id, job_id)
    await emit(events.FeeAgreed(job.order_id, job_id))


async def _agreed(job: LockedJob, fee: Decimal | None, *, again: bool = False) -> None:
    """A line of its own, which customers don't read."""
    if fee is not None or again:
        await note(job.order_id, "job.fee", {"fee": None if fee is None else str(fee)}, job_id=job.id)


async def unassign(job_id: int, reason: str) -> None:
    """Take the job from its technician, who has not set out yet (or has paused); it looks for another."""
    current().actor.require("orders.dispatch")
    if not reason.strip():
        raise Refusal("orders.reason_needed", verb="unassign")
    job = await locked_job(job_id)
    allow(job, "unassign")
    await _take(job, reason.strip())


async def _take(job: LockedJob, reason: str) -> None:
    member_id = job.assignee_id
    await move(job, "unassign", facts={"reason": reason})
    if member_id is not None:
        await emit(events.JobUnassigned(job.order_id, job.id, member_id, reason))


async def _able(member_id: int, fee: Decimal | None = None, *, working: bool = True) -> None:
    """An active member whose role works on jobs, from outside where there is a `fee`. Not `working`: the job was done,
    whoever they are by now."""
    sql = """SELECT m.contractor FROM people_members m WHERE m.id = $1 AND (NOT $2 OR m.active AND EXISTS (
             SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code IN ('orders.work', '*')))"""
    outside = await current().fetchval(sql, member_id, working)
    if outside is None:
        raise Refusal("orders.bad_member", member_id=member_id)
    if fee is not None:
        check_fee(fee)
        if not outside:
            raise Refusal("orders.bad_fee")
