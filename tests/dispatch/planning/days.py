"""Made-up days to plan, each the same for the same seed."""

import math
import random
from typing import Any

SKILLS = ("boiler", "cctv", "electric", "fridge", "hvac", "network", "plumbing", "pos")
SHIFTS = ((28_800, 61_200), (32_400, 64_800), (32_400, 64_800), (43_200, 75_600))
PENALTIES = {"low": 7_200, "normal": 14_400, "high": 28_800, "urgent": 86_400}
CITY = {"model": "haversine", "detour_factor": 1.4, "speed_kmh": 28, "stop_overhead_s": 180}
REGION = CITY | {"speed_kmh": 50}
LUNCH = 2_700


def make_day(
    seed: int,
    orders: int,
    technicians: int,
    *,
    region: bool = False,
    breaks: bool = False,
    replan: bool = False,
    open_end: bool = False,
    locked: float = 0.0,
    two_windows: float = 0.0,
    longer: float = 1.0,
) -> dict[str, Any]:
    """`longer` stretches the services: above 1 the day is oversubscribed. `locked` and `two_windows` are shares."""
    draw = random.Random(seed)
    radius = 70.0 if region else 20.0
    team = [_technician(draw, at + 1, radius, breaks, replan, open_end) for at in range(technicians)]
    work = [_order(draw, at + 1, radius, replan, longer, two_windows) for at in range(orders)]
    for order in work:
        able = [one["id"] for one in team if set(order["skills"]) <= set(one["skills"])]
        if able and draw.random() < locked:
            order["technician"] = draw.choice(able)
    travel = REGION if region else CITY
    return {"format": "fsd-instance/1", "seed": seed, "travel": travel, "technicians": team, "orders": work}


def _point(draw: random.Random, radius: float) -> list[float]:
    away, angle = radius * math.sqrt(draw.random()), draw.random() * 2 * math.pi
    if draw.random() < 0.4:
        away *= 0.4
    return [round(55.75 + away * math.cos(angle) / 111.2, 5), round(37.62 + away * math.sin(angle) / 62.6, 5)]


def _technician(
    draw: random.Random, number: int, radius: float, breaks: bool, replan: bool, open_end: bool
) -> dict[str, Any]:
    begin, end = draw.choice(SHIFTS)
    home = _point(draw, radius)
    made: dict[str, Any] = {
        "id": f"t{number}",
        "start": home,
        "end": home,
        "skills": sorted(draw.sample(SKILLS, draw.randint(2, 5))),
        "shift": [begin, end],
    }
    if replan:
        made |= {"start": _point(draw, radius), "shift": [draw.randrange(46_800, 50_400, 60), end]}
    if open_end and draw.random() < 0.5:
        made["end"] = None
    if breaks:
        noon = begin + 12_600
        made["break"] = {"duration": LUNCH, "window": [noon, noon + 7_200]}
    return made


def _order(
    draw: random.Random, number: int, radius: float, replan: bool, longer: float, two_windows: float
) -> dict[str, Any]:
    priority = draw.choices(("low", "normal", "high", "urgent"), (8, 65, 24, 3))[0]
    return {
        "id": f"o{number}",
        "location": _point(draw, radius),
        "windows": _windows(draw, replan, two_windows),
        "duration": int(draw.randrange(1_200, 5_700, 300) * longer),
        "skills": sorted(draw.sample(SKILLS, draw.choices((0, 1, 2), (6, 74, 20))[0])),
        "priority": priority,
        "drop_penalty": PENALTIES[priority],
        "technician": None,
    }


def _windows(draw: random.Random, replan: bool, two_windows: float) -> list[list[int]]:
    first = 46_800 if replan else 28_800
    if draw.random() < two_windows:
        begin = draw.randrange(first, 50_400, 3_600)
        return [[begin, begin + 3_600], [begin + 10_800, begin + 16_200]]
    kind = draw.random()
    if kind < 0.38:
        return [[first, 72_000]]
    if kind < 0.7:
        return [[first, 54_000]] if draw.random() < 0.5 else [[46_800, 64_800]]
    begin = draw.randrange(first, 64_800, 3_600)
    return [[begin, begin + 7_200]]
