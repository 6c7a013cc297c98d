"""One day to plan, read from JSON and judged: what is malformed is refused in whole; an order that nobody could ever
visit is left out with its reason.

Times are whole seconds from local midnight, durations and travel seconds, coordinates degrees. Penalties are in
seconds of travel too: what a dropped order costs.
"""

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

PRIORITIES = ("low", "normal", "high", "urgent")
PENALTIES = {"low": 7_200, "normal": 14_400, "high": 28_800, "urgent": 86_400}
MOST_MOVED = 2
"""So many others may go elsewhere for one urgent order."""
LATEST = 10_000_000
DEAREST = 1_000_000_000

Point = tuple[float, float]
Window = tuple[int, int]

KNOWN_FIELDS = {
    "instance": {"format", "name", "seed", "note", "travel", "technicians", "orders", "current_plan"},
    "travel": {"model", "detour_factor", "speed_kmh", "stop_overhead_s"},
    "technician": {"id", "name", "start", "end", "skills", "shift", "break"},
    "order": {
        "id",
        "name",
        "location",
        "duration",
        "windows",
        "skills",
        "priority",
        "drop_penalty",
        "technician",
    },
    "break": {"duration", "window"},
}


class InstanceError(Exception):
    """The instance cannot be used. `code` says why, `where` is the path to the culprit, `data` completes the words."""

    def __init__(self, code: str, where: str, **data: Any) -> None:
        super().__init__(code, where, data)
        self.code = code
        self.where = where
        self.data = data


@dataclass(frozen=True, slots=True)
class Travel:
    """Great circle × `detour_factor` at `speed_kmh`, and `stop_overhead_s` to park and to find the door."""

    detour_factor: float
    speed_kmh: float
    stop_overhead_s: float = 0


@dataclass(frozen=True, slots=True)
class Break:
    """`duration` seconds that start inside `window`, not inside a service; a drive may be interrupted."""

    duration: int
    window: Window


@dataclass(frozen=True, slots=True)
class Technician:
    """`end` None: the day ends at the last order. `shift` starts when and where the technician becomes free.
    `capacity` None: carries any load."""

    id: str
    start: Point
    end: Point | None
    shift: Window
    skills: frozenset[str] = frozenset()
    rest: Break | None = None
    capacity: int | None = None


class Order(NamedTuple):
    """`windows`: service starts in one of them; they are sorted and do not overlap. `technician`: the only one
    allowed. `load` counts against the technician's capacity. A tuple, for a day has thousands: a frozen dataclass takes
    three times as long to make."""

    id: str
    location: Point
    duration: int
    windows: tuple[Window, ...]
    skills: frozenset[str] = frozenset()
    priority: str = "normal"
    drop_penalty: int = PENALTIES["normal"]
    technician: str | None = None
    load: int = 0


@dataclass(frozen=True, slots=True)
class Pickups:
    """Stops at a store, `seconds` each: on the way to the first order of a route that the technician lacks a kit for.
    One stop serves the whole route.

    `stores` are their places. A kit is the stores that may give it: number of the store, and seconds that choosing it
    costs beside the way. `lacks`, type code h: the kit's number or -1, for each order of each technician."""

    stores: tuple[Point, ...]
    kits: tuple[tuple[tuple[int, int], ...], ...]
    lacks: "array[int]"
    seconds: int


@dataclass(frozen=True, slots=True)
class Instance:
    """`current` are the routes that run now: ids of orders by id of technician. `strange` are paths of fields that
    nobody reads. `pickups` None: nobody lacks anything."""

    travel: Travel
    technicians: tuple[Technician, ...]
    orders: tuple[Order, ...]
    current: Mapping[str, tuple[str, ...]]
    strange: tuple[str, ...] = ()
    pickups: Pickups | None = None


def read_instance(raw: Any) -> Instance:
    """Parsed JSON to an instance. Raises InstanceError."""
    body = _Fields(raw, "", "instance")
    technicians = tuple(_technician(item) for item in body.items("technicians", "technician"))
    orders = tuple(_order(item) for item in body.items("orders", "order"))
    _check_unique("technicians", (technician.id for technician in technicians))
    _check_unique("orders", (order.id for order in orders))
    return Instance(
        travel=_travel(body.child("travel", "travel")),
        technicians=technicians,
        orders=orders,
        current=_current(body.raw.get("current_plan")),
        strange=tuple(body.strange),
    )


