"""Into whose hands a job goes: offered, accepted, assigned, taken back."""

from core import events
from core.kernel.errors import Refusal, Stale
from core.kernel.work import current, emit
from core.orders.actions.store import LockedJob, allow, locked_job, move


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


async def accept_job(job_id: int, member_id: int) -> LockedJob:
    """The technician takes an offered job: exactly one can, everybody else hears `orders.already_taken`."""
    job = await locked_job(job_id)
    if job.state != "offered" or job.assignee_id is not None:
        raise Refusal("orders.already_taken", state=job.state)
    await move(job, "accept", columns={"assignee_id": member_id}, facts={"member_id": member_id})
    await emit(events.JobAssigned(job.order_id, job.id, member_id, current().actor.party))
    return job


async def assign(job_id: int, member_id: int, revision: int | None = None) -> None:
    """A dispatcher gives the job to a technician, taking it from whoever has not set out yet.

    `revision` is the job's as the dispatcher saw it: `orders.changed` when it has moved on since. Giving it to whom it
    belongs changes nothing. A job under way is refused with `orders.wrong_state`: it must step back first.
    """
    w = current()
    w.actor.require("orders.dispatch")
    job = await locked_job(job_id)
    if job.assignee_id == member_id and job.state not in ("new", "offered"):
        return
    if revision is not None and job.revision != revision:
        raise Stale("orders", state=job.state)
    if job.state in ("assigned", "paused"):
        await _able(member_id)
        await _take(job, "reassigned")
        job = await locked_job(job_id)
    allow(job, "assign")
    await _able(member_id)
    await move(job, "assign", columns={"assignee_id": member_id}, facts={"member_id": member_id})
    await emit(events.JobAssigned(job.order_id, job.id, member_id, w.actor.party))


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


async def _able(member_id: int) -> None:
    """An active member whose role works on jobs."""
    sql = """SELECT 1 FROM people_members m JOIN people_permissions p ON p.role_id = m.role_id
             WHERE m.id = $1 AND m.active AND p.code IN ('orders.work', '*') LIMIT 1"""
    if not await current().fetch(sql, member_id):
        raise Refusal("orders.bad_member", member_id=member_id)
