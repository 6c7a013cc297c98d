"""Rotas: which shifts a cycle of days means, where they collide and what they leave bare. Pure: aware times, UTC out.

A rota as data: `{"zone": "Europe/Moscow", "starts_on": "2027-01-01", "cycle": [[["08:00", "20:00"]], [["20:00",
"08:00"]], [], []], "country": "RU", "holidays": "off", "short": 60}`. A shift belongs to the day on which it begins; an
end that is not after its start lies on the next day, an end equal to it is a shift of 24 hours. `holidays`: work (no
matter), off (nobody works). `short`: minutes by which shifts of the day before a holiday end earlier.

Times are those of the zone's wall clock, read as RFC 5545 says: a time that spring leaves out is meant by the clock
before the change, of a time that autumn repeats the first is meant.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.kernel.errors import Refusal

DAY_MINUTES = 1440
DAY = timedelta(days=1)
MOST_CYCLE, MOST_SPANS, MOST_DAYS = 366, 4, 400
MOST_SHORT = 240
LEAST_REST, LONGEST_BREAK = timedelta(hours=11), timedelta(hours=3)
LONGEST_DAY = timedelta(hours=16)
HOLIDAY_RULES = ("work", "off")

Hours = tuple[int, int]
"""From and to in minutes after midnight of the day they begin on; `to` at most 24 hours after `from`."""


@dataclass(frozen=True, slots=True)
class Rota:
    """`cycle` holds the hours of each of its days; its first day falls on `starts_on`."""

    zone: tzinfo
    starts_on: date
    cycle: tuple[tuple[Hours, ...], ...]
    country: str = ""
    holidays: str = "work"
    short: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift that a rota means; `day` is the day of the rota's zone on which it begins."""

    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong between two shifts of one person: `overlap`, or `rest` that is too short."""

    kind: Literal["overlap", "rest"]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays by day, each with its name."""

    days: Mapping[date, str] = field(default_factory=dict)

    def eve(self, day: date) -> bool:
        """A working day after which a holiday comes."""
        return day not in self.days and day + DAY in self.days


def rota_of(data: Mapping[str, Any]) -> Rota:
    """The rota that this data describes, checked. `schedule.bad_rota.<why>` with `field`: zone, starts_on, empty, long,
    hours, overlap, idle, country, holidays, short; `day` counts from 1."""
    try:
        zone = ZoneInfo(str(data["zone"]))
    except (KeyError, ValueError, OSError) as error:
        raise _bad("zone", "zone") from error
    try:
        starts_on = date.fromisoformat(str(data.get("starts_on")))
    except ValueError as error:
        raise _bad("starts_on", "starts_on") from error
    country, holidays, short = data.get("country", ""), data.get("holidays", "work"), data.get("short", 0)
    if not isinstance(country, str) or len(country) > 3 or (country and not country.isalpha()):
        raise _bad("country", "country")
    if holidays not in HOLIDAY_RULES:
        raise _bad("holidays", "holidays")
    if not isinstance(short, int) or not 0 <= short <= MOST_SHORT:
        raise _bad("short", "short")
    return Rota(zone, starts_on, _cycle(data.get("cycle")), country, holidays, short)


def _cycle(told: Any) -> tuple[tuple[Hours, ...], ...]:
    if not isinstance(told, list) or not told:
        raise _bad("cycle", "empty")
    if len(told) > MOST_CYCLE:
        raise _bad("cycle", "long", most=MOST_CYCLE)
    cycle = tuple(_day(hours, n) for n, hours in enumerate(told, 1))
    if not any(cycle):
        raise _bad("cycle", "idle")
    _apart(cycle)
    return cycle


def _day(told: Any, number: int) -> tuple[Hours, ...]:
    if not isinstance(told, list) or len(told) > MOST_SPANS:
        raise _bad("cycle", "hours", day=number)
    return tuple(sorted(_pair(pair, number) for pair in told))


def _pair(pair: Any, number: int) -> Hours:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise _bad("cycle", "hours", day=number)
    start, end = (minute_of(text) for text in pair)
    if start is None or end is None or start == DAY_MINUTES:
        raise _bad("cycle", "hours", day=number)
    return start, end if end > start else end + DAY_MINUTES


def minute_of(text: Any) -> int | None:
    """Minutes after midnight of «09:30»; «24:00» is the end of the day; None for anything else."""
    if text == "24:00":
        return DAY_MINUTES
    if not isinstance(text, str) or len(text) != 5 or text[2] != ":":
        return None
    try:
        at = time.fromisoformat(text)
    except ValueError:
        return None
    return at.hour * 60 + at.minute


def clock_of(minute: int) -> str:
    """«09:30» for minutes after midnight, of the next day too."""
    hours, minutes = divmod(minute, 60)
    return f"{hours % 24:02}:{minutes:02}"