class _Fields:
    """One JSON object on its way into an instance: typed access, and errors that name the place."""

    def __init__(self, raw: Any, where: str, kind: str, strange: list[str] | None = None) -> None:
        if not isinstance(raw, dict):
            raise InstanceError("not_object", where or "instance")
        self.raw = raw
        self.where = where
        self.strange: list[str] = [] if strange is None else strange
        self.strange += [self.path(str(name)) for name in raw if name not in KNOWN_FIELDS[kind]]

    def path(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def need(self, name: str) -> Any:
        if name not in self.raw:
            raise InstanceError("missing", self.path(name))
        return self.raw[name]

    def child(self, name: str, kind: str) -> "_Fields":
        return _Fields(self.need(name), self.path(name), kind, self.strange)

    def items(self, name: str, kind: str) -> "list[_Fields]":
        found = self._list(name, self.need(name))
        return [_Fields(item, f"{self.path(name)}[{at}]", kind, self.strange) for at, item in enumerate(found)]

    def _list(self, name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise InstanceError("not_list", self.path(name))
        return value

    def id(self) -> str:
        value = self.need("id")
        if not isinstance(value, str) or not value:
            raise InstanceError("not_id", self.path("id"))
        return value

    def real(self, name: str, default: float | None = None) -> float:
        value = self.raw.get(name, default) if default is not None else self.need(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InstanceError("not_number", self.path(name))
        return float(value)

    def seconds(self, name: str, most: int = LATEST) -> int:
        return self._whole(self.need(name), name, 0, most)

    def _whole(self, value: Any, name: str, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value % 1:
            raise InstanceError("not_whole", self.path(name))
        if not least <= value <= most:
            raise InstanceError("out_of_range", self.path(name), least=least, most=most)
        return int(value)

    def window(self, name: str, value: Any = None) -> Window:
        """From and to, both included. Times before midnight and past the next one are fine."""
        value = self.need(name) if value is None else value
        if not isinstance(value, list) or len(value) != 2:
            raise InstanceError("not_window", self.path(name))
        begin, end = (self._whole(edge, name, -LATEST, LATEST) for edge in value)
        if begin > end:
            raise InstanceError("reversed", self.path(name), begin=begin, end=end)
        return begin, end

    def windows(self) -> tuple[Window, ...]:
        """Sorted; those that touch or overlap are one."""
        found = sorted(self.window("windows", one) for one in self._list("windows", self.need("windows")))
        if not found:
            raise InstanceError("no_windows", self.path("windows"))
        merged: list[Window] = []
        for begin, end in found:
            if merged and begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        return tuple(merged)

    def point(self, name: str) -> Point:
        value = self.need(name)
        if not isinstance(value, list) or len(value) != 2:
            raise InstanceError("not_point", self.path(name))
        for edge, most in zip(value, (90, 180), strict=True):
            if isinstance(edge, bool) or not isinstance(edge, int | float) or not -most <= edge <= most:
                raise InstanceError("not_point", self.path(name))
        return float(value[0]), float(value[1])

    def words(self, name: str) -> frozenset[str]:
        found = self._list(name, self.raw.get(name) or [])
        if not all(isinstance(word, str) for word in found):
            raise InstanceError("not_words", self.path(name))
        return frozenset(found)


def _travel(fields: _Fields) -> Travel:
    model = fields.raw.get("model", "haversine")
    if model != "haversine":
        raise InstanceError("unknown_model", fields.path("model"), model=model)
    travel = Travel(fields.real("detour_factor"), fields.real("speed_kmh"), fields.real("stop_overhead_s", 0.0))
    for name in ("detour_factor", "speed_kmh"):
        if getattr(travel, name) <= 0:
            raise InstanceError("not_positive", fields.path(name))
    if travel.stop_overhead_s < 0:
        raise InstanceError("not_positive", fields.path("stop_overhead_s"))
    return travel


def _technician(fields: _Fields) -> Technician:
    rest = fields.child("break", "break") if fields.raw.get("break") is not None else None
    return Technician(
        id=fields.id(),
        start=fields.point("start"),
        end=fields.point("end") if fields.raw.get("end") is not None else None,
        skills=fields.words("skills"),
        shift=fields.window("shift"),
        rest=Break(rest.seconds("duration"), rest.window("window")) if rest else None,
    )


def _order(fields: _Fields) -> Order:
    priority = fields.raw.get("priority", "normal")
    if priority not in PRIORITIES:
        raise InstanceError("unknown_priority", fields.path("priority"), priority=priority)
    technician = fields.raw.get("technician")
    if technician is not None and not isinstance(technician, str):
        raise InstanceError("not_id", fields.path("technician"))
    known = "drop_penalty" in fields.raw
    return Order(
        id=fields.id(),
        location=fields.point("location"),
        duration=fields.seconds("duration"),
        windows=fields.windows(),
        skills=fields.words("skills"),
        priority=priority,
        drop_penalty=fields.seconds("drop_penalty", DEAREST) if known else PENALTIES[priority],
        technician=technician,
    )


def _current(raw: Any) -> dict[str, tuple[str, ...]]:
    """Routes under way, bare or as a plan; ids that are not of this day are passed over by the engine."""
    if raw is None:
        return {}
    routes = raw.get("routes", raw) if isinstance(raw, dict) else None
    if not isinstance(routes, dict) or not all(isinstance(route, list | tuple) for route in routes.values()):
        raise InstanceError("not_plan", "current_plan")
    return {name: tuple(str(order) for order in route) for name, route in routes.items()}


def _check_unique(where: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise InstanceError("duplicate", where, id=one)
        seen.add(one)
