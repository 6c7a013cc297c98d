"""Where a pin may stand, and what a plan may be called. Pure."""

import math

from core.kernel.errors import Refusal

MAX_PLAN_NAME = 100
PLACES = 4
"""Digits kept of a pin's place: a tenth of a thousandth of the picture, less than a pixel of the largest."""


def place(x: float, y: float) -> tuple[float, float]:
    """A point of the picture, from its left and top edge, each 0 to 1. `assets.off_plan` for any other."""
    if not all(math.isfinite(part) and 0 <= part <= 1 for part in (x, y)):
        raise Refusal("assets.off_plan")
    return round(x, PLACES), round(y, PLACES)


def plan_name(text: str) -> str:
    """One tidy line. `assets.no_plan_name` for none, `assets.long_plan_name` for too much."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not name:
        raise Refusal("assets.no_plan_name")
    if len(name) > MAX_PLAN_NAME:
        raise Refusal("assets.long_plan_name", limit=MAX_PLAN_NAME)
    return name
