"""What follows when a technician moves: the customer's map, the arrival time, the proof of arrival."""

from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from core import events
from core.kernel.actor import SYSTEM
from core.kernel.errors import Refusal
from core.kernel.work import on, work
from core.orders import actions as orders
from core.presence import actions as presence
from core.presence.rules import Seen
from core.reactions.audience import live_card, map_revision, tell_customer

MAP_SECONDS = 10.0
_shown: dict[int, float] = {}


async def moved(seen: list[Seen]) -> None:
    """Apply what a stored batch of positions means. Called after the batch was committed; each job's effects are a
    work of their own, so that one refused arrival spoils nothing."""
    for spot in seen:
        due = monotonic() - _shown.get(spot.job_id, 0.0) >= MAP_SECONDS
        if not (due or spot.arrived or spot.eta_changed):
            continue
        with suppress(Refusal):
            async with work(SYSTEM):
                await _apply(spot)
        _shown[spot.job_id] = monotonic()
    while len(_shown) > 10_000:
        _shown.pop(next(iter(_shown)))


async def _apply(spot: Seen) -> None:
    """A batch is applied after it was stored: meanwhile the job may be on the way no more."""
    if spot.arrived:
        await orders.arrive(spot.job_id, "geofence", spot.distance)
        return
    job = await orders.locked_job(spot.job_id)
    if job.state != "travelling" or job.assignee_id != spot.member_id:
        return
    if spot.eta_at is not None:
        await orders.set_eta(spot.job_id, datetime.fromtimestamp(spot.eta_at, UTC), tell=spot.eta_changed)
    _show_map(spot)


def _show_map(place: Seen | events.PlaceShared) -> None:
    tell_customer(
        place.order_id,
        "customer.live",
        job_id=place.job_id,
        lat=place.lat,
        lon=place.lon,
        live=3600,
        card=live_card(place.job_id),
        revision=map_revision(),
    )


@on(events.PlaceShared)
async def shared(event: events.PlaceShared) -> None:
    """The customer sees them from the first moment: a messenger is quiet until somebody moves."""
    _show_map(event)


@on(
    events.JobTravelling,
    events.JobArrived,
    events.JobPaused,
    events.JobResumed,
    events.JobStepBack,
    events.JobUnassigned,
    events.JobFinished,
    events.JobCancelled,
    events.ShiftOpened,
    events.ShiftClosed,
)
async def following_changed(event: Any) -> None:
    """Whose place is kept depends on shifts and jobs: look again at once."""
    presence.changed()
