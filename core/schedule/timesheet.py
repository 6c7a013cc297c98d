"""Hours of a day for the timesheet, with codes that catalogues spell, in Russian as the form Т-13 does. Pure;
minutes, days of the company's zone.

What a person pressed is what they worked. A shift that nobody closed counts until its planned end, with a doubt; one
that nobody opened and that is over is an absence without a reason (`unknown`). Hours over what was planned are
overtime.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from core.schedule.rules import by_day, night_minutes

CAME, NIGHT, OVER, FREE, UNKNOWN = "came", "night", "over", "free", "unknown"


@dataclass(frozen=True, slots=True)
class Turn:
    """A shift: planned, and as the person pressed."""

    start: datetime
    end: datetime
    opened: datetime | None = None
    closed: datetime | None = None


@dataclass(slots=True)
class DayHours:
    """`doubt`: somebody should look (a shift that was not closed, or not opened). `codes`, such as `["came", "night"]`;
    an absence is coded by its kind."""

    day: date
    planned: int = 0
    worked: int = 0
    night: int = 0
    overtime: int = 0
    on_site: int = 0
    travel: int = 0
    doubt: bool = False
    away: str = ""
    missed: bool = False

    @property
    def codes(self) -> list[str]:
        found = []
        if self.worked:
            found += [CAME, *([NIGHT] if self.night else ()), *([OVER] if self.overtime else ())]
        elif self.away:
            found.append(self.away)
        elif self.missed:
            found.append(UNKNOWN)
        elif not self.planned:
            found.append(FREE)
        return found


def sheet(
    days: Iterable[date],
    turns: Iterable[Turn],
    away: Iterable[tuple[date, date, str]],
    visits: Iterable[tuple[datetime, datetime]],
    ways: Iterable[tuple[datetime, datetime]],
    now: datetime,
    zone: tzinfo,
) -> list[DayHours]:
    """A person's days. `away`: first and last day and kind of approved absences; shifts that begin in one are not
    expected. `visits` and `ways`: stays on site, and the way there."""
    found = {day: DayHours(day) for day in days}
    for first, last, kind in away:
        for day, one in found.items():
            if first <= day <= last:
                one.away = kind
    for turn in turns:
        _count(found, turn, now, zone)
    for name, stretches in (("on_site", visits), ("travel", ways)):
        for start, end in stretches:
            for day, begin, stop in by_day(start, end, zone):
                if day in found:
                    setattr(found[day], name, getattr(found[day], name) + _minutes(begin, stop))
    return list(found.values())


def _count(found: dict[date, DayHours], turn: Turn, now: datetime, zone: tzinfo) -> None:
    own = found.get(turn.start.astimezone(zone).date())
    if turn.opened is None:
        if own is not None and own.away:
            return
        for day, begin, stop in by_day(turn.start, turn.end, zone):
            if day in found:
                found[day].planned += _minutes(begin, stop)
        if own is not None and turn.end <= now:
            own.missed = own.doubt = True
        return
    end = turn.closed or min(now, turn.end)
    for day, begin, stop in by_day(turn.start, turn.end, zone):
        if day in found:
            found[day].planned += _minutes(begin, stop)
    for day, begin, stop in by_day(turn.opened, end, zone):
        if day in found:
            found[day].worked += _minutes(begin, stop)
            found[day].night += night_minutes(begin, stop, zone)
    last = found.get(end.astimezone(zone).date())
    if last is not None and end > turn.opened:
        last.overtime += max(_minutes(turn.opened, end) - _minutes(turn.start, turn.end), 0)
        last.doubt = last.doubt or (turn.closed is None and turn.end <= now)


def _minutes(start: datetime, end: datetime) -> int:
    return max(round((end - start).total_seconds() / 60), 0)


def total(days: Iterable[DayHours]) -> DayHours:
    """The sums of a month; `day` is its first."""
    listed = list(days)
    names = ("planned", "worked", "night", "overtime", "on_site", "travel")
    return DayHours(
        listed[0].day,
        **{name: sum(getattr(day, name) for day in listed) for name in names},
        doubt=any(day.doubt for day in listed),
    )
