"""Keep rotas, give them to people, and have their shifts planned eight weeks ahead, again and again.

Planning is repeated whenever a rota, an assignment or the day changes, and comes to the same: shifts that the rota
means and that are not there are written, its others that nobody opened are taken away. Days that somebody planned by
hand, shifts that run and shifts of the past are left as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.company.queries import company
from core.events import RotaChanged
from core.kernel.errors import NotFound, Refusal
from core.kernel.words import LOCALES
from core.kernel.work import current, emit
from core.people.models import Member
from core.schedule.actions.common import locked_member, require_planner
from core.schedule.actions.swaps import drop_swaps
from core.schedule.holidays import public_holidays
from core.schedule.models import Assignment, FixedDay, Rota, Shift
from core.schedule.rules import DAY, Holidays, Planned, expand, rota_of
from core.timers.actions import Due, on_timer, set_timer

AHEAD = 56
EXTEND = "schedule.extend"
FAR = timedelta(days=366)

Slot = tuple[datetime, datetime, int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What planning changed: shifts `made`, `removed`, and those that were left out because they would collide."""

    made: int
    removed: int
    left_out: tuple[Planned, ...] = ()


async def save_rota(rota_id: int | None, name: dict[str, str], data: Mapping[str, Any]) -> int:
    """A new rota, or a changed one, by which everybody who has it is planned anew; its id. `schedule.bad_rota.*`
    with `field`, `schedule.unknown_country`."""
    w = current()
    require_planner()
    rota = rota_of(data)
    _years(rota.country, w.now.date(), w.now.date())
    if not all(0 < len(name.get(locale, "").strip()) <= 100 for locale in LOCALES):
        raise Refusal("schedule.bad_rota.name", field="name.ru")
    if rota_id is None:
        row = await Rota.create(name=name, data=dict(data), created_at=w.now)
        return int(row.id)
    found = await _rota(rota_id)
    found.name, found.data, shorter = name, dict(data), len(rota.cycle)
    await found.save(update_fields=["name", "data"])
    await w.execute(
        "UPDATE schedule_assignments SET begins_with = begins_with % $2 WHERE rota_id = $1", rota_id, shorter
    )
    for row in await w.fetch(
        "SELECT DISTINCT member_id FROM schedule_assignments WHERE rota_id = $1 ORDER BY 1", rota_id
    ):
        await draw(row["member_id"])
    return rota_id


async def archive_rota(rota_id: int) -> None:
    """Offer it no more. `schedule.rota_used` while somebody works by it."""
    w = current()
    require_planner()
    row = await _rota(rota_id)
    today = w.now.astimezone((await company()).tz).date()
    used = Assignment.filter(rota_id=rota_id, member__active=True)
    count = await used.filter(until=None).count() + await used.filter(until__gte=today).count()
    if count:
        raise Refusal("schedule.rota_used", n=count)
    row.archived_at = w.now
    await row.save(update_fields=["archived_at"])


async def assign_rota(member_id: int, rota_id: int, since: date, begins_with: int, until: date | None = None) -> Drawn:
    """Have a person work by a rota from a day on, which is day `begins_with` (from 0) of its cycle. What they worked
    by before ends the day before; `schedule.rota_overlap` when another one begins later, within this time.
    """
    require_planner()
    await locked_member(member_id)
    rota = rota_of((await _rota(rota_id)).data)
    await _check_days(since, until)
    if not 0 <= begins_with < len(rota.cycle):
        raise Refusal("schedule.bad_rota.begins_with", field="begins_with", most=len(rota.cycle))
    earlier = Assignment.filter(member_id=member_id, since__lt=since)
    await earlier.filter(until=None).update(until=since - DAY)
    await earlier.filter(until__gte=since).update(until=since - DAY)
    for other in await Assignment.filter(member_id=member_id, since__gte=since).order_by("since"):
        if until is None or other.since <= until:
            raise Refusal("schedule.rota_overlap", day=other.since.isoformat())
    await Assignment.create(rota_id=rota_id, member_id=member_id, since=since, until=until, begins_with=begins_with)
    drawn = await draw(member_id)
    await emit(RotaChanged(member_id, (since.isoformat(),)))
    return drawn


async def end_assignment(assignment_id: int, last_day: date | None) -> Drawn:
    """The last day on which a person works by a rota; None takes it back as if it had never been given."""
    require_planner()
    row = await Assignment.get_or_none(id=assignment_id)
    if row is None:
        raise NotFound("schedule.assignment")
    await locked_member(row.member_id)
    if last_day is None or last_day < row.since:
        await row.delete()
    else:
        later = await Assignment.filter(member_id=row.member_id, since__gt=row.since).order_by("since").first()
        if later is not None and later.since <= last_day:
            raise Refusal("schedule.rota_overlap", day=later.since.isoformat())
        row.until = last_day
        await row.save(update_fields=["until"])
    return await draw(row.member_id)


