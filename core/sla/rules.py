"""What was promised by when. Pure: times in, times out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.schedule.calendars import ALWAYS, Calendar, Span, add, merged, moment_at

KINDS = ("response", "arrival", "resolution")

Minutes = Mapping[str, Mapping[str, int]]


def policy_for(company: Minutes, terms: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Minutes by priority and kind: the company's, with what a contract's terms name put over them.

    What is no positive whole number of minutes in the terms is passed over."""
    return {
        priority: {kind: _minutes(terms, priority, kind) or usual for kind, usual in kinds.items()}
        for priority, kinds in company.items()
    }


def _minutes(terms: Mapping[str, Any], priority: str, kind: str) -> int | None:
    row = terms.get(priority)
    value = row.get(kind) if isinstance(row, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the way to a deadline. `wanted`: the customer gave us this time, whatever the calendar says."""

    seconds: float
    wanted: bool = False


def legs(
    started_at: datetime,
    minutes: Mapping[str, int],
    calendar: Calendar = ALWAYS,
    wanted_from: datetime | None = None,
    wanted_to: datetime | None = None,
) -> dict[str, tuple[Leg, ...]]:
    """The way to each kind, for clocks that start at `started_at` (aware).

    Whoever wants us later than we promise is not kept waiting: arrival is then due by the end of their window (by its
    start plus an hour when it has no end), and resolution moves along with it.
    """
    ways: dict[str, tuple[Leg, ...]] = {kind: (Leg(minutes[kind] * 60),) for kind in KINDS}
    wanted = wanted_to or (wanted_from + timedelta(hours=1) if wanted_from else None)
    if wanted and wanted > way(started_at, ways["arrival"], calendar)[0]:
        given = Leg((wanted - started_at).total_seconds(), wanted=True)
        rest = max(0, minutes["resolution"] - minutes["arrival"])
        ways |= {"arrival": (given,), "resolution": (given, Leg(rest * 60))}
    return ways


def way(
    started_at: datetime, parts: Sequence[Leg], calendar: Calendar = ALWAYS, pauses: Sequence[Span] = ()
) -> tuple[datetime, list[Span]]:
    """When the last leg ends, and every interval until then with its reason."""
    at, found = started_at, []
    for leg in parts:
        at, intervals = add(ALWAYS if leg.wanted else calendar, at, timedelta(seconds=leg.seconds), pauses)
        found += [replace(one, kind="wanted") if leg.wanted and one.counts else one for one in intervals]
    return at, merged(found)


def warnings(intervals: Sequence[Span], warn: Sequence[int]) -> list[datetime]:
    """When to warn: at these per cent of the time that counts."""
    return [moment_at(intervals, percent / 100) for percent in warn]
