"""What follows when a job is made, taken, driven to, worked on and finished."""

from datetime import timedelta

from core.checklists.opening import open_failed
from core.company.queries import company
from core.dispatch import actions as dispatch
from core.dispatch import ladders
from core.documents import actions as documents
from core.events import (
    EtaChanged,
    FeeAgreed,
    JobArrived,
    JobAssigned,
    JobCancelled,
    JobClosed,
    JobCreated,
    JobFinished,
    JobMoved,
    JobPaused,
    JobReported,
    JobResumed,
    JobStepBack,
    JobTravelling,
    JobUnassigned,
)
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, current, on
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.presence import actions as presence
from core.reactions.audience import alert, end_live_map, refresh, tell_customer, tell_member
from core.sla import actions as sla
from core.tasks.actions import later
from core.timers.actions import Due, on_timer, set_timer

STEP_BACK = "step_back"
"""Why a return visit is off: the visit before it is not over after all."""


@on(JobCreated)
async def created(event: JobCreated) -> None:
    """The robot looks for a technician, outside this transaction and, for a moment, until an address has its place; if
    nobody takes the job, those above hear of it."""
    found_by = await orders.look_up(event.order_id)
    await later("dispatch.seek", {"job_id": event.job_id}, key=str(event.job_id), run_at=found_by)
    await ladders.watch(event.job_id)
    refresh(event.order_id)


@on(JobAssigned)
async def assigned(event: JobAssigned) -> None:
    """The response clock is met, offers that still stand are withdrawn; the customer learns who is coming."""
    async with acting(SYSTEM):
        await sla.meet(event.order_id, "response")
        await dispatch.withdraw_all(event.job_id)
        await ladders.unwatch(event.job_id)
    refresh(event.order_id)
    tell_customer(event.order_id, "customer.assigned", job_id=event.job_id)


@on(JobUnassigned)
async def unassigned(event: JobUnassigned) -> None:
    """The technician's card, their time on site and the moving map end, the robot looks again."""
    async with acting(SYSTEM):
        await dispatch.withdraw_all(event.job_id)
        await presence.visit_ended(event.job_id)
    end_live_map(event.order_id, event.job_id)
    tell_member(event.order_id, event.member_id, "technician.cancelled", job_id=event.job_id, reason=event.reason)
    await later("dispatch.seek", {"job_id": event.job_id}, key=str(event.job_id))
    await ladders.watch(event.job_id)
    refresh(event.order_id)


@on(JobMoved)
async def moved(event: JobMoved) -> None:
    """At another time others may be free."""
    await dispatch.retry_waiting(event.order_id)
    refresh(event.order_id)


@on(JobTravelling)
async def travelling(event: JobTravelling) -> None:
    """Whom to expect and when."""
    refresh(event.order_id)
    tell_customer(event.order_id, "customer.on_the_way", job_id=event.job_id)


@on(EtaChanged)
async def eta_changed(event: EtaChanged) -> None:
    refresh(event.order_id)
    tell_customer(event.order_id, "customer.eta", job_id=event.job_id)


@on(JobArrived)
async def arrived(event: JobArrived) -> None:
    """The arrival clock is met; the moving map stops."""
    async with acting(SYSTEM):
        await sla.meet(event.order_id, "arrival")
        await presence.visit_began(event.job_id, event.member_id, event.how, event.distance)
    refresh(event.order_id)
    tell_customer(event.order_id, "customer.arrived", job_id=event.job_id)
    end_live_map(event.order_id, event.job_id)


@on(JobPaused)
async def paused(event: JobPaused) -> None:
    refresh(event.order_id)
    end_live_map(event.order_id, event.job_id)
    alert(event.order_id, "paused", job_id=event.job_id, reason=event.reason)


@on(JobResumed)
async def resumed(event: JobResumed) -> None:
    refresh(event.order_id)


