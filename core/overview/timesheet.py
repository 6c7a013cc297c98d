"""A month of everybody's hours: from shifts, visits and ways; and as a workbook like the form Т-13."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.company.queries import company
from core.kernel.clock import now
from core.kernel.read import fetch
from core.kernel.words import Words
from core.people.queries import members
from core.schedule.queries import absences
from core.schedule.rules import DAY, moment
from core.schedule.timesheet import DayHours, Turn, sheet, total

Stretches = dict[int, list[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True)
class Line:
    member_id: int
    name: str
    post: str
    contractor: bool
    firm: str
    days: tuple[DayHours, ...]
    total: DayHours

    @property
    def came(self) -> int:
        """Days on which the person worked."""
        return sum(1 for day in self.days if day.worked)


_SHIFTS = """
SELECT member_id, starts_at, ends_at, opened_at, closed_at FROM schedule_shifts
WHERE (starts_at < $2 AND ends_at > $1) OR (opened_at < $2 AND coalesce(closed_at, ends_at) > $1) ORDER BY starts_at
"""
_VISITS = """
SELECT member_id, arrived_at AS start, coalesce(left_at, least($3, arrived_at + interval '12 hours')) AS stop
FROM presence_visits WHERE arrived_at < $2 AND coalesce(left_at, $3) > $1
"""
_WAYS = """
SELECT assignee_id AS member_id, travelling_at AS start, coalesce(arrived_at, $3) AS stop FROM orders_jobs
WHERE assignee_id IS NOT NULL AND travelling_at < $2 AND coalesce(arrived_at, $3) > $1
  AND (arrived_at IS NOT NULL OR state = 'travelling') AND coalesce(arrived_at, $3) > travelling_at
"""


async def timesheet(month: date) -> list[Line]:
    """Technicians, and whoever else had shifts in the month of that day, by name; contractors, who have none, when they
    were on site."""
    zone = (await company()).tz
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    start, end, at = moment(first, 0, zone), moment(after, 0, zone), now()
    turns: dict[int, list[Turn]] = {}
    for row in await fetch(_SHIFTS, start, end):
        turn = Turn(row["starts_at"], row["ends_at"], row["opened_at"], row["closed_at"])
        turns.setdefault(row["member_id"], []).append(turn)
    visits, ways = [await _stretches(sql, start, end, at) for sql in (_VISITS, _WAYS)]
    away: dict[int, list[tuple[date, date, str]]] = {}
    for one in await absences(start, end, states=("approved",)):
        away.setdefault(one.member_id, []).append((one.first_day, one.last_day, one.kind))
    days = [first + n * DAY for n in range((after - first).days)]
    found = []
    for person in await members(active=None):
        been, went = visits.get(person.id, []), ways.get(person.id, [])
        usual = person.role == "technician" and person.active and not person.contractor
        if person.id not in turns and not usual and not (person.contractor and been):
            continue
        hours = sheet(days, turns.get(person.id, []), away.get(person.id, []), been, went, at, zone)
        outside = person.contractor, person.firm
        found.append(Line(person.id, person.name, person.post, *outside, tuple(hours), total(hours)))
    return found


async def _stretches(sql: str, start: datetime, end: datetime, at: datetime) -> Stretches:
    """Cut at the month's ends."""
    found: Stretches = {}
    for row in await fetch(sql, start, end, at):
        begin, stop = max(row["start"], start), min(row["stop"], end)
        if stop > begin:
            found.setdefault(row["member_id"], []).append((begin, stop))
    return found


def hours_of(minutes: int) -> float:
    """Hours with a quarter's precision, as timesheets have them."""
    return round(minutes / 60 * 4) / 4


def coded(day: DayHours, t: Words) -> str:
    """«Я/Н», as a timesheet writes a day."""
    return "/".join(t.text(f"timesheet.code.{code}") for code in day.codes)


def workbook(lines: Sequence[Line], company_name: str, title: str, t: Words) -> bytes:
    """An xlsx with codes and hours a day as in Т-13, and a sheet with every number. Slow for large companies: run it in
    a thread."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page = book.active
    assert page is not None
    page.title = t.text("timesheet.sheet.codes")
    days = [day.day for day in lines[0].days] if lines else []
    head = [t.text("timesheet.row"), t.text("timesheet.person"), t.text("timesheet.number"), *(day.day for day in days)]
    head += [t.text(f"timesheet.total.{name}") for name in ("days", "hours", "night", "overtime", "on_site", "travel")]
    _row(page, [company_name])
    _row(page, [title])
    _row(page, head)
    for n, line in enumerate(lines, 1):
        who = "\n".join(part for part in (line.name, line.post, _from(line, t)) if part)
        sums = [hours_of(getattr(line.total, name)) for name in ("worked", "night", "overtime", "on_site", "travel")]
        _row(page, [n, who, line.member_id, *(coded(day, t) for day in line.days), line.came, *sums])
        _row(page, ["", "", "", *(hours_of(day.worked) or "" for day in line.days)])
    thin = Side(style="thin", color="999999")
    grid, grey, bold = Border(thin, thin, thin, thin), PatternFill("solid", fgColor="EEF2F7"), Font(bold=True)
    left, centre = (Alignment(side, "center", wrap_text=True) for side in ("left", "center"))
    for row in page.iter_rows(min_row=3):
        for cell in row:
            cell.border, cell.alignment = grid, left if cell.column == 2 else centre
            if cell.row == 3:
                cell.font, cell.fill = bold, grey
    for column in range(1, len(head) + 1):
        width = 28 if column == 2 else 7 if column < 4 + len(days) and column > 3 else 11
        page.column_dimensions[get_column_letter(column)].width = width
    page["A2"].font = Font(bold=True, size=14)
    page.freeze_panes = "D4"
    page.page_setup.orientation, page.page_setup.fitToWidth, page.page_setup.fitToHeight = "landscape", 1, 0
    _details(book, lines, t)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _from(line: Line, t: Words) -> str:
    """«подрядчик, «Мороз»», of somebody from outside."""
    if not line.contractor:
        return ""
    return t.text("outside.of", firm=line.firm) if line.firm else t.text("outside.one")


def _details(book: Any, lines: Sequence[Line], t: Words) -> None:
    page = book.create_sheet(t.text("timesheet.sheet.days"))
    names = ("planned", "worked", "night", "overtime", "on_site", "travel")
    _row(page, [t.text("timesheet.person"), t.text("timesheet.day"), t.text("timesheet.codes"),
                *(t.text(f"timesheet.total.{'hours' if name == 'worked' else name}") for name in names)])  # fmt: skip
    for line in lines:
        for day in line.days:
            if day.worked or day.planned or day.away or day.on_site or day.travel:
                hours = [hours_of(getattr(day, name)) for name in names]
                who = " · ".join(part for part in (line.name, _from(line, t)) if part)
                _row(page, [who, day.day, coded(day, t), *hours])
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 28, 12
    page.freeze_panes = "A2"


def _row(page: Any, values: Sequence[Any]) -> None:
    """A line; text stays text, whatever it begins with."""
    from openpyxl.cell import Cell

    told = []
    for value in values:
        if isinstance(value, str) and value.startswith("="):
            value, text = Cell(page), value
            value.value, value.data_type = text, "s"
        told.append(value)
    page.append(told)
