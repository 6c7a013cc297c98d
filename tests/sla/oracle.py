"""A slow calendar that goes minute by minute, and random cases on which the real one must say the same.

`python -m tests.sla.oracle 10000`: first every change of every zone's clocks from 2020 to 2037, then random moments.
It shares no code with `core/schedule/calendars.py` and reads the calendar as data.
"""

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from core.schedule.calendars import Span, add, calendar_of, moment_at, spans

FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2020, 2038))
WEEK = 7 * 86_400
SHARES = (50, 80)
HOURS = (
    *(["09:00", "18:00"], ["09:00", "13:00"], ["14:00", "18:30"], ["22:00", "06:00"], ["00:00", "24:00"]),
    *(["01:30", "02:30"], ["02:00", "03:00"], ["20:00", "24:00"], ["00:00", "04:15"], ["23:30", "00:30"]),
)


@dataclass(frozen=True, slots=True)
class Case:
    """Times in whole minutes since 1970; pauses from and to."""

    data: dict[str, Any]
    start: int
    minutes: int
    pauses: tuple[tuple[int, int], ...]


def changes(zone: str) -> list[int]:
    """The seconds since 1970 at which the zone's clocks are changed; they are weeks apart."""
    info, found = ZoneInfo(zone), []

    def shift(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, info).utcoffset()

    for at in range(FIRST, LAST, WEEK):
        low, high = at, at + WEEK
        if shift(low) != shift(high):
            before = shift(low)
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if shift(middle) == before else (low, middle)
            found.append(high)
    return found


def works(data: dict[str, Any], at: int, zone: ZoneInfo) -> bool:
    """Whether the wall's clock shows working hours at this minute."""
    wall = datetime.fromtimestamp(at * 60, zone)
    today = wall.date()
    shown = f"{wall.hour:02}:{wall.minute:02}"
    for start, end in _told(data, today):
        if start <= shown and (shown < end or end <= start):
            return True
    return any(end <= start and shown < end for start, end in _told(data, today - timedelta(days=1)))


def _told(data: dict[str, Any], day: date) -> Any:
    special = data["days"].get(day.isoformat())
    return data["week"][day.weekday()] if special is None else special["hours"]


def by_minutes(case: Case) -> tuple[int, list[int]]:
    """When the time is over, and every minute until then that counted."""
    zone, counted, at = ZoneInfo(case.data["zone"]), [], case.start
    while len(counted) < case.minutes:
        if works(case.data, at, zone) and not any(start <= at < end for start, end in case.pauses):
            counted.append(at)
        at += 1
    return (at if case.minutes else case.start), counted


def random_case(rng: random.Random, zone: str, change: int | None) -> Case:
    """Around a change of the clocks, or anywhere."""
    near = change // 60 if change is not None else rng.randrange(FIRST // 60, LAST // 60)
    start = near - rng.randrange(0, 1500) if change is not None else near
    week = [rng.choices(HOURS, k=rng.choice((0, 1, 1, 2))) for _ in range(7)]
    week[rng.randrange(7)] = [list(rng.choice(HOURS))]
    days = {}
    for offset in rng.sample(range(-1, 5), rng.choice((0, 0, 1, 2))):
        kind = rng.choice(("holiday", "short", "extra"))
        hours = [] if kind == "holiday" else [list(rng.choice(HOURS))]
        day = datetime.fromtimestamp(near * 60, ZoneInfo(zone)).date() + timedelta(days=offset)
        days[day.isoformat()] = {"kind": kind, "hours": hours, "name": kind}
    pauses = []
    for _ in range(rng.choice((0, 0, 1, 3))):
        begin = start + rng.randrange(-200, 2000)
        pauses.append((begin, begin + rng.randrange(1, 1000)))
    minutes = rng.choice((0, 1, rng.randrange(1, 120), rng.randrange(1, 1200)))
    return Case({"zone": zone, "week": week, "days": days}, start, minutes, tuple(sorted(pauses)))


def judge(case: Case) -> str | None:
    """What the calendar says otherwise than the oracle; None when they agree on the end, on every interval on the way
    and on the shares."""
    calendar, start = calendar_of(case.data), _moment(case.start)
    pauses = [Span(_moment(begin), _moment(end), "pause", "part") for begin, end in case.pauses]
    due, intervals = add(calendar, start, timedelta(minutes=case.minutes), pauses)
    end, counted = by_minutes(case)
    if due != _moment(end):
        return f"due {due}, not {_moment(end)}"
    if not _whole(intervals, start, due):
        return "the intervals leave gaps"
    if _minutes_of([one for one in intervals if one.counts]) != counted:
        return "the intervals count other minutes"
    for percent in SHARES if counted else ():
        nth, passed = _nth(case.minutes * percent)
        wanted = _moment(counted[nth]) + passed
        if moment_at(intervals, percent / 100) != wanted:
            return f"{percent} % of it at {moment_at(intervals, percent / 100)}, not {wanted}"
    told = [one for one in spans(calendar, start, due) if one.kind == "work"]
    zone = ZoneInfo(case.data["zone"])
    if _minutes_of(told) != [at for at in range(case.start, end) if works(case.data, at, zone)]:
        return "spans() tells other hours"
    return None


def _nth(hundredths: int) -> tuple[int, timedelta]:
    """In which of the minutes that count, and how far in it, so many hundredths of a minute have passed."""
    nth = (hundredths - 1) // 100
    return nth, timedelta(milliseconds=600 * (hundredths - 100 * nth))


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _whole(intervals: Sequence[Span], start: datetime, due: datetime) -> bool:
    edges = [start, *(one.end for one in intervals)]
    return [one.start for one in intervals] == edges[:-1] and edges[-1] == due


def _minutes_of(intervals: Sequence[Span]) -> list[int]:
    return [
        minute
        for one in intervals
        for minute in range(int(one.start.timestamp()) // 60, int(one.end.timestamp()) // 60)
    ]


def main(count: int, seed: int = 1) -> int:
    began, rng = time.monotonic(), random.Random(seed)
    zones = sorted(available_timezones())
    known = [(zone, at) for zone in zones for at in changes(zone)]
    rng.shuffle(known)
    plan: list[tuple[str, int | None]] = list(known[:count])
    plan += [(zones[n % len(zones)], None) for n in range(count - len(plan))]
    wrong = 0
    for number, (zone, change) in enumerate(plan, 1):
        case = random_case(rng, zone, change)
        if said := judge(case):
            wrong += 1
            sys.stdout.write(f"{said}: {case}\n")
        if number % 1000 == 0:
            sys.stderr.write(f"{number} of {count}, {wrong} wrong\n")
    covered = sum(change is not None for _, change in plan)
    sys.stdout.write(
        f"{count} cases, seed {seed}: {len({zone for zone, _ in plan})} of {len(zones)} zones, {covered} of"
        f" {len(known)} changes of clocks, {wrong} wrong, {time.monotonic() - began:.0f} s\n"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in sys.argv[1:] or ("10000",))))
