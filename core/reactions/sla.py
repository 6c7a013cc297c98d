"""What follows when a deadline comes near or passes, and when a job comes to another stage."""

from typing import Any

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
    NobodyFits,
    OfferEnded,
    OffersOpened,
)
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, on
from core.reactions.audience import alert, refresh
from core.sla.pauses import follow
from core.sla.queries import rule_of, stage_of
from core.sla.stages import keep

Moved = (
    JobCreated
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
    | JobCancelled
    | OffersOpened
    | OfferEnded
    | NobodyFits
)


@on(DeadlineNear)
async def near(event: DeadlineNear) -> None:
    refresh(event.order_id)
    alert(event.order_id, "near", job_id=event.job_id, deadline=event.kind, **await _stage(event))


@on(DeadlineBreached)
async def breached(event: DeadlineBreached) -> None:
    """The team learns what was promised by which rule; the order's facts tell who has it and how far they are."""
    refresh(event.order_id)
    rule = await rule_of(event.order_id, event.kind)
    alert(event.order_id, "breach", job_id=event.job_id, deadline=event.kind, rule=rule, **await _stage(event))


async def _stage(event: DeadlineNear | DeadlineBreached) -> dict[str, Any]:
    """The name of the stage whose norm it is."""
    return {"stage": await stage_of(event.order_id, event.kind)} if event.job_id else {}


@on(JobCreated, JobAssigned, JobUnassigned, JobTravelling, JobArrived, JobPaused, JobResumed, JobStepBack)
@on(JobStaged, JobFinished, JobClosed, JobCancelled, OffersOpened, OfferEnded, NobodyFits)
async def moved(event: Moved) -> None:
    """The clocks stand still or run on with the order's jobs, each stage's norm with its job."""
    async with acting(SYSTEM):
        await follow(event.order_id)
        await keep(event.order_id, event.job_id if isinstance(event, JobStepBack) else None)
    if isinstance(event, JobStaged):
        refresh(event.order_id)
