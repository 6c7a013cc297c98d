"""What follows for the plan when a job or a shift changes, and for a customer when a planned time does."""

from typing import Any

from core import events
from core.kernel.read import fetchval
from core.kernel.work import current, on
from core.plan.refresh import EVERY, REFRESH, TICK
from core.reactions.audience import refresh, tell_customer
from core.tasks.actions import later
from core.timers.actions import set_timer


@on(
    events.JobAssigned,
    events.JobUnassigned,
    events.JobArrived,
    events.JobFinished,
    events.JobCancelled,
)
async def route_changed(event: Any) -> None:
    """The times of that technician's day are looked at again."""
    if event.member_id:
        await later(REFRESH, {"member_id": event.member_id, "job_id": event.job_id}, key=f"{event.member_id}")


@on(events.JobMoved)
async def window_changed(event: events.JobMoved) -> None:
    """The visit leaves a day that no longer suits, and finds its place in the one that does."""
    member_id = await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", event.job_id)
    if member_id:
        await later(REFRESH, {"member_id": member_id, "job_id": event.job_id}, key=f"{member_id}")


@on(events.ShiftOpened)
async def working(event: events.ShiftOpened) -> None:
    """While anybody works, all routes are looked at again every few minutes."""
    await set_timer(TICK, "day", current().now + EVERY)
    await later(REFRESH, {"member_id": event.member_id}, key=f"{event.member_id}")


@on(events.VisitTimed)
async def visit_timed(event: events.VisitTimed) -> None:
    """The customer hears when somebody will come, and may ask for another time."""
    told = await fetchval("SELECT told_at FROM plan_visits WHERE job_id = $1", event.job_id)
    if told is not None:
        refresh(event.order_id)
        tell_customer(event.order_id, "customer.slot", job_id=event.job_id, start=told.isoformat())
