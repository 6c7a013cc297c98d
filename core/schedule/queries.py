"""Who works when, who works now, who is away or on call, and the business calendars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from core.company.queries import company
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.ids import digest
from core.kernel.read import fetch, fetchrow, fetchval, parsed

WORKING = """(SELECT s.* FROM schedule_shifts s WHERE NOT EXISTS (SELECT FROM schedule_absences a
  WHERE a.member_id = s.member_id AND a.state = 'approved' AND a.starts_at <= s.starts_at AND a.ends_at > s.starts_at))
"""
"""SQL: the shifts that are worked: all but those that begin in an approved absence. Stands for `schedule_shifts`."""


@dataclass(frozen=True, slots=True)
class ShiftView:
    """Planned times, and the actual ones as the person pressed (None: not yet). `rota_id`: the rota that made it."""

    id: int
    member_id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    rota_id: int | None


_SHIFTS = """
SELECT s.id, s.member_id, m.name, s.starts_at, s.ends_at, s.opened_at, s.closed_at, s.rota_id
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


async def shift_view(shift_id: int) -> ShiftView:
    row = await fetchrow(_SHIFTS.split("WHERE")[0] + "WHERE s.id = $1", shift_id)
    if row is None:
        raise NotFound("schedule")
    return ShiftView(**dict(row))


async def working(member_id: int, start: datetime, end: datetime) -> list[ShiftView]:
    """A person's shifts that touch a stretch of time, without those they are away from."""
    sql = _SHIFTS.replace("schedule_shifts s JOIN", f"{WORKING} s JOIN")
    return [ShiftView(**dict(row)) for row in await fetch(sql, start, end, member_id)]


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
class RotaView:
    """A template; `data` as in `schedule/rules.py`. `people`: how many work by it now or later."""

    id: int
    name: dict[str, str]
    data: dict[str, Any]
    people: int


_ROTAS = """
SELECT r.id, r.name, r.data, (SELECT count(DISTINCT a.member_id) FROM schedule_assignments a
  JOIN people_members m ON m.id = a.member_id AND m.active
  WHERE a.rota_id = r.id AND (a.until IS NULL OR a.until >= $1::date)) AS people
FROM schedule_rotas r WHERE r.archived_at IS NULL
"""


async def rotas() -> list[RotaView]:
    """Those that are in use or offered, the oldest first."""
    return [_rota(row) for row in await fetch(f"{_ROTAS} ORDER BY r.id", await today())]


async def rota(rota_id: int) -> RotaView:
    row = await fetchrow(f"{_ROTAS} AND r.id = $2", await today(), rota_id)
    if row is None:
        raise NotFound("schedule.rota")
    return _rota(row)


def _rota(row: Any) -> RotaView:
    return RotaView(row["id"], parsed(row["name"]), parsed(row["data"]), row["people"])


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """`until` is the last day; None: until further notice. `begins_with` counts from 0."""

    id: int
    member_id: int
    member: str
    rota_id: int
    rota: dict[str, str]
    since: date
    until: date | None
    begins_with: int


_ASSIGNMENTS = """
SELECT a.id, a.member_id, m.name AS member, a.rota_id, r.name AS rota, a.since, a.until, a.begins_with
FROM schedule_assignments a JOIN people_members m ON m.id = a.member_id AND m.active
JOIN schedule_rotas r ON r.id = a.rota_id
WHERE (a.until IS NULL OR a.until >= $1::date) AND ($2::bigint IS NULL OR a.member_id = $2)
ORDER BY m.name, m.id, a.since
"""


async def assignments(member_id: int | None = None) -> list[AssignmentView]:
    """Who works by which rota, now and later."""
    rows = await fetch(_ASSIGNMENTS, await today(), member_id)
    return [AssignmentView(**{**dict(row), "rota": parsed(row["rota"])}) for row in rows]


async def fixed_days(first: date, last: date) -> set[tuple[int, date]]:
    """Person and day: planned by hand."""
    rows = await fetch("SELECT member_id, day FROM schedule_fixed_days WHERE day BETWEEN $1::date AND $2", first, last)
    return {(row["member_id"], row["day"]) for row in rows}


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """`first_day` and `last_day` are whole days of the company's calendar; `state` and `kind` as in the models."""

    id: int
    member_id: int
    name: str
    kind: str
    state: str
    note: str
    starts_at: datetime
    ends_at: datetime
    first_day: date
    last_day: date
    revision: int


_ABSENCES = """
SELECT a.id, a.member_id, m.name, a.kind, a.state, a.note, a.starts_at, a.ends_at, a.revision
FROM schedule_absences a JOIN people_members m ON m.id = a.member_id
"""


async def absences(
    start: datetime, end: datetime, member_id: int | None = None, states: Sequence[str] = ("approved", "asked")
) -> list[AbsenceView]:
    """Those that touch a stretch of time, by their start."""
    where = "WHERE a.starts_at < $2 AND a.ends_at > $1 AND ($3::bigint IS NULL OR a.member_id = $3)"
    sql = f"{_ABSENCES} {where} AND a.state = ANY($4::text[]) AND m.active ORDER BY a.starts_at, a.id"
    rows = await fetch(sql, start, end, member_id, list(states))
    return [_absence(row, (await company()).tz) for row in rows]


