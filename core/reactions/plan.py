"""What follows for the plan when a job or a shift changes, and for a customer when a planned time does."""

from typing import Any

from core import events
from core.kernel.read import fetch, fetchval
from core.kernel.work import current, on
from core.plan.proposals import REACT
from core.plan.refresh import EVERY, REFRESH, TICK
from core.reactions.audience import alert, refresh, tell_customer
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


_PLANNED = "SELECT 1 FROM orders_jobs WHERE assignee_id = $1 AND state IN ('assigned', 'paused') LIMIT 1"


@on(events.VanChanged)
async def loaded(event: events.VanChanged) -> None:
    """What is fetched by now, or has to be fetched, changes the times of their day."""
    if await fetchval(_PLANNED, event.member_id):
        await later(REFRESH, {"member_id": event.member_id}, key=f"{event.member_id}")


@on(events.ShiftOpened)
async def working(event: events.ShiftOpened) -> None:
    """While anybody works, all routes are looked at again every few minutes."""
    await set_timer(TICK, "day", current().now + EVERY)


@on(events.JobCreated)
async def urgent(event: events.JobCreated) -> None:
    """What is urgent goes into the routes that run, and does not wait for the next plan."""
    sql = "SELECT priority FROM orders_orders WHERE id = $1"
    if await fetchval(sql, event.order_id) == "urgent":
        await later(REACT, {"cause": "urgent", "job_id": event.job_id}, key=f"urgent:{event.job_id}")


@on(events.OfferEnded)
async def refused(event: events.OfferEnded) -> None:
    """Somebody said no to a job: besides the robot's next choice there may be a better day."""
    if event.state == "declined":
        await later(REACT, {"cause": "refusal", "job_id": event.job_id}, key=f"refusal:{event.job_id}")


@on(events.ShiftClosed)
async def left(event: events.ShiftClosed) -> None:
    """Visits that are still ahead of somebody who went home go to others."""
    sql = "SELECT 1 FROM orders_jobs WHERE assignee_id = $1 AND state = 'assigned' LIMIT 1"
    if await fetchval(sql, event.member_id):
        await later(REACT, {"cause": "absence", "member_id": event.member_id}, key=f"absence:{event.member_id}")


_MISSED = """
SELECT DISTINCT a.member_id, v.day FROM schedule_absences a JOIN plan_visits v ON v.member_id = a.member_id
JOIN orders_jobs j ON j.id = v.job_id AND j.assignee_id = a.member_id AND j.state = 'assigned'
WHERE a.id = $1 AND a.state = 'approved' AND v.starts_at >= a.starts_at AND v.starts_at < a.ends_at
"""


@on(events.AbsenceChanged)
async def absent(event: events.AbsenceChanged) -> None:
    """Every planned day of somebody who will not be there finds others."""
    for row in await fetch(_MISSED, event.absence_id):
        told = {"cause": "absence", "member_id": row["member_id"], "day": str(row["day"])}
        await later(REACT, told, key=f"absence:{row['member_id']}:{row['day']}")


@on(events.PlanProposed)
async def proposed(event: events.PlanProposed) -> None:
    """Dispatchers hear that an answer waits on the planner's page."""
    alert(event.order_id, "plan_proposed", job_id=event.job_id, cause=event.cause)


@on(events.VisitTimed)
async def visit_timed(event: events.VisitTimed) -> None:
    """The customer hears when somebody will come, and may ask for another time."""
    told = await fetchval("SELECT told_at FROM plan_visits WHERE job_id = $1", event.job_id)
    if told is not None:
        refresh(event.order_id)
        tell_customer(event.order_id, "customer.slot", job_id=event.job_id, start=told.isoformat())
