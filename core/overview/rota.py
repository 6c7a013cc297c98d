"""The rota as people read it on paper: people down, days across, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from core.company.queries import company
from core.kernel.read import fetch
from core.people.queries import members
from core.schedule import queries
from core.schedule.calendars import Calendar, calendar_of, spans
from core.schedule.holidays import public_holidays
from core.schedule.queries import AbsenceView, ShiftView
from core.schedule.rules import DAY, Stretch, gaps, moment, troubles

Hours = tuple[datetime, datetime]
SHORTEST_GAP = timedelta(minutes=15)


@dataclass(slots=True)
class Cell:
    """One person's day. `shifts` are those that begin on it, `tail`: one of the day before goes on into it; `away` an
    absence, approved or asked for; `jobs` numbers of orders planned on it; `problems`: overlap, rest, job_off (a job
    outside of every shift), absent_job."""

    day: date
    shifts: list[ShiftView] = field(default_factory=list)
    away: AbsenceView | None = None
    tail: bool = False
    duty: bool = False
    fixed: bool = False
    jobs: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    member_id: int
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """How many people come to work on a day, and when nobody is there although the desk's calendar says open."""

    day: date
    people: int
    bare: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """`holidays`: the names of the days that are, by the company's calendar or where its rotas are worked."""

    lines: tuple[Line, ...]
    cover: tuple[Cover, ...]
    holidays: dict[date, str]

    @property
    def odd(self) -> list[tuple[Cover, list[tuple[Line, Cell]]]]:
        """The days on which something is wrong with the cover or with somebody's shifts, and with whose."""
        by_day = [(one, [(line, line.cells[n]) for line in self.lines]) for n, one in enumerate(self.cover)]
        bad = [(one, [(line, cell) for line, cell in cells if cell.problems]) for one, cells in by_day]
        return [(one, cells) for one, cells in bad if cells or one.bare or not one.people]

    @property
    def blank(self) -> bool:
        """Nobody has a shift."""
        return not any(cell.shifts for line in self.lines for cell in line.cells)


_JOBS = """
SELECT assignee_id, order_id, planned_from, coalesce(planned_to, planned_from + interval '1 hour') AS planned_to
FROM orders_jobs WHERE assignee_id IS NOT NULL AND planned_from >= $1 AND planned_from < $2
  AND state NOT IN ('done', 'closed', 'cancelled') ORDER BY planned_from
"""


async def board(first: date, days: int, locale: str = "ru") -> Board:
    """`days` from `first` on, of the company's calendar: our technicians and whoever else has shifts then; not those of
    people who left. `locale`: of the holidays' names."""
    zone = (await company()).tz
    start, end = moment(first, 0, zone), moment(first + days * DAY, 0, zone)
    shifts = await queries.shifts_between(start - DAY, end + DAY)
    ours = {one.id: one for one in await members()}
    shifts = [one for one in shifts if one.member_id in ours]
    having = {one.member_id for one in shifts}
    people = [one for one in ours.values() if one.id in having or (one.role == "technician" and not one.contractor)]
    every = [first + n * DAY for n in range(days)]
    cells = {(one.id, day): Cell(day) for one in people for day in every}
    away = await queries.absences(start - DAY, end + DAY)
    _absences(cells, away)
    for duty in await queries.duties(start, end):
        if cell := cells.get((duty.member_id, duty.starts_at.astimezone(zone).date())):
            cell.duty = True
    for key in await queries.fixed_days(first, first + days * DAY):
        if key in cells:
            cells[key].fixed = True
    for one in shifts:
        if cell := cells.get((one.member_id, one.starts_at.astimezone(zone).date())):
            cell.shifts.append(one)
        day = one.ends_at.astimezone(zone).date()
        over = one.ends_at > moment(day, 0, zone) and one.starts_at < moment(day, 0, zone)
        if over and (cell := cells.get((one.member_id, day))):
            cell.tail = True
    worked = [one for one in shifts if not _away(one, away)]
    await _jobs(cells, worked, start, end, zone)
    _troubles(cells, worked, zone)
    lines = tuple(Line(one.id, one.name, tuple(cells[one.id, day] for day in every)) for one in people)
    kept = await queries.calendars()
    opening = calendar_of(kept[0].data) if kept else None
    cover = tuple(_cover(day, worked, zone, opening) for day in every)
    return Board(lines, cover, await _holidays(every, opening, locale))


async def _holidays(days: Sequence[date], opening: Calendar | None, locale: str) -> dict[date, str]:
    """The calendar's own word stands over the country's."""
    found: dict[date, str] = {}
    years = tuple(sorted({day.year for day in days}))
    for country in sorted({one.data.get("country") or "" for one in await queries.rotas()} - {""}):
        found |= public_holidays(country, years, locale).days
    free = opening.days.items() if opening else ()
    found |= {day: one.name for day, one in free if one.kind == "holiday" and (one.name or day not in found)}
    return {day: found[day] for day in days if day in found}


def _absences(cells: dict[tuple[int, date], Cell], away: Sequence[AbsenceView]) -> None:
    """Approved ones hide those that are asked for."""
    for one in sorted(away, key=lambda each: each.state == "approved"):
        for n in range((one.last_day - one.first_day).days + 1):
            if cell := cells.get((one.member_id, one.first_day + n * DAY)):
                cell.away = one


def _away(shift: ShiftView, absences: Sequence[AbsenceView]) -> bool:
    return any(
        one.member_id == shift.member_id and one.state == "approved" and one.starts_at <= shift.starts_at < one.ends_at
        for one in absences
    )


async def _jobs(
    cells: dict[tuple[int, date], Cell], worked: Sequence[ShiftView], start: datetime, end: datetime, zone: tzinfo
) -> None:
    for row in await fetch(_JOBS, start, end):
        cell = cells.get((row["assignee_id"], row["planned_from"].astimezone(zone).date()))
        if cell is None:
            continue
        cell.jobs.append(row["order_id"])
        inside = any(
            one.member_id == row["assignee_id"]
            and one.starts_at < row["planned_to"]
            and one.ends_at > row["planned_from"]
            for one in worked
        )
        if not inside:
            away = cell.away is not None and cell.away.state == "approved"
            cell.problems.append("absent_job" if away else "job_off")


def _troubles(cells: dict[tuple[int, date], Cell], worked: Sequence[ShiftView], zone: tzinfo) -> None:
    for member_id in {one.member_id for one in worked}:
        mine = [(one.starts_at, one.ends_at) for one in worked if one.member_id == member_id]
        for trouble in troubles(mine):
            at = trouble.end if trouble.kind == "rest" else trouble.start
            cell = cells.get((member_id, at.astimezone(zone).date()))
            if cell is not None:
                cell.problems.append(trouble.kind)


def _cover(day: date, worked: Sequence[ShiftView], zone: tzinfo, opening: Calendar | None) -> Cover:
    """`opening`: the first of the company's calendars; without one nothing is told to be bare."""
    start, end = moment(day, 0, zone), moment(day + DAY, 0, zone)
    people = {one.member_id for one in worked if start <= one.starts_at < end}
    if opening is None:
        return Cover(day, len(people), ())
    wanted = [Stretch(one.start, one.end) for one in spans(opening, start, end) if one.counts]
    near = [(one.starts_at, one.ends_at) for one in worked if one.starts_at < end and one.ends_at > start]
    bare = tuple((one.start, one.end) for one in gaps(wanted, near) if one.end - one.start >= SHORTEST_GAP)
    return Cover(day, len(people), bare)
