"""Where people are and were."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch, fetchrow
from core.presence.live import KEPT, Place, live
from core.presence.rules import FOLLOWED, eta_minutes, haversine

TODAY = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class PositionView:
    """Degrees, metres, and when."""

    lat: float
    lon: float
    accuracy: float | None
    at: datetime
    job_id: int | None


async def last_position(member_id: int, within: timedelta = TODAY) -> PositionView | None:
    """Where the member was seen last; None when that is too long ago."""
    row = await fetchrow(
        "SELECT lat, lon, accuracy, at, job_id FROM presence_tracks WHERE member_id = $1 AND at > $2"
        " ORDER BY at DESC LIMIT 1",
        *(member_id, now() - within),
    )
    return PositionView(**dict(row)) if row else None


@dataclass(frozen=True, slots=True)
class Eta:
    """When the technician will be there as things stand, and how far it is; both None while nobody knows."""

    at: datetime | None
    metres: float | None


_ETA = """
SELECT coalesce(s.lat, o.lat) AS lat, coalesce(s.lon, o.lon) AS lon, j.assignee_id, j.eta_at
FROM orders_jobs j JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites s ON s.id = o.site_id
WHERE j.id = $1 AND j.state = 'travelling'
"""


async def eta(job_id: int) -> Eta | None:
    """Of a job on its way; None for any other."""
    row = await fetchrow(_ETA, job_id)
    if row is None:
        return None
    here = await last_position(row["assignee_id"], timedelta(minutes=15))
    if here is None or row["lat"] is None or row["lon"] is None:
        return Eta(row["eta_at"], None)
    metres = haversine(here.lat, here.lon, row["lat"], row["lon"])
    return Eta(here.at + timedelta(minutes=eta_minutes(metres)), metres)


_PLACES = """
SELECT m.id AS member_id, t.lat, t.lon, t.at, j.id AS job_id FROM people_members m
JOIN orders_jobs j ON j.assignee_id = m.id AND j.state = ANY($1::text[])
JOIN LATERAL (SELECT lat, lon, at FROM presence_tracks t WHERE t.member_id = m.id AND t.at > $2
              ORDER BY t.at DESC LIMIT 1) t ON true
WHERE m.on_duty_at IS NOT NULL ORDER BY m.id
"""


async def places(actor: Actor) -> list[Place]:
    """Everybody on a job who was seen in the last quarter of an hour, for the map of whoever may see it."""
    actor.require("presence.see")
    redis = live()
    found = await redis.all(now()) if redis else None
    if found is None:
        found = [Place(**dict(row)) for row in await fetch(_PLACES, list(FOLLOWED), now() - KEPT)]
    return sorted(found, key=lambda place: place.member_id)


async def track(actor: Actor, job_id: int, limit: int = 2_000) -> list[PositionView]:
    """The way of a job, oldest first, thinned to `limit` points."""
    actor.require("presence.see")
    rows = await fetch(
        "SELECT lat, lon, accuracy, at, job_id FROM (SELECT *, row_number() OVER (ORDER BY at) AS n,"
        " count(*) OVER () AS total FROM presence_tracks WHERE job_id = $1 AND member_id IN"
        " (SELECT assignee_id FROM orders_jobs WHERE id = $1) AND at >= (SELECT created_at FROM orders_jobs"
        " WHERE id = $1)) t WHERE n % greatest(1, total / $2) = 0 ORDER BY at",
        *(job_id, limit),
    )
    return [PositionView(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class VisitView:
    """A stay on site. `how`: geofence or hand; `distance` metres from the site when arrival was stated."""

    arrived_at: datetime
    left_at: datetime | None
    how: str
    distance: float | None


async def visits(job_id: int) -> list[VisitView]:
    rows = await fetch(
        "SELECT arrived_at, left_at, how, distance FROM presence_visits WHERE job_id = $1 ORDER BY id", job_id
    )
    return [VisitView(**dict(row)) for row in rows]
