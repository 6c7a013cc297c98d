"""What follows when a deadline comes near or passes, and when a job comes to a stage that stops the clocks."""

from core.events import (
    DeadlineBreached,
    DeadlineNear,
    JobArrived,
    JobAssigned,
    JobCancelled,
    JobClosed,
    JobCreated,
    JobFinished,
    JobPaused,
    JobResumed,
    JobStaged,
    JobStepBack,
    JobTravelling,
    JobUnassigned,
)
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, on
from core.reactions.audience import alert, refresh
from core.sla.pauses import follow
from core.sla.queries import rule_of


@on(DeadlineNear)
async def near(event: DeadlineNear) -> None:
    refresh(event.order_id)
    alert(event.order_id, "near", deadline=event.kind)


@on(DeadlineBreached)
async def breached(event: DeadlineBreached) -> None:
    """The team learns what was promised by which rule; the order's facts tell who has it and how far they are."""
    refresh(event.order_id)
    alert(event.order_id, "breach", deadline=event.kind, rule=await rule_of(event.order_id, event.kind))


@on(JobCreated, JobAssigned, JobUnassigned, JobTravelling, JobArrived, JobPaused, JobResumed, JobStepBack)
@on(JobStaged, JobFinished, JobClosed, JobCancelled)
async def moved(
    event: JobCreated
    | JobAssigned
    | JobUnassigned
    | JobTravelling
    | JobArrived
    | JobPaused
    | JobResumed
    | JobStepBack
    | JobStaged
    | JobFinished
    | JobClosed
    | JobCancelled,
) -> None:
    """The clocks stand still or run on with the order's jobs."""
    async with acting(SYSTEM):
        await follow(event.order_id)
    if isinstance(event, JobStaged):
        refresh(event.order_id)
