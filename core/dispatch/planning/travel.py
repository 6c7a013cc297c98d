"""Travel seconds on the great circle, for many pairs of points at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.dispatch.planning.instance import Point, Travel

EARTH_KM = 6371.0088
LONGEST = 100_000_000

Seconds = NDArray[np.int32]
Radians = NDArray[np.float64]


def in_radians(points: Sequence[Point]) -> Radians:
    """[n, 2]: latitude and longitude."""
    return np.radians(np.array(points, dtype=np.float64).reshape(-1, 2))


def travel_seconds(travel: Travel, a: Radians, b: Radians) -> Seconds:
    """From each point of `a` to each of `b`, as numpy broadcasts them: [n, 1, 2] and [k, 2] give [n, k]. The same
    place is 0 away, any other also costs the stop's overhead."""
    lat, lon = a[..., 0] - b[..., 0], a[..., 1] - b[..., 1]
    half = np.sin(lat / 2) ** 2 + np.cos(a[..., 0]) * np.cos(b[..., 0]) * np.sin(lon / 2) ** 2
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    seconds = np.floor(km * (travel.detour_factor / travel.speed_kmh * 3600) + travel.stop_overhead_s + 0.5)
    return np.where(km > 1e-9, np.minimum(seconds, LONGEST), 0).astype(np.int32)
