"""Who works when, who works now, and the business calendars."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core.company.queries import company
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed


@dataclass(frozen=True, slots=True)
class ShiftView:
    """Planned times, and the actual ones as the person pressed (None: not yet)."""

    id: int
    member_id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


_SHIFTS = """
SELECT s.id, s.member_id, m.name, s.starts_at, s.ends_at, s.opened_at, s.closed_at
FROM schedule_shifts s JOIN people_members m ON m.id = s.member_id
WHERE s.starts_at < $2 AND s.ends_at > $1 AND ($3::bigint IS NULL OR s.member_id = $3) ORDER BY s.starts_at, m.name
"""


async def shifts_on(day: date, member_id: int | None = None) -> list[ShiftView]:
    """The shifts that touch a day of the company's calendar."""
    zone = (await company()).tz
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return await shifts_between(start, end, member_id)


async def shifts_between(start: datetime, end: datetime, member_id: int | None = None) -> list[ShiftView]:
    """The shifts that touch a stretch of time, by their start."""
    return [ShiftView(**dict(row)) for row in await fetch(_SHIFTS, start, end, member_id)]


async def shifts_ahead(member_id: int, days: int = 14) -> list[ShiftView]:
    """A person's shifts that run now or begin within `days`."""
    return await shifts_between(now(), now() + timedelta(days=days), member_id)


@dataclass(frozen=True, slots=True)
class OnDuty:
    id: int
    name: str
    since: datetime


async def on_duty() -> list[OnDuty]:
    """Whoever opened a shift and has not closed it, the longest first."""
    rows = await fetch(
        "SELECT id, name, on_duty_at AS since FROM people_members WHERE on_duty_at IS NOT NULL AND active"
        " ORDER BY on_duty_at, id"
    )
    return [OnDuty(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A version of a calendar; `data` as in `schedule/calendars.py`."""

    id: int
    code: str
    name: dict[str, str]
    data: dict[str, Any]


_CALENDARS = "SELECT DISTINCT ON (code) id, code, name, data FROM schedule_calendars"


async def calendars() -> list[CalendarView]:
    """The calendars as they are now, by code."""
    return [_calendar(row) for row in await fetch(f"{_CALENDARS} ORDER BY code, id DESC")]


async def calendar_now(code: str) -> CalendarView:
    row = await fetchrow(f"{_CALENDARS} WHERE code = $1 ORDER BY code, id DESC", code)
    if row is None:
        raise NotFound("schedule.calendar", calendar=code)
    return _calendar(row)


async def calendar_version(calendar_id: int) -> CalendarView:
    """A calendar as it was when something was promised by it."""
    row = await fetchrow("SELECT id, code, name, data FROM schedule_calendars WHERE id = $1", calendar_id)
    if row is None:
        raise NotFound("schedule.calendar", id=calendar_id)
    return _calendar(row)


def _calendar(row: Any) -> CalendarView:
    return CalendarView(row["id"], row["code"], parsed(row["name"]), parsed(row["data"]))
