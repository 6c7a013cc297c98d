"""Give a shift to a colleague, or exchange it: offered, agreed by the colleague, approved by a dispatcher.

Each step is guarded by the state before it under the row's lock, so that of two presses the second sees the first.
"""

from collections.abc import Sequence
from datetime import datetime

from core.events import SwapChanged
from core.kernel.actor import member as member_party
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import current, emit
from core.people.models import Member, Permission
from core.schedule.actions.common import absent, fix_days, require_planner, require_self
from core.schedule.models import Shift, Swap
from core.timers.actions import Due, cancel_timer, on_timer, set_timer

OPEN = ("offered", "agreed")
EXPIRES = "schedule.swap"


async def offer_swap(shift_id: int, taker_id: int, back_id: int | None = None) -> int:
    """Offer one's shift to a colleague, for one of theirs or for nothing; the swap's id. It expires when the earlier of
    the shifts begins. `schedule.swap_self`, `schedule.swap_taken` while it is offered already, and those of `_fits`."""
    w = current()
    known = await Shift.get_or_none(id=shift_id)
    if known is None:
        raise NotFound("schedule")
    require_self(known.member_id)
    await _hold(known.member_id, taker_id)
    shift = await _future(shift_id)
    require_self(shift.member_id)
    back = None if back_id is None else await _future(back_id)
    if taker_id == shift.member_id:
        raise Refusal("schedule.swap_self")
    if back is not None and back.member_id != taker_id:
        raise Refusal("schedule.swap_not_theirs")
    ids = [one.id for one in (shift, back) if one]
    if (
        await Swap.filter(state__in=OPEN, shift_id__in=ids).exists()
        or await Swap.filter(state__in=OPEN, back_id__in=ids).exists()
    ):
        raise Refusal("schedule.swap_taken")
    await _fits(shift, taker_id, back)
    row = await Swap.create(
        shift_id=shift.id,
        back_id=back.id if back else None,
        giver_id=shift.member_id,
        taker_id=taker_id,
        what=[[one.starts_at.isoformat(), one.ends_at.isoformat()] for one in (shift, back) if one],
        asked_at=w.now,
        expires_at=min(one.starts_at for one in (shift, back) if one),
    )
    await set_timer(EXPIRES, row.id, row.expires_at)
    await emit(SwapChanged(row.id))
    return int(row.id)


async def answer_swap(swap_id: int, agree: bool) -> None:
    """The colleague says yes or no. `schedule.swap_over` (with its `state`) when it is decided or expired."""
    row = await _swap(swap_id, "offered")
    if current().actor.party != member_party(row.taker_id):
        raise NotAllowed("orders.dispatch")
    if agree:
        await _fits(await _shift(row.shift_id), row.taker_id, await _back(row))
    await _set(row, "agreed" if agree else "declined")


async def decide_swap(swap_id: int, approve: bool) -> None:
    """The dispatcher's word; approval moves the shifts. Refusals as when it was offered: the rota may have changed, a
    person may have left or be absent."""
    require_planner()
    if not approve:
        await _set(await _swap(swap_id, "agreed"), "refused")
        return
    known = await Swap.get_or_none(id=swap_id)
    if known is not None and known.state == "agreed":
        await _hold(known.giver_id, known.taker_id)
    row = await _swap(swap_id, "agreed")
    shift, back = await _shift(row.shift_id), await _back(row)
    await _fits(shift, row.taker_id, back)
    for one, to in ((shift, row.taker_id), (back, row.giver_id)):
        if one is None:
            continue
        await Shift.filter(id=one.id).update(member_id=to)
        for member_id in (row.giver_id, row.taker_id):
            await fix_days(member_id, [one.starts_at])
    await _set(row, "approved")


