"""The technician's day on a job: on the way, there, a pause, on again, done; and one step back."""

from datetime import datetime

from asyncpg import UniqueViolationError

from core import events
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import current, emit
from core.orders.actions.store import LockedJob, allow, check_guards, locked_job, move
from core.orders.queries import sees_job
from core.orders.rules import (
    BACK_CLEARS,
    LAST_STEP,
    OUTCOMES,
    RUNNING,
    STEP_BACK_WITHIN,
    back_state,
    resume_state,
)


async def may_step(job: LockedJob, verb: str) -> None:
    """The job's own technician or a dispatcher. Another technician hears that the job is not theirs (any more)."""
    actor = current().actor
    if actor.may("orders.dispatch"):
        return
    if actor.kind != "member" or not actor.may("orders.work"):
        raise NotAllowed("orders.work")
    if job.assignee_id != actor.id:
        if await sees_job(actor, job.id):
            raise Refusal("orders.not_yours", verb=verb)
        raise NotFound("orders.job", id=job.id)


async def _begin(job_id: int, verb: str) -> LockedJob:
    job = await locked_job(job_id)
    await may_step(job, verb)
    allow(job, verb)
    return job


async def _run(job: LockedJob, verb: str, target: str, **options: object) -> str:
    """A move that may set the technician running: on one job at a time."""
    if target in RUNNING and job.busy_order is not None:
        raise Refusal("orders.busy", order=job.busy_order)
    try:
        return await move(job, verb, target, **options)  # type: ignore[arg-type]
    except UniqueViolationError as error:
        if error.constraint_name != "jobs_one_running":
            raise
        raise Refusal("orders.busy", order=None) from error


async def travel(job_id: int) -> None:
    """On the way: from now on the job cannot be given to another. `orders.busy` while another job runs."""
    job = await _begin(job_id, "travel")
    await _run(job, "travel", "travelling")
    await emit(events.JobTravelling(job.order_id, job.id, _assignee(job)))


async def arrive(job_id: int, how: str = "hand", distance: float | None = None) -> None:
    """At the site. `how` is geofence or hand; `distance` in metres from the site, None when unknown."""
    if how not in ("hand", "geofence"):
        raise ValueError(how)
    job = await _begin(job_id, "arrive")
    metres = None if distance is None else round(distance, 1)
    await _run(job, "arrive", "on_site", facts={"how": how, "distance": metres})
    await emit(events.JobArrived(job.order_id, job.id, _assignee(job), how, metres))


async def pause(job_id: int, reason: str) -> None:
    job, reason = await _begin(job_id, "pause"), reason.strip()
    if not reason:
        raise Refusal("orders.reason_needed", verb="pause")
    await move(job, "pause", facts={"reason": reason})
    await emit(events.JobPaused(job.order_id, job.id, reason))


async def resume(job_id: int) -> None:
    """On with it, where it was paused."""
    job = await _begin(job_id, "resume")
    target = resume_state(job.arrived_at is not None, job.travelling_at is not None)
    await _run(job, "resume", target)
    await emit(events.JobResumed(job.order_id, job.id))


async def finish(job_id: int, outcome: str = "done") -> None:
    """The work ends with an outcome. `orders.not_ready` lists under `missing` all that its guards still want.

    Any outcome but `done` suggests a return visit: `add_return`."""
    if outcome not in OUTCOMES:
        raise Refusal("orders.bad_outcome", outcome=outcome)
    job = await _begin(job_id, "finish")
    if missing := await check_guards(job, "finish", "done", outcome):
        raise Refusal("orders.not_ready", missing=missing)
    await move(job, "finish", columns={"outcome": outcome}, facts={"outcome": outcome})
    await emit(events.JobFinished(job.order_id, job.id, _assignee(job), outcome))


async def step_back(job_id: int) -> None:
    """Correct a mistaken step: its technician within ten minutes (`orders.too_late`), a dispatcher at any time."""
    job = await _begin(job_id, "step_back")
    w = current()
    made: datetime | None = getattr(job, LAST_STEP[job.state])
    if not w.actor.may("orders.dispatch") and (made is None or w.now - made > STEP_BACK_WITHIN):
        raise Refusal("orders.too_late", minutes=int(STEP_BACK_WITHIN.total_seconds() // 60))
    target = back_state(job.state, job.travelling_at is not None)
    await _run(job, "step_back", target, clears=BACK_CLEARS[job.state])
    await emit(events.JobStepBack(job.order_id, job.id, job.state, target))


def _assignee(job: LockedJob) -> int:
    if job.assignee_id is None:
        raise RuntimeError(f"job {job.id} is {job.state} and nobody's")
    return job.assignee_id
