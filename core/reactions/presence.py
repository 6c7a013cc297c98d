"""What follows when a technician moves: the customer's map, the arrival time, the proof of arrival."""

from time import monotonic

from core.kernel.actor import SYSTEM
from core.kernel.work import current, work
from core.orders import actions as orders
from core.presence.rules import Seen
from core.reactions.audience import tell_customer

MAP_SECONDS = 10.0
_shown: dict[int, float] = {}


async def moved(seen: list[Seen]) -> None:
    """Apply what a stored batch of positions means. Called after the batch was committed; each job's effects are a
    work of their own, so that one refused arrival spoils nothing."""
    for spot in seen:
        due = monotonic() - _shown.get(spot.job_id, 0.0) >= MAP_SECONDS
        if not (due or spot.arrived or spot.eta_changed):
            continue
        async with work(SYSTEM):
            await _apply(spot)
        _shown[spot.job_id] = monotonic()
    while len(_shown) > 10_000:
        _shown.pop(next(iter(_shown)))


async def _apply(spot: Seen) -> None:
    if spot.arrived:
        await orders.arrive(spot.job_id, "geofence", spot.distance)
        return
    if spot.eta_at is not None:
        await orders.set_eta(spot.job_id, spot.eta_at, tell=spot.eta_changed)
    tell_customer(
        spot.order_id,
        "customer.live",
        job_id=spot.job_id,
        lat=spot.lat,
        lon=spot.lon,
        live=3600,
        card=f"live:{spot.job_id}",
        revision=int(current().now.timestamp()),
    )