async def absences_asked() -> list[AbsenceView]:
    """What waits for a decision, the oldest first."""
    rows = await fetch(f"{_ABSENCES} WHERE a.state = 'asked' AND m.active ORDER BY a.id")
    return [_absence(row, (await company()).tz) for row in rows]


async def absence(absence_id: int) -> AbsenceView:
    row = await fetchrow(f"{_ABSENCES} WHERE a.id = $1", absence_id)
    if row is None:
        raise NotFound("schedule.absence")
    return _absence(row, (await company()).tz)


def _absence(row: Any, zone: tzinfo) -> AbsenceView:
    first, last = row["starts_at"].astimezone(zone).date(), row["ends_at"].astimezone(zone).date() - timedelta(days=1)
    return AbsenceView(**dict(row), first_day=first, last_day=last)


@dataclass(frozen=True, slots=True)
class DutyView:
    id: int
    member_id: int
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime


_DUTIES = """
SELECT d.id, d.member_id, m.name, m.phone, d.starts_at, d.ends_at
FROM schedule_duties d JOIN people_members m ON m.id = d.member_id AND m.active
WHERE d.starts_at < $2 AND d.ends_at > $1 AND ($3::bigint IS NULL OR d.member_id = $3)
  AND NOT EXISTS (SELECT FROM schedule_absences a WHERE a.member_id = d.member_id AND a.state = 'approved'
                  AND a.starts_at <= $1 AND a.ends_at > $1 AND $4)
ORDER BY d.starts_at, d.id
"""


async def duties(start: datetime, end: datetime, member_id: int | None = None) -> list[DutyView]:
    """Who is on call in a stretch of time."""
    return [DutyView(**dict(row)) for row in await fetch(_DUTIES, start, end, member_id, False)]


async def on_call(at: datetime) -> list[DutyView]:
    """Who may be woken at that moment: whoever has the duty then, works here still and is not away."""
    return [DutyView(**dict(row)) for row in await fetch(_DUTIES, at, at + timedelta(microseconds=1), None, True)]


@dataclass(frozen=True, slots=True)
class SwapView:
    """`what`: start and end of the offered shift and of the one in return, if any."""

    id: int
    giver_id: int
    giver: str
    taker_id: int
    taker: str
    what: tuple[tuple[datetime, datetime], ...]
    state: str
    expires_at: datetime
    revision: int


_SWAPS = """
SELECT s.id, s.giver_id, g.name AS giver, s.taker_id, t.name AS taker, s.what, s.state, s.expires_at, s.revision
FROM schedule_swaps s JOIN people_members g ON g.id = s.giver_id JOIN people_members t ON t.id = s.taker_id
"""


async def swap(swap_id: int) -> SwapView:
    row = await fetchrow(f"{_SWAPS} WHERE s.id = $1", swap_id)
    if row is None:
        raise NotFound("schedule.swap")
    return _swap(row)


async def swaps_open(member_id: int | None = None) -> list[SwapView]:
    """What is offered or agreed and not decided, the oldest first; a person's, or everybody's."""
    where = "WHERE s.state IN ('offered', 'agreed') AND ($1::bigint IS NULL OR $1 IN (s.giver_id, s.taker_id))"
    return [_swap(row) for row in await fetch(f"{_SWAPS} {where} ORDER BY s.id", member_id)]


def _swap(row: Any) -> SwapView:
    told = [tuple(datetime.fromisoformat(text) for text in pair) for pair in parsed(row["what"])]
    return SwapView(**{**dict(row), "what": tuple((start, end) for start, end in told)})


@dataclass(frozen=True, slots=True)
class Taker:
    id: int
    name: str


_TAKERS = """
SELECT m.id, m.name FROM people_members m JOIN schedule_shifts s ON s.id = $1 AND s.member_id <> m.id
WHERE m.active AND NOT m.contractor
  AND EXISTS (SELECT FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work')
  AND NOT EXISTS (SELECT FROM schedule_shifts o
                  WHERE o.member_id = m.id AND o.starts_at < s.ends_at AND o.ends_at > s.starts_at)
  AND NOT EXISTS (SELECT FROM schedule_absences a WHERE a.member_id = m.id AND a.state = 'approved'
                  AND a.starts_at <= s.starts_at AND a.ends_at > s.starts_at)
ORDER BY m.name, m.id
"""


async def takers(shift_id: int) -> list[Taker]:
    """Colleagues who are free and not away at the time of a shift."""
    return [Taker(**dict(row)) for row in await fetch(_TAKERS, shift_id)]


async def calendar_owner(token: str) -> int | None:
    """Whose calendar stands behind a secret; None for one that was never given out or is good no more. The look-up is
    by digest: how long it takes tells nothing of a secret."""
    found = await fetchval(
        "SELECT l.member_id FROM schedule_calendar_links l JOIN people_members m ON m.id = l.member_id AND m.active"
        " WHERE l.token_digest = $1 AND l.revoked_at IS NULL",
        digest(token),
    )
    return None if found is None else int(found)


async def calendar_since(member_id: int) -> datetime | None:
    """Since when a person's calendar has an address that is good; None: it has none."""
    sql = "SELECT created_at FROM schedule_calendar_links WHERE member_id = $1 AND revoked_at IS NULL"
    found: datetime | None = await fetchval(sql, member_id)
    return found


async def today() -> date:
    """The company's calendar says."""
    return now().astimezone((await company()).tz).date()


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
