"""Working time: when a business calendar counts, and when so much of it is over. Pure: aware times in, UTC out.

A minute counts when the clock on the wall of the calendar's zone shows working hours: an hour that spring leaves out
counts for nothing, one that autumn repeats counts twice. Hours belong to the day on which they begin; those over
midnight run on into the next day, a holiday too.

As data: `{"zone": "Europe/Moscow", "week": [[["09:00", "18:00"]], …], "days": {"2027-01-01": {"kind": "holiday",
"hours": [], "name": "Новый год"}}}`. The week begins with Monday; «24:00» ends a day, an end that is not after its
start lies on the next day. `kind`: holiday (no hours), short, extra (a day that works by hours of its own).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.kernel.errors import Refusal

DAY_MINUTES = 1440
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FAR = timedelta(days=20 * 366)
DAY_KINDS = ("holiday", "short", "extra")
MOST_DAYS, MOST_HOURS, LEAST_WEEK = 1000, 8, 600
"""With ten hours a week and a thousand holidays a year's worth of minutes is over within twenty years."""

Hours = tuple[int, int]
"""From and to in minutes after midnight of the day they begin on; `to` may lie on the next day."""

Kind = Literal["work", "off", "holiday", "pause", "wanted"]


@dataclass(frozen=True, slots=True)
class Day:
    """A day that differs from its week."""

    kind: str
    hours: tuple[Hours, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """`week` holds seven days' hours, Monday first."""

    zone: tzinfo
    week: tuple[tuple[Hours, ...], ...]
    days: Mapping[date, Day] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        """Working minutes of a usual week, where hours overlap more than there are."""
        return sum(end - start for hours in self.week for start, end in hours)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one kind. `wanted` is time that the customer gave us; `note` names the day or tells the reason."""

    start: datetime
    end: datetime
    kind: Kind
    note: str = ""

    @property
    def counts(self) -> bool:
        return self.kind in ("work", "wanted")


ALWAYS = Calendar(UTC, (((0, DAY_MINUTES),),) * 7)
"""Around the clock."""


def spans(calendar: Calendar, since: datetime, until: datetime) -> list[Span]:
    """What each part of [since, until) is, without gaps: work, off or holiday."""
    found: list[Span] = []
    for piece in _pieces(calendar, since):
        if piece.start >= until:
            break
        found.append(replace(piece, end=min(piece.end, until)))
    return merged(found)


def add(
    calendar: Calendar, start: datetime, duration: timedelta, pauses: Sequence[Span] = ()
) -> tuple[datetime, list[Span]]:
    """When `duration` of working time is over, and the intervals from `start` until then, each with its reason.

    What lies in a pause (spans of kind `pause`, by their start) does not count. `schedule.too_far` when twenty years
    are not enough.
    """
    found: list[Span] = []
    left = duration
    if left <= timedelta():
        return start.astimezone(UTC), []
    for piece in _pieces(calendar, start):
        for part in _cut(piece, pauses):
            length = part.end - part.start
            if part.counts and length >= left:
                due = part.start + left
                return due, merged([*found, replace(part, end=due)])
            found.append(part)
            left -= length if part.counts else timedelta()
    raise Refusal("schedule.too_far")


def moment_at(intervals: Sequence[Span], share: float) -> datetime:
    """When so much (0 to 1) of what counts in the intervals of `add` is over."""
    left = sum((one.end - one.start for one in intervals if one.counts), timedelta()) * share
    for one in intervals:
        if one.counts and one.end - one.start >= left:
            return one.start + left
        left -= one.end - one.start if one.counts else timedelta()
    raise ValueError("no intervals")


def merged(pieces: Sequence[Span]) -> list[Span]:
    """Neighbours of one kind and note as one."""
    found: list[Span] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and (last.end, last.kind, last.note) == (piece.start, piece.kind, piece.note):
            found[-1] = replace(last, end=piece.end)
        else:
            found.append(piece)
    return found


def _pieces(calendar: Calendar, since: datetime) -> Iterator[Span]:
    """What time is from `since` on, by stretches of at most a day in which the zone keeps its distance from UTC."""
    at = since.astimezone(UTC)
    end = at + FAR
    if calendar == ALWAYS:
        yield Span(at, end, "work")
        return
    while at < end:
        until, shift = _steady(calendar.zone, at)
        for piece in _wall(calendar, (at + shift).replace(tzinfo=None), (until + shift).replace(tzinfo=None)):
            start, stop = (moment.replace(tzinfo=UTC) - shift for moment in (piece.start, piece.end))
            yield replace(piece, start=start, end=stop)
        at = until


def _steady(zone: tzinfo, at: datetime) -> tuple[datetime, timedelta]:
    """Until when (a day at most) the zone keeps its distance from UTC, and that distance. Clocks are changed at whole
    seconds, and never twice within a day."""
    shift = _shift(zone, at)
    if _shift(zone, at + DAY) == shift:
        return at + DAY, shift
    same, other = at.replace(microsecond=0), at.replace(microsecond=0) + DAY + SECOND
    while other - same > SECOND:
        middle = (same + (other - same) / 2).replace(microsecond=0)
        same, other = (middle, other) if _shift(zone, middle) == shift else (same, middle)
    return other, shift


def _shift(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _wall(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    """The same on the wall, where times have no zone; a gap is told apart day by day."""
    at, day = since, since.date() - DAY
    while at < until:
        midnight = datetime.combine(day, time())
        for start, end, note in _hours(calendar, day):
            begin, stop = midnight + timedelta(minutes=start), min(midnight + timedelta(minutes=end), until)
            if stop > at and begin < until:
                yield from _gap(calendar, at, begin)
                at = max(at, begin)
                yield Span(at, stop, "work", note)
                at = stop
        day += DAY
        if day > until.date():
            yield from _gap(calendar, at, until)
            at = until


def _hours(calendar: Calendar, day: date) -> list[tuple[int, int, str]]:
    special = calendar.days.get(day)
    hours = calendar.week[day.weekday()] if special is None else special.hours
    return [(start, end, special.name if special else "") for start, end in sorted(hours)]


def _gap(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    at = since
    while at < until:
        stop = min(until, datetime.combine(at.date() + DAY, time()))
        special = calendar.days.get(at.date())
        if special is not None and special.kind == "holiday":
            yield Span(at, stop, "holiday", special.name)
        else:
            yield Span(at, stop, "off")
        at = stop


def _cut(piece: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    """The piece with the pauses laid over it."""
    at = piece.start
    for pause in pauses:
        if pause.end <= at or pause.start >= piece.end:
            continue
        if pause.start > at:
            yield replace(piece, start=at, end=pause.start)
        at, begin = min(pause.end, piece.end), max(pause.start, at)
        yield Span(begin, at, "pause", pause.note)
    if at < piece.end:
        yield replace(piece, start=at)


def checked(data: Mapping[str, Any]) -> Calendar:
    """The calendar to be kept: at least ten hours a week. `schedule.bad_calendar` with `field`."""
    made = calendar_of(data)
    if made.minutes < LEAST_WEEK:
        raise _bad("week")
    return made


def calendar_of(data: Mapping[str, Any]) -> Calendar:
    """The calendar that this data describes. `schedule.bad_calendar` with `field`: zone, week, days, or the day."""
    try:
        zone = ZoneInfo(str(data["zone"]))
    except (KeyError, ValueError, OSError) as error:
        raise _bad("zone") from error
    week = data.get("week")
    if not isinstance(week, list) or len(week) != 7:
        raise _bad("week")
    days = data.get("days", {})
    if not isinstance(days, Mapping) or len(days) > MOST_DAYS:
        raise _bad("days")
    hours = tuple(_read_hours(pairs, "week") for pairs in week)
    return Calendar(zone, hours, dict(_read_day(*pair) for pair in days.items()))


def _read_day(text: Any, told: Any) -> tuple[date, Day]:
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise _bad(str(text)) from error
    if not isinstance(told, Mapping) or told.get("kind") not in DAY_KINDS:
        raise _bad(text)
    hours, name = _read_hours(told.get("hours", []), text), told.get("name", "")
    if bool(hours) == (told["kind"] == "holiday") or not isinstance(name, str) or len(name) > 100:
        raise _bad(text)
    return day, Day(told["kind"], hours, name.strip())


def _read_hours(hours: Any, name: str) -> tuple[Hours, ...]:
    if not isinstance(hours, list) or len(hours) > MOST_HOURS:
        raise _bad(name)
    return tuple(_read_pair(pair, name) for pair in hours)


def _read_pair(pair: Any, name: str) -> Hours:
    if not isinstance(pair, list) or len(pair) != 2:
        raise _bad(name)
    start, end = (_minute(text, name) for text in pair)
    if start in (DAY_MINUTES, end):
        raise _bad(name)
    return start, end if end > start else end + DAY_MINUTES


def _minute(text: Any, name: str) -> int:
    """Minutes after midnight of «09:30»; «24:00» is the end of the day."""
    if text == "24:00":
        return DAY_MINUTES
    try:
        at = time.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise _bad(name) from error
    if len(text) != 5:
        raise _bad(name)
    return at.hour * 60 + at.minute


def _bad(name: str) -> Refusal:
    return Refusal("schedule.bad_calendar", field=name)