async def draw(member_id: int) -> Drawn:
    """Plan a person's shifts ahead by their rotas."""
    w = current()
    if await Member.filter(id=member_id).select_for_update().first() is None:
        raise NotFound("people")
    zone = (await company()).tz
    today = w.now.astimezone(zone).date()
    planned = await _wanted(member_id, today)
    fixed = {row.day for row in await FixedDay.filter(member_id=member_id, day__gte=today - DAY)}
    wanted: dict[Slot, Planned] = {}
    for rota_id, one in planned:
        if one.start > w.now and one.start.astimezone(zone).date() not in fixed:
            wanted[one.start, one.end, rota_id] = one
    kept, spare = await _standing(member_id, w.now, fixed, wanted)
    await drop_swaps(spare)
    removed = await Shift.filter(id__in=spare).delete() if spare else 0
    left_out, made = [], []
    for (start, end, rota_id), one in sorted(wanted.items(), key=lambda item: item[0]):
        if any(start < other_end and other_start < end for other_start, other_end in kept):
            left_out.append(one)
            continue
        kept.append((start, end))
        made.append(Shift(member_id=member_id, starts_at=start, ends_at=end, rota_id=rota_id))
    if made:
        await Shift.bulk_create(made)
    await _again(member_id, today)
    return Drawn(len(made), removed, tuple(left_out))


async def _standing(
    member_id: int, at: datetime, fixed: set[date], wanted: dict[Slot, Planned]
) -> tuple[list[tuple[datetime, datetime]], list[int]]:
    """Shifts that stay, and the ids of those that the rota made and means no more. What stands is wanted no more."""
    zone = (await company()).tz
    kept, spare = [], []
    for row in await Shift.filter(member_id=member_id, ends_at__gt=at):
        slot = (row.starts_at, row.ends_at, row.rota_id or 0)
        ours = row.rota_id is not None and row.opened_at is None and row.starts_at > at
        if ours and slot not in wanted and row.starts_at.astimezone(zone).date() not in fixed:
            spare.append(int(row.id))
        else:
            wanted.pop(slot, None)
            kept.append((row.starts_at, row.ends_at))
    return kept, spare


async def _wanted(member_id: int, today: date) -> list[tuple[int, Planned]]:
    """What the person's rotas mean from yesterday on: their zone's day may not be the company's."""
    found: list[tuple[int, Planned]] = []
    since, end = today - DAY, today + AHEAD * DAY
    active = await Member.exists(id=member_id, active=True)
    rows = await Assignment.filter(member_id=member_id, since__lt=end).select_related("rota") if active else []
    for row in rows:
        first, last = max(row.since, since), min(end, row.until + DAY if row.until else end)
        if first >= last:
            continue
        rota = rota_of(row.rota.data)
        holidays = _years(rota.country, first, last)
        found += [(row.rota_id, one) for one in expand(rota, first, last, holidays, row.begins_with, row.since)]
    return found


async def _again(member_id: int, today: date) -> None:
    """Look again tomorrow, while there is a rota to go on with."""
    going = Assignment.filter(member_id=member_id, member__active=True)
    if await going.filter(until=None).exists() or await going.filter(until__gt=today + AHEAD * DAY).exists():
        await set_timer(EXTEND, member_id, current().now + DAY)


@on_timer(EXTEND)
async def extend(due: Due) -> None:
    """A day has passed: one more day is planned."""
    if await Member.exists(id=int(due.key), active=True):
        await draw(int(due.key))


async def _check_days(since: date, until: date | None) -> None:
    today = current().now.astimezone((await company()).tz).date()
    if until is not None and until < since:
        raise Refusal("schedule.bad_period")
    if since < today - FAR or since > today + FAR:
        raise Refusal("schedule.far_day")
    if until is not None and until > since + 10 * FAR:
        raise Refusal("schedule.far_day")


def _years(country: str, first: date, last: date) -> Holidays:
    return public_holidays(country, tuple(range(first.year, (last + DAY).year + 1)))


async def _rota(rota_id: int) -> Rota:
    row = await Rota.select_for_update().get_or_none(id=rota_id, archived_at=None)
    if row is None:
        raise NotFound("schedule.rota")
    return row