@on(JobStepBack)
async def stepped_back(event: JobStepBack) -> None:
    """The clock that the mistaken step had met, and no other job did, runs on; what is not finished after all is not
    signed for, and nobody comes again for it who has not set out yet; whoever did not set out is on no map."""
    if event.before == "done":
        await documents.take_back(event.order_id, event.job_id)
        async with acting(SYSTEM):
            for visit in await Job.filter(return_of_id=event.job_id, state__in=("new", "offered", "assigned")):
                await orders.cancel_job(visit.id, STEP_BACK)
    kind = {"on_site": "arrival", "done": "resolution"}.get(event.before)
    others = Job.filter(order_id=event.order_id, arrived_at__isnull=False).exclude(id=event.job_id)
    if kind == "resolution" or (kind == "arrival" and not await others.exists()):
        async with acting(SYSTEM):
            await sla.unmeet(event.order_id, kind)
    refresh(event.order_id)
    if event.before == "travelling":
        end_live_map(event.order_id, event.job_id)
    alert(event.order_id, "step_back", job_id=event.job_id, before=event.before, state=event.state)


@on(FeeAgreed)
async def agreed(event: FeeAgreed) -> None:
    refresh(event.order_id)


@on(JobReported)
async def reported(event: JobReported) -> None:
    refresh(event.order_id)


@on(JobFinished)
async def finished(event: JobFinished) -> None:
    """The visit ends, the clocks of a repaired thing are met, the act is drawn up from what was entered; what
    failed its check and nobody corrected opens its order."""
    async with acting(SYSTEM):
        await presence.visit_ended(event.job_id)
        await open_failed(event.job_id)
        if event.outcome == "done":
            await _mended(event.order_id)
        await documents.bill(event.order_id)
        await _close_in_time(event.order_id)
    refresh(event.order_id)
    tell_customer(event.order_id, "customer.finished", job_id=event.job_id, outcome=event.outcome)
    if event.outcome != "done":
        alert(event.order_id, "return_needed", job_id=event.job_id, outcome=event.outcome)


async def _close_in_time(order_id: int) -> None:
    """By itself, when nobody signs until then."""
    hours = (await company()).rule("close_after_hours")
    await set_timer("orders.auto_close", order_id, current().now + timedelta(hours=hours))


async def _mended(order_id: int) -> None:
    """The clock of the repair is met when nothing more is to be done: every job ended well, or somebody came again for
    it. What was closed before the order was opened anew is over."""
    jobs = await Job.filter(order_id=order_id).exclude(state__in=("closed", "cancelled"))
    again = {job.return_of_id for job in jobs}
    if jobs and all(job.state == "done" and (job.outcome == "done" or job.id in again) for job in jobs):
        await sla.meet(order_id, "resolution")


@on_timer("orders.auto_close")
async def unsigned(due: Due) -> None:
    """Nobody signed in time and the company does not insist: the order closes by itself. An act that was refused, or a
    guard that still stands against it, leaves it open for a dispatcher."""
    order_id = int(due.key)
    if await documents.standing(order_id) != "refused":
        await orders.settle(order_id)


@on(JobClosed)
async def closed(event: JobClosed) -> None:
    refresh(event.order_id)


@on(JobCancelled)
async def cancelled(event: JobCancelled) -> None:
    """Open offers are withdrawn; whoever had the job hears why it is gone, and is on no map any more. What others did
    is billed; with the last open job given up the order ends as it does with the last one done."""
    async with acting(SYSTEM):
        await dispatch.withdraw_all(event.job_id)
        await ladders.unwatch(event.job_id)
        await presence.visit_ended(event.job_id)
        await _mended(event.order_id)
        await documents.bill(event.order_id)
        if await Order.exists(id=event.order_id, state="done"):
            await _end(event.order_id)
    refresh(event.order_id)
    if event.member_id:
        end_live_map(event.order_id, event.job_id)
        tell_member(event.order_id, event.member_id, "technician.cancelled", job_id=event.job_id, reason=event.reason)


async def _end(order_id: int) -> None:
    """Nothing is left to do: what is signed for already closes now, the rest in its time."""
    await _close_in_time(order_id)
    if await documents.standing(order_id) == "signed":
        await orders.settle(order_id)
