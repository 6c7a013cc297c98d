"""How long a way takes. Pure."""

from core.dispatch.planning.instance import Point
from core.presence.rules import DETOUR, SPEED_KMH, STOP_MINUTES, haversine


def way(a: Point | None, b: Point | None) -> int:
    """Travel seconds, as the optimiser counts them; 0 within a place and where one is unknown."""
    if a is None or b is None:
        return 0
    km = haversine(*a, *b) / 1000
    return int(km * DETOUR / SPEED_KMH * 3600 + STOP_MINUTES * 60 + 0.5) if km > 1e-9 else 0