def _apart(cycle: Sequence[Sequence[Hours]]) -> None:
    """Each shift ends before the next one begins, over the end of the cycle as well."""
    size = len(cycle)
    found = [(n * DAY_MINUTES + start, n * DAY_MINUTES + end) for n, hours in enumerate(cycle) for start, end in hours]
    first = found[0]
    again = (first[0] + size * DAY_MINUTES, first[1] + size * DAY_MINUTES)
    for (_, end), (start, _) in pairwise([*found, again]):
        if start < end:
            raise _bad("cycle", "overlap", day=start // DAY_MINUTES % size + 1)


def _bad(name: str, why: str, **more: Any) -> Refusal:
    return Refusal(f"schedule.bad_rota.{why}", field=name, **more)


def cycle_day(rota: Rota, day: date, first: int | None = None, since: date | None = None) -> int:
    """Which day of the cycle (from 0) a date is; the cycle's day `first` falls on `since` where both are given."""
    if first is None or since is None:
        return (day - rota.starts_on).days % len(rota.cycle)
    return (first + (day - since).days) % len(rota.cycle)


def expand(
    rota: Rota,
    since: date,
    until: date,
    holidays: Holidays | None = None,
    first: int | None = None,
    anchor: date | None = None,
) -> list[Planned]:
    """The shifts that begin on the days [since, until). `first` and `anchor`: the cycle's day `first` falls on
    `anchor`. `schedule.bad_period` for an end before the start, `schedule.long_period` for more than 400 days."""
    if until < since:
        raise Refusal("schedule.bad_period")
    if (until - since).days > MOST_DAYS:
        raise Refusal("schedule.long_period", most=MOST_DAYS)
    free = holidays or Holidays()
    found = []
    for n in range((until - since).days):
        day = since + n * DAY
        if rota.holidays == "off" and day in free.days:
            continue
        cut = rota.short if free.eve(day) else 0
        for start, end in rota.cycle[cycle_day(rota, day, first, anchor)]:
            begin, stop = moment(day, start, rota.zone), moment(day, max(end - cut, start), rota.zone)
            if stop > begin:
                found.append(Planned(day, begin, stop))
    return found


def moment(day: date, minute: int, zone: tzinfo) -> datetime:
    """When the wall clock of the zone shows that minute of the day; minutes past 24 hours lie on the next day."""
    return (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=zone).astimezone(UTC)


def troubles(shifts: Iterable[tuple[datetime, datetime]], rest: timedelta = LEAST_REST) -> list[Trouble]:
    """Neighbours of one person that collide, or between which there is too little rest. A pause of up to three hours
    belongs to a broken working day, which lasts 16 hours at most."""
    found: list[Trouble] = []
    ordered = sorted(shifts)
    if not ordered:
        return found
    began, latest = ordered[0]
    for start, end in ordered[1:]:
        pause, broken = start - latest, False
        if pause < timedelta():
            found.append(Trouble("overlap", start, min(latest, end)))
        elif pause <= LONGEST_BREAK:
            broken = end - began <= LONGEST_DAY
        if timedelta() <= pause < rest and not broken:
            found.append(Trouble("rest", latest, start))
        if pause >= timedelta() and not broken:
            began = start
        latest = max(latest, end)
    return found


def gaps(wanted: Iterable[Stretch], shifts: Iterable[tuple[datetime, datetime]]) -> list[Stretch]:
    """Parts of the wanted time in which nobody works, by their start."""
    found: list[Stretch] = []
    busy = sorted(shifts)
    for need in sorted(wanted, key=lambda one: one.start):
        at = need.start
        for start, end in busy:
            if end <= at:
                continue
            if start >= need.end:
                break
            if start > at:
                found.append(Stretch(at, start))
            at = max(at, end)
        if at < need.end:
            found.append(Stretch(at, need.end))
    return found


def night_minutes(start: datetime, end: datetime, zone: tzinfo, hours: Hours = (22 * 60, 30 * 60)) -> int:
    """Minutes of a stretch that lie in the night, from 22:00 to 06:00 of the zone's wall clock."""
    day = start.astimezone(zone).date() - DAY
    total = timedelta()
    while day <= end.astimezone(zone).date():
        begin, stop = moment(day, hours[0], zone), moment(day, hours[1], zone)
        total += max(min(stop, end) - max(begin, start), timedelta())
        day += DAY
    return round(total.total_seconds() / 60)


def by_day(start: datetime, end: datetime, zone: tzinfo) -> list[tuple[date, datetime, datetime]]:
    """A stretch cut at the midnights of the zone."""
    found, at, until = [], start.astimezone(UTC), end.astimezone(UTC)
    while at < until:
        day = at.astimezone(zone).date()
        midnight = moment(day + DAY, 0, zone)
        if midnight <= at:
            midnight = datetime.combine(day + DAY, time(fold=1), zone).astimezone(UTC)
        found.append((day, at, min(midnight, until)))
        at = min(midnight, until)
    return found
