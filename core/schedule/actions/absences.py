"""Ask for time off, enter it, decide; and be on call."""

from datetime import date, datetime, timedelta

from core.company.queries import company
from core.events import AbsenceChanged
from core.kernel.actor import member as member_party
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.schedule.actions.common import locked_member, require_planner, require_self, whole_days
from core.schedule.models import Absence, Duty

KINDS = ("vacation", "sick", "training", "dayoff")
NOTE = 300
BACK = timedelta(days=62)
AHEAD = timedelta(days=550)
LONGEST_DUTY = timedelta(days=31)


async def ask_absence(member_id: int, kind: str, first_day: date, last_day: date, note: str = "") -> int:
    """Somebody asks for whole days off; a dispatcher decides. Its id. `schedule.absence_past` for days gone by (an
    illness may begin up to two months ago), `schedule.absence_overlap`, and those of `whole_days`."""
    require_self(member_id)
    return await _add(member_id, kind, first_day, last_day, note, "asked")


async def enter_absence(member_id: int, kind: str, first_day: date, last_day: date, note: str = "") -> int:
    """A dispatcher writes down what is agreed already."""
    require_planner()
    return await _add(member_id, kind, first_day, last_day, note, "approved")


async def _add(member_id: int, kind: str, first_day: date, last_day: date, note: str, state: str) -> int:
    w = current()
    if kind not in KINDS:
        raise Refusal("schedule.absence_kind")
    await locked_member(member_id)
    starts, ends = await whole_days(first_day, last_day)
    today = w.now.astimezone((await company()).tz).date()
    if first_day < today - (BACK if kind == "sick" or state == "approved" else timedelta()):
        raise Refusal("schedule.absence_past")
    if last_day > today + AHEAD:
        raise Refusal("schedule.far_day")
    await _apart(member_id, starts, ends, ("asked", "approved"))
    decided = state == "approved"
    row = await Absence.create(
        member_id=member_id,
        kind=kind,
        starts_at=starts,
        ends_at=ends,
        note=note.strip()[:NOTE],
        state=state,
        asked_by=w.actor.party,
        asked_at=w.now,
        decided_by=w.actor.party if decided else None,
        decided_at=w.now if decided else None,
    )
    await emit(AbsenceChanged(row.id))
    return int(row.id)


async def decide_absence(absence_id: int, approve: bool) -> None:
    """`schedule.absence_decided` (with its `state`) when somebody was quicker; `people.not_found` for one who left."""
    w = current()
    require_planner()
    row = await _absence(absence_id)
    if row.state != "asked":
        raise Refusal("schedule.absence_decided", state=row.state)
    await locked_member(row.member_id)
    if approve:
        await _apart(row.member_id, row.starts_at, row.ends_at, ("approved",))
    await _set(row, "approved" if approve else "refused", w.actor.party)


async def cancel_absence(absence_id: int) -> None:
    """Taken back by whoever asked, as long as it has not begun; a dispatcher may at any time."""
    w = current()
    row = await _absence(absence_id)
    require_self(row.member_id)
    if row.state not in ("asked", "approved"):
        raise Refusal("schedule.absence_decided", state=row.state)
    own = w.actor.party == member_party(row.member_id) and not w.actor.may("orders.dispatch")
    if own and row.state == "approved" and row.starts_at <= w.now:
        raise Refusal("schedule.absence_began")
    await _set(row, "cancelled", w.actor.party)


async def _set(row: Absence, state: str, by: str) -> None:
    row.state, row.decided_by, row.decided_at = state, by, current().now
    row.revision += 1
    await row.save()
    await emit(AbsenceChanged(row.id))


async def _absence(absence_id: int) -> Absence:
    """Held until the work ends, so that the second of two decisions sees the first."""
    row = await Absence.select_for_update().get_or_none(id=absence_id)
    if row is None:
        raise NotFound("schedule.absence")
    return row


async def _apart(member_id: int, starts: datetime, ends: datetime, states: tuple[str, ...]) -> None:
    if await Absence.exists(member_id=member_id, state__in=states, starts_at__lt=ends, ends_at__gt=starts):
        raise Refusal("schedule.absence_overlap")


async def plan_duty(member_id: int, starts: datetime, ends: datetime) -> int:
    """Put a person on call. `schedule.bad_duty` for an end before the start or more than a month,
    `schedule.duty_overlap`, `schedule.duty_absent`."""
    require_planner()
    await locked_member(member_id)
    if starts.tzinfo is None or ends.tzinfo is None or not timedelta() < ends - starts <= LONGEST_DUTY:
        raise Refusal("schedule.bad_duty")
    if await Duty.exists(member_id=member_id, starts_at__lt=ends, ends_at__gt=starts):
        raise Refusal("schedule.duty_overlap")
    if await Absence.exists(member_id=member_id, state="approved", starts_at__lt=ends, ends_at__gt=starts):
        raise Refusal("schedule.duty_absent")
    row = await Duty.create(member_id=member_id, starts_at=starts, ends_at=ends)
    return int(row.id)


async def unplan_duty(duty_id: int) -> None:
    require_planner()
    if not await Duty.filter(id=duty_id).delete():
        raise NotFound("schedule.duty")
