"""What a plan must hold to, written from the format's description alone; slow and plain."""

import math
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import Any

Day = dict[str, Any]


def seconds(travel: Day, a: Sequence[float], b: Sequence[float]) -> int:
    """Great circle by the chord, so that it shares no formula with the engine."""
    if list(a) == list(b):
        return 0
    vectors = []
    for lat, lon in (map(math.radians, a), map(math.radians, b)):
        vectors.append((math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)))
    km = 2 * 6371.0088 * math.asin(min(1.0, math.dist(*vectors) / 2))
    return math.floor(km * travel["detour_factor"] / travel["speed_kmh"] * 3600 + travel["stop_overhead_s"] + 0.5)


def legs(day: Day, technician: Day, stops: Sequence[Day]) -> list[int]:
    """Seconds to each stop and to the end, if there is one; the one to the first stop for which something must be
    fetched (`pickups`) leads by the store that costs least, its stay included."""
    places = [technician["start"], *(stop["location"] for stop in stops), *filter(None, [technician["end"]])]
    found = [seconds(day["travel"], a, b) for a, b in pairwise(places)]
    fetch = day.get("pickups", {"lacks": {}})
    lacks = fetch["lacks"].get(technician["id"], {})
    first = next((at for at, stop in enumerate(stops) if stop["id"] in lacks), None)
    if first is not None:
        ways = []
        for store, extra in fetch["kits"][lacks[stops[first]["id"]]]:
            by = (places[first], fetch["stores"][store], places[first + 1])
            way = sum(seconds(day["travel"], a, b) for a, b in pairwise(by))
            ways.append((way + extra, way + fetch["seconds"]))
        found[first] = min(ways)[1]
    return found


def driven(day: Day, technician: Day, stops: Sequence[Day]) -> int:
    """Travel of a route, feasible or not, with the time at stores. Who has nothing to do does not drive."""
    return sum(legs(day, technician, stops)) if stops else 0


def in_time(day: Day, technician: Day, stops: Sequence[Day]) -> bool:
    """Whether the route can be done in the shift, with the break before one of the stops or on the way to the end."""
    rest = technician.get("break")
    gaps = range(len(stops) + 1) if rest else [None]
    return not stops or any(_in_time(day, technician, stops, gap) for gap in gaps)


def _in_time(day: Day, technician: Day, stops: Sequence[Day], gap: int | None) -> bool:
    now = technician["shift"][0]
    for at, (stop, leg) in enumerate(zip_longest([*stops, None], legs(day, technician, stops))):
        arrival = now + (leg or 0)
        if at == gap:
            begin, until = technician["break"]["window"]
            if max(now, begin) > until:
                return False
            arrival = max(arrival, begin) + technician["break"]["duration"]
        if stop is None:
            return arrival <= technician["shift"][1]
        starts = [max(arrival, begin) for begin, until in stop["windows"] if arrival <= until]
        if not starts:
            return False
        now = min(starts) + stop["duration"]
    return True


def faults(day: Day, routes: dict[str, Sequence[str]]) -> list[str]:
    """All that is wrong with a plan, in words."""
    orders = {order["id"]: order for order in day["orders"]}
    found, seen = [], list[str]()
    for technician in day["technicians"]:
        stops = [orders[name] for name in routes.get(technician["id"], ())]
        seen += [stop["id"] for stop in stops]
        for stop in stops:
            if not set(stop["skills"]) <= set(technician["skills"]):
                found.append(f"{technician['id']} cannot do {stop['id']}")
            if stop["technician"] not in (None, technician["id"]):
                found.append(f"{stop['id']} is kept for {stop['technician']}")
        if not in_time(day, technician, stops):
            found.append(f"{technician['id']} is late")
    found += [f"{name} twice" for name in set(seen) if seen.count(name) > 1]
    return found + [f"no technician {name}" for name in routes if name not in {t["id"] for t in day["technicians"]}]


def objective(day: Day, routes: dict[str, Sequence[str]]) -> int:
    """Travel and the penalties of what is in no route."""
    orders = {order["id"]: order for order in day["orders"]}
    travel = sum(
        driven(day, technician, [orders[name] for name in routes.get(technician["id"], ())])
        for technician in day["technicians"]
    )
    done = {name for route in routes.values() for name in route}
    return travel + sum(order["drop_penalty"] for order in day["orders"] if order["id"] not in done)
