"""Where, how far, how long, and whether somebody is there. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from math import asin, cos, inf, radians, sin, sqrt
from typing import NamedTuple

from core.kernel.errors import Refusal

EARTH_METRES = 6_371_008.8
RADIAN = radians(1)
HALF_RADIAN = RADIAN / 2
METRES_A_DEGREE = EARTH_METRES * RADIAN
DETOUR = 1.35
SPEED_KMH = 24.0
STOP_MINUTES = 3.0

DWELL_SECONDS = 30.0
TWICE = 2
VAGUE_METRES = 500.0
FIRE_AGAIN_SECONDS = 15.0
NEARLY = 1.2

FOLLOWED = ("travelling", "on_site")
LONGEST_SHARE = timedelta(hours=24)

Position = tuple[str, int, int, float, float, float | None, int]
"""A live location that moved: bot, chat id, message id, latitude, longitude, accuracy in metres or None, when (unix
seconds, as a messenger says it)."""

Record = tuple[int, int, float, float, float | None, int]
"""A row of history: member id, job id, latitude, longitude, accuracy, when (unix seconds)."""


def haversine(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle metres between two places in degrees."""
    up, along = sin((other_lat - lat) * HALF_RADIAN), sin((other_lon - lon) * HALF_RADIAN)
    half = up * up + cos(lat * RADIAN) * cos(other_lat * RADIAN) * along * along
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(half)))


def eta_minutes(metres: float) -> float:
    """How long the rest of the way takes in a city: a straight line with a detour at 24 km/h, 3 minutes to park."""
    return metres * DETOUR / 1000 / SPEED_KMH * 60 + STOP_MINUTES


def eta_is_news(told: float | None, now_thought: float, threshold_minutes: float) -> bool:
    """Whether the customer should hear of it: nobody told them yet, or it moved by the threshold either way. Both are
    unix seconds."""
    return told is None or abs(now_thought - told) >= threshold_minutes * 60


def check_place(lat: float, lon: float) -> None:
    """`presence.bad_place` for what is not on the globe (or no number at all)."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Refusal("presence.bad_place")


@dataclass(slots=True)
class Fence:
    """What the circle around a site has seen of one technician on the way. `fired_at`: when arrival was last told.
    Moments are unix seconds."""

    count: int = 0
    first_inside: float | None = None
    fired_at: float | None = None

    def see(self, metres: float, radius: float, accuracy: float | None, at: float) -> bool:
        """Whether this position, in order of time, proves the arrival: two in a row inside, or 30 s since the first.

        A position that may be half a kilometre off proves nothing, neither that somebody came nor that they left.
        """
        if accuracy is not None and accuracy > VAGUE_METRES:
            return False
        if metres > radius:
            self.count, self.first_inside = 0, None
            return False
        self.count += 1
        if self.first_inside is None:
            self.first_inside = at
        return self._fire(at) if self.count >= TWICE or at - self.first_inside >= DWELL_SECONDS else False

    def wait(self, now: float) -> bool:
        """Whether silence proves it: a messenger is quiet while nobody moves, so 30 s inside without a word are a
        stay."""
        return self.first_inside is not None and now - self.first_inside >= DWELL_SECONDS and self._fire(now)

    def _fire(self, at: float) -> bool:
        """Once, and again after a while if nobody acted on it."""
        if self.fired_at is not None and at - self.fired_at < FIRE_AGAIN_SECONDS:
            return False
        self.fired_at = at
        return True


@dataclass(slots=True)
class Follow:
    """Somebody who shares their place on a running job; `lat`, `lon` are the site's. `told` is the arrival time that
    the customer knows, `said` the one that this process told last, `due` when they see the map again: unix seconds.

    `south` to `east` is a box in degrees a little larger than the site's fence: who is outside is not there. Without a
    place of the site it is empty.
    """

    member_id: int
    job_id: int
    order_id: int
    travelling: bool
    lat: float | None
    lon: float | None
    told: float | None
    said: float | None = None
    due: float = -inf
    fence: Fence | None = None
    south: float = inf
    north: float = -inf
    west: float = inf
    east: float = -inf

    def fence_off(self, radius: float) -> None:
        """Draw the box around a fence of so many metres."""
        if self.lat is None or self.lon is None:
            return
        high = radius * NEARLY / METRES_A_DEGREE
        wide = high / max(cos(radians(self.lat)), 0.01)
        self.south, self.north, self.west, self.east = (
            self.lat - high,
            self.lat + high,
            self.lon - wide,
            self.lon + wide,
        )

    def is_near(self, lat: float, lon: float) -> bool:
        """Whether this is in the box."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east

    def carry_on(self, before: "Follow") -> None:
        """What was seen of this way until the list was read anew."""
        self.said, self.due, self.fence = before.said, before.due, before.fence


class Seen(NamedTuple):
    """What a batch says of a job on its way. `at` and `eta_at` are unix seconds; `distance` in metres from the site
    (None: the site has no place); `eta_changed`: the customer should hear of `eta_at`; `arrived`: the geofence proves
    it."""

    job_id: int
    order_id: int
    member_id: int
    lat: float
    lon: float
    at: int
    distance: float | None = None
    eta_at: float | None = None
    eta_changed: bool = False
    arrived: bool = False
