"""Plan, open and close shifts. People press for themselves; dispatchers may for them."""

from datetime import datetime, timedelta

from core.events import ShiftClosed, ShiftOpened
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current, emit
from core.people import actions as people
from core.people.models import Member
from core.schedule.actions.common import fix_days, require_planner, require_self
from core.schedule.actions.swaps import drop_swaps
from core.schedule.models import Shift

EARLY = timedelta(hours=3)
USUAL = timedelta(hours=9)
LONGEST = timedelta(hours=36)


async def plan_shift(member_id: int, starts: datetime, ends: datetime) -> int:
    """Put a shift into the rota. Refusals: `schedule.bad_times`, `schedule.overlap`."""
    require_planner()
    if starts.tzinfo is None or ends.tzinfo is None or not timedelta() < ends - starts <= LONGEST:
        raise Refusal("schedule.bad_times")
    if await Member.filter(id=member_id, active=True).select_for_update().first() is None:
        raise NotFound("people")
    if await Shift.exists(member_id=member_id, starts_at__lt=ends, ends_at__gt=starts):
        raise Refusal("schedule.overlap")
    row = await Shift.create(member_id=member_id, starts_at=starts, ends_at=ends)
    await fix_days(member_id, [starts])
    return int(row.id)


async def unplan_shift(shift_id: int) -> None:
    """Take a shift out of the rota. `schedule.already_open` for one that began."""
    require_planner()
    row = await Shift.get_or_none(id=shift_id)
    if row is not None:
        await Member.filter(id=row.member_id).select_for_update().first()
        row = await Shift.select_for_update().get_or_none(id=shift_id)
    if row is None:
        raise NotFound("schedule")
    if row.opened_at is not None:
        raise Refusal("schedule.already_open")
    await drop_swaps([shift_id])
    await row.delete()
    await fix_days(row.member_id, [row.starts_at])


async def open_shift(member_id: int) -> None:
    """On duty from now: jobs may be offered, the place may be shared. The planned shift that begins within three hours
    or runs already is the one; without one a shift of nine hours is written. `schedule.already_open` when on duty."""
    w = current()
    require_self(member_id)
    if not await Member.exists(id=member_id, active=True):
        raise NotFound("people")
    if not await people.set_on_duty(member_id, w.now):
        raise Refusal("schedule.already_open")
    near = Shift.filter(member_id=member_id, opened_at=None, starts_at__lte=w.now + EARLY, ends_at__gt=w.now)
    planned = await near.order_by("starts_at").first()
    if planned is None:
        await Shift.create(member_id=member_id, starts_at=w.now, ends_at=w.now + USUAL, opened_at=w.now)
    else:
        await Shift.filter(id=planned.id).update(opened_at=w.now)
    await emit(ShiftOpened(member_id))


async def close_shift(member_id: int) -> None:
    """Off duty. `schedule.not_open` when off already; `schedule.job_running` (with its `order`) while on the way or on
    site: first finish, pause or hand the job back."""
    w = current()
    require_self(member_id)
    running = await w.fetchrow(
        "SELECT order_id FROM orders_jobs WHERE assignee_id = $1 AND state IN ('travelling', 'on_site') LIMIT 1",
        member_id,
    )
    if running:
        raise Refusal("schedule.job_running", order=running["order_id"])
    if not await people.set_on_duty(member_id, None):
        raise Refusal("schedule.not_open")
    await Shift.filter(member_id=member_id, closed_at=None).exclude(opened_at=None).update(closed_at=w.now)
    await emit(ShiftClosed(member_id))
