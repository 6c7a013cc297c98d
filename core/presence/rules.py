"""Where, how far, how long, and whether somebody is there. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, inf, radians, sin, sqrt
from typing import NamedTuple

from core.kernel.errors import Refusal

EARTH_METRES = 6_371_008.8
METRES_A_DEGREE = EARTH_METRES * radians(1)
DETOUR = 1.35
SPEED_KMH = 24.0
STOP_MINUTES = 3.0

DWELL = timedelta(seconds=30)
TWICE = 2
VAGUE_METRES = 500.0
FIRE_AGAIN = timedelta(seconds=15)

FOLLOWED = ("travelling", "on_site")
LONGEST_SHARE = timedelta(hours=24)

Position = tuple[str, int, int, float, float, float | None, datetime]
"""A live location that moved: bot, chat id, message id, latitude, longitude, accuracy in metres or None, when."""

Record = tuple[int, int, float, float, float | None, datetime]
"""A row of history: member id, job id, latitude, longitude, accuracy, when."""


def haversine(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle metres between two places in degrees."""
    a, b = radians(lat), radians(other_lat)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(half)))


def eta_minutes(metres: float) -> float:
    """How long the rest of the way takes in a city: a straight line with a detour at 24 km/h, 3 minutes to park."""
    return metres * DETOUR / 1000 / SPEED_KMH * 60 + STOP_MINUTES


def eta_is_news(told: datetime | None, now_thought: datetime, threshold_minutes: float) -> bool:
    """Whether the customer should hear of it: nobody told them yet, or it moved by the threshold either way."""
    return told is None or abs(now_thought - told) >= timedelta(minutes=threshold_minutes)


def check_place(lat: float, lon: float) -> None:
    """`presence.bad_place` for what is not on the globe (or no number at all)."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Refusal("presence.bad_place")


@dataclass(slots=True)
class Fence:
    """What the circle around a site has seen of one technician on the way. `fired_at`: when arrival was last told."""

    count: int = 0
    first_inside: datetime | None = None
    fired_at: datetime | None = None

    def see(self, metres: float, radius: float, accuracy: float | None, at: datetime) -> bool:
        """Whether this position, in order of time, proves the arrival: two in a row inside, or 30 s since the first.

        A position that may be half a kilometre off proves nothing, neither that somebody came nor that they left.
        """
        if accuracy is not None and accuracy > VAGUE_METRES:
            return False
        if metres > radius:
            self.count, self.first_inside = 0, None
            return False
        self.count += 1
        self.first_inside = self.first_inside or at
        return self._fire(at) if self.count >= TWICE or at - self.first_inside >= DWELL else False

    def wait(self, now: datetime) -> bool:
        """Whether silence proves it: a messenger is quiet while nobody moves, so 30 s inside without a word are a
        stay."""
        return self.first_inside is not None and now - self.first_inside >= DWELL and self._fire(now)

    def _fire(self, at: datetime) -> bool:
        """Once, and again after a while if nobody acted on it."""
        if self.fired_at is not None and at - self.fired_at < FIRE_AGAIN:
            return False
        self.fired_at = at
        return True


@dataclass(slots=True)
class Follow:
    """Somebody who shares their place on a running job; `lat`, `lon` are the site's. `told` is the arrival time that
    the customer knows."""

    member_id: int
    job_id: int
    order_id: int
    travelling: bool
    lat: float | None
    lon: float | None
    told: datetime | None
    east: float = 0.0

    def __post_init__(self) -> None:
        self.east = METRES_A_DEGREE * cos(radians(self.lat or 0.0))

    def square(self, lat: float, lon: float) -> float:
        """About the squared metres to the site, good within some kilometres; infinity where the site has no place."""
        if self.lat is None or self.lon is None:
            return inf
        return ((lat - self.lat) * METRES_A_DEGREE) ** 2 + ((lon - self.lon) * self.east) ** 2


class Seen(NamedTuple):
    """What a batch says of a job on its way. `distance` in metres from the site (None: the site has no place);
    `eta_changed`: the customer should hear of `eta_at`; `arrived`: the geofence proves it."""

    job_id: int
    order_id: int
    member_id: int
    lat: float
    lon: float
    at: datetime
    distance: float | None = None
    eta_at: datetime | None = None
    eta_changed: bool = False
    arrived: bool = False