async def withdraw_swap(swap_id: int) -> None:
    """Whoever offered takes it back before it is approved."""
    row = await Swap.select_for_update().get_or_none(id=swap_id)
    if row is None:
        raise NotFound("schedule.swap")
    require_self(row.giver_id)
    if row.state not in OPEN:
        raise Refusal("schedule.swap_over", state=row.state)
    await _set(row, "withdrawn")


async def drop_swaps(shift_ids: Sequence[int]) -> None:
    """These shifts go out of the rota: what was offered of them is no more, and is told."""
    if not shift_ids:
        return
    for rows in (Swap.filter(shift_id__in=shift_ids), Swap.filter(back_id__in=shift_ids)):
        for row in await rows.filter(state__in=OPEN).select_for_update().order_by("id"):
            await _set(row, "gone")


@on_timer(EXPIRES)
async def expire(due: Due) -> None:
    row = await Swap.select_for_update().get_or_none(id=int(due.key))
    if row is not None and row.state in OPEN:
        await _set(row, "expired")


async def _set(row: Swap, state: str) -> None:
    w = current()
    row.state, row.decided_by, row.decided_at = state, w.actor.party, w.now
    row.revision += 1
    await row.save(update_fields=["state", "decided_by", "decided_at", "revision"])
    if state not in OPEN:
        await cancel_timer(EXPIRES, row.id)
    await emit(SwapChanged(row.id))


async def _hold(*member_ids: int) -> None:
    """Nobody else changes their shifts until the work ends. `schedule.swap_left` for one who is here no more."""
    for member_id in sorted(set(member_ids)):
        if await Member.filter(id=member_id, active=True).select_for_update().first() is None:
            raise Refusal("schedule.swap_left")


async def _swap(swap_id: int, state: str) -> Swap:
    row = await Swap.select_for_update().get_or_none(id=swap_id)
    if row is None:
        raise NotFound("schedule.swap")
    if row.state != state:
        raise Refusal("schedule.swap_over", state=row.state)
    if row.expires_at <= current().now:
        raise Refusal("schedule.swap_over", state="expired")
    return row


async def _shift(shift_id: int | None) -> Shift:
    row = await Shift.select_for_update().get_or_none(id=shift_id) if shift_id is not None else None
    if row is None:
        raise Refusal("schedule.swap_over", state="gone")
    return row


async def _back(row: Swap) -> Shift | None:
    return None if len(row.what) < 2 else await _shift(row.back_id)


async def _future(shift_id: int) -> Shift:
    row = await Shift.select_for_update().get_or_none(id=shift_id)
    if row is None:
        raise NotFound("schedule")
    if row.opened_at is not None or row.starts_at <= current().now:
        raise Refusal("schedule.already_open")
    return row


async def _fits(shift: Shift, taker_id: int, back: Shift | None) -> None:
    """Both can work what they would get. `schedule.swap_left`, `schedule.swap_busy` and `schedule.swap_absent` with
    the `name` of who can't."""
    giver = await Member.get_or_none(id=shift.member_id, active=True)
    taker = await Member.get_or_none(id=taker_id, active=True)
    if giver is None or taker is None or taker.contractor or not await _works(taker.role_id):
        raise Refusal("schedule.swap_left")
    for who, gets, gives in ((taker, shift, back), (giver, back, shift)):
        if gets is None:
            continue
        busy = Shift.filter(member_id=who.id, starts_at__lt=gets.ends_at, ends_at__gt=gets.starts_at)
        if await (busy.exclude(id=gives.id) if gives else busy).exists():
            raise Refusal("schedule.swap_busy", name=who.name)
        if await absent(who.id, gets.starts_at):
            raise Refusal("schedule.swap_absent", name=who.name)
        if gets.opened_at is not None or gets.starts_at <= current().now:
            raise Refusal("schedule.swap_over", state="expired")


async def _works(role_id: int) -> bool:
    return await Permission.filter(role_id=role_id, code="orders.work").exists()


def moments(what: list[list[str]]) -> list[tuple[datetime, datetime]]:
    """The times of a swap's shifts, the offered one first."""
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in what]
