"""Change days of the rota by hand, many at once, so that it can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.company.queries import company
from core.events import RotaChanged
from core.kernel.errors import Refusal
from core.kernel.work import current, emit
from core.schedule.actions.common import locked_member, midnight, require_planner
from core.schedule.actions.rotas import draw
from core.schedule.actions.shifts import LONGEST
from core.schedule.actions.swaps import drop_swaps
from core.schedule.models import FixedDay, Shift
from core.schedule.rules import DAY, Hours, moment

MOST_CELLS = 400
BACK, AHEAD = timedelta(days=62), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's day of the company's calendar. `hours`: the shifts that begin on it, in minutes after its midnight;
    () is a free day, None is what the rota says."""

    member_id: int
    day: date
    hours: tuple[Hours, ...] | None


async def set_days(cells: Sequence[Cell]) -> list[Cell]:
    """Make the days what the cells say; what they were before, by which the same call takes it back. All or nothing:
    `schedule.no_days`, `schedule.too_many_days`, `schedule.far_day`, `schedule.bad_times`, `schedule.already_open`,
    `schedule.overlap`, the latter with `name` and `day`."""
    require_planner()
    if not cells:
        raise Refusal("schedule.no_days")
    if len(cells) > MOST_CELLS or len({(cell.member_id, cell.day) for cell in cells}) != len(cells):
        raise Refusal("schedule.too_many_days", most=MOST_CELLS)
    today = current().now.astimezone((await company()).tz).date()
    for cell in cells:
        if not today - BACK <= cell.day <= today + AHEAD:
            raise Refusal("schedule.far_day")
        for start, end in cell.hours or ():
            if not (0 <= start < DAY // timedelta(minutes=1) and 0 < end - start <= LONGEST // timedelta(minutes=1)):
                raise Refusal("schedule.bad_times")
    before = []
    for member_id in sorted({cell.member_id for cell in cells}):
        mine = [cell for cell in cells if cell.member_id == member_id]
        name = (await locked_member(member_id)).name
        before += [await _cleared(cell, name) for cell in mine]
        for cell in mine:
            await _fill(cell, name)
        if any(cell.hours is None for cell in mine):
            await draw(member_id)
        await emit(RotaChanged(member_id, tuple(sorted(cell.day.isoformat() for cell in mine))))
    return before


async def _cleared(cell: Cell, name: str) -> Cell:
    """Take away what stands on a day; what it was."""
    zone = (await company()).tz
    start, end = await midnight(cell.day), await midnight(cell.day + DAY)
    rows = await Shift.filter(member_id=cell.member_id, starts_at__gte=start, starts_at__lt=end).order_by("starts_at")
    if any(row.opened_at for row in rows):
        raise Refusal("schedule.day_open", name=name, day=cell.day.strftime("%d.%m"))
    fixed = await FixedDay.filter(member_id=cell.member_id, day=cell.day).exists()
    by_hand = fixed or any(row.rota_id is None for row in rows)
    await drop_swaps([int(row.id) for row in rows])
    await Shift.filter(id__in=[row.id for row in rows]).delete()
    wall = datetime.combine(cell.day, time())
    hours = [tuple(_minutes(at.astimezone(zone), wall) for at in (row.starts_at, row.ends_at)) for row in rows]
    return Cell(cell.member_id, cell.day, tuple((a, b) for a, b in hours) if by_hand else None)


def _minutes(at: datetime, midnight_: datetime) -> int:
    return (at.replace(tzinfo=None) - midnight_) // timedelta(minutes=1)


async def _fill(cell: Cell, name: str) -> None:
    if cell.hours is None:
        await FixedDay.filter(member_id=cell.member_id, day=cell.day).delete()
        return
    zone = (await company()).tz
    await FixedDay.bulk_create([FixedDay(member_id=cell.member_id, day=cell.day)], ignore_conflicts=True)
    for start, end in cell.hours:
        begins, ends = moment(cell.day, start, zone), moment(cell.day, end, zone)
        if ends <= begins:
            raise Refusal("schedule.bad_times")
        if await Shift.exists(member_id=cell.member_id, starts_at__lt=ends, ends_at__gt=begins):
            raise Refusal("schedule.day_overlap", name=name, day=cell.day.strftime("%d.%m"))
        await Shift.create(member_id=cell.member_id, starts_at=begins, ends_at=ends)
