"""Candidates as columns of numpy. Import it when it is needed: numpy is heavy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.dispatch.rules import DETOUR, EARTH_KM, SPEED_KMH, STOP_MINUTES, UNKNOWN_TRAVEL, Candidate, Span, Way

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
K = TypeVar("K")
SAME_KM = 0.01
FOR_EVER = date.max.toordinal()
REFUSED = ("declined", "no_answer", "taken_away")


@dataclass(frozen=True, slots=True)
class Crew:
    """Candidates as columns. Times are seconds since 1970; `starts`/`ends` and `gone`/`back` have a row for each
    candidate; an unknown place or rating is NaN; certificates are valid through a day's ordinal."""

    people: Sequence[Candidate]
    ids: NDArray[np.int64]
    flags: Mapping[str, Flags]
    numbers: Mapping[str, Floats]
    refused: NDArray[np.int64]
    skills: Mapping[str, NDArray[np.int64]]
    certificates: Mapping[str, NDArray[np.int64]]
    kit: Mapping[str, NDArray[np.int64]]
    areas: Mapping[int, NDArray[np.int64]]
    starts: Floats
    ends: Floats
    gone: Floats
    back: Floats
    route: "Route"

    @classmethod
    def of(cls, people: Sequence[Candidate]) -> "Crew":
        n = len(people)
        starts, ends = _spans([one.shifts for one in people])
        gone, back = _spans([one.away for one in people])
        flags = {name: np.fromiter((getattr(one, name) for one in people), bool, n) for name in _FLAGS}
        numbers = {name: np.array([getattr(one, name) for one in people], float) for name in _NUMBERS}
        until = [
            {code: FOR_EVER if day is None else day.toordinal() for code, day in one.certificates.items()}
            for one in people
        ]
        refused = np.fromiter((REFUSED.index(one.refused) if one.refused else -1 for one in people), np.int64, n)
        return cls(
            people,
            np.fromiter((one.member_id for one in people), np.int64, n),
            {**flags, "anywhere": np.fromiter((not one.areas for one in people), bool, n)},
            numbers,
            refused,
            _by_code([one.skills for one in people]),
            _by_code(until),
            _by_code([dict.fromkeys(one.kit, 1) for one in people]),
            _by_code([dict.fromkeys(one.areas, 1) for one in people]),
            starts,
            ends,
            gone,
            back,
            Route.of(people),
        )

    def placed(self, ways: Mapping[int, Way]) -> "Crew":
        """The same, with where these are."""
        people = [
            replace(one, lat=way.lat, lon=way.lon, route=way.route) if (way := ways.get(one.member_id)) else one
            for one in self.people
        ]
        places = {name: np.array([getattr(one, name) for one in people], float) for name in ("lat", "lon")}
        return replace(self, people=people, numbers={**self.numbers, **places}, route=Route.of(people))

    def __len__(self) -> int:
        return len(self.people)

    def level(self, table: Mapping[Any, NDArray[np.int64]], code: Any) -> NDArray[np.int64]:
        """A column of one of the tables; nobody has what is not there."""
        found = table.get(code)
        return np.zeros(len(self), np.int64) if found is None else found


@dataclass(frozen=True, slots=True)
class Route:
    """What each candidate still has to visit, a row each, padded by NaN: degrees, minutes from the stop before (or from
    where they are) to each, and minutes from now (less what runs) until each is left."""

    lat: Floats
    lon: Floats
    legs: Floats
    left: Floats

    @classmethod
    def of(cls, people: Sequence[Candidate]) -> "Route":
        width = max((len(one.route) for one in people), default=0)
        stops = np.full((len(people), width, 3), np.nan)
        for row, one in enumerate(people):
            if one.route:
                stops[row, : len(one.route)] = one.route
        here = np.array([[(one.lat, one.lon)] for one in people], float).reshape(len(people), 1, 2)
        points = np.concatenate([here, stops[:, :, :2]], axis=1)
        legs = across(points[:, :-1, 0], points[:, :-1, 1], stops[:, :, 0], stops[:, :, 1])
        legs = np.where(np.isnan(legs) & ~np.isnan(stops[:, :, 0]), UNKNOWN_TRAVEL, legs)
        return cls(stops[:, :, 0], stops[:, :, 1], legs, np.cumsum(legs + stops[:, :, 2], axis=1))


def across(lat: Floats, lon: Floats, to_lat: Floats | float, to_lon: Floats | float) -> Floats:
    """Minutes of travel between places of one town, on a flat map: within a per mille of the great circle there, at a
    tenth of its price."""
    wide = np.cos(np.radians((lat + to_lat) / 2))
    km = EARTH_KM * np.radians(np.hypot(to_lat - lat, (to_lon - lon) * wide))
    return np.asarray(np.where(km < SAME_KM, 0.0, km * DETOUR / SPEED_KMH * 60 + STOP_MINUTES))


_FLAGS = ("active", "on_duty", "stopped", "responsible", "knows_asset", "contractor", "by_bot")
_NUMBERS = ("lat", "lon", "open_jobs", "busy", "today", "visits", "rating", "lacks", "hourly_rate")


def _by_code(held: Sequence[Mapping[K, int]]) -> dict[K, NDArray[np.int64]]:
    """A column for each code that somebody has; 0: has it not."""
    rows: dict[K, list[int]] = {}
    values: dict[K, list[int]] = {}
    for row, one in enumerate(held):
        for code, value in one.items():
            rows.setdefault(code, []).append(row)
            values.setdefault(code, []).append(value)
    columns = {}
    for code, where in rows.items():
        columns[code] = np.zeros(len(held), np.int64)
        columns[code][where] = values[code]
    return columns


def _spans(spans: Sequence[Sequence[Span]]) -> tuple[Floats, Floats]:
    """Starts and ends, padded by stretches that never come."""
    width = max((len(one) for one in spans), default=0)
    starts, ends = (np.full((len(spans), width), np.inf) for _ in range(2))
    ends[:] = -np.inf
    for row, one in enumerate(spans):
        for n, (start, end) in enumerate(one):
            starts[row, n], ends[row, n] = start.timestamp(), end.timestamp()
    return starts, ends
