"""Give a shift to a colleague: which one, to whom, for what; and answer to such an offer."""

from bot.technician.identity import known, me, pressed
from bot.technician.routes import routes
from bot.turn import Turn
from core.kernel.errors import NotFound
from core.schedule import actions as schedule
from core.schedule import queries
from core.schedule.queries import ShiftView

DAYS = 28
MOST = 20


@routes.press("rota.give")
@known
async def choose_shift(turn: Turn) -> None:
    found = [one for one in await queries.shifts_ahead(me(turn).id, DAYS) if _movable(turn, one)]
    shifts = [{"id": one.id, "what": _what(one)} for one in found[:MOST]]
    turn.redraw("technician.give", {"step": "shift", "shifts": shifts})


@routes.press("give.shift")
@known
async def choose_taker(turn: Turn) -> None:
    shift = await _mine(turn)
    people = [{"id": one.id, "name": one.name} for one in await queries.takers(shift.id)]
    turn.redraw("technician.give", {"step": "taker", "id": shift.id, "what": _what(shift), "people": people})


@routes.press("give.to")
@known
async def choose_return(turn: Turn) -> None:
    """The button's revision is the colleague."""
    shift, taker_id = await _mine(turn), turn.press.revision if turn.press else 0
    taker = next((one.name for one in await queries.takers(shift.id) if one.id == taker_id), None)
    if taker is None:
        await choose_taker(turn)
        return
    theirs = [one for one in await queries.shifts_ahead(taker_id, DAYS) if _movable(turn, one)]
    mine = [one for one in await queries.shifts_ahead(me(turn).id, DAYS) if one.id != shift.id]
    free = [one for one in theirs if not any(_collide(one, other) for other in mine)]
    returns = [{"id": one.id, "what": _what(one)} for one in free[:MOST]]
    facts = {"step": "back", "id": shift.id, "what": _what(shift), "taker_id": taker_id, "taker": taker}
    turn.redraw("technician.give", facts | {"returns": returns})


@routes.press("give.offer")
@known
async def offer(turn: Turn) -> None:
    """Extra: the shift in return, if any. What was offered comes as a card of its own."""
    shift_id, extra = pressed(turn)
    back = int(extra) if extra.isascii() and extra.isdecimal() and len(extra) < 16 else None
    await schedule.offer_swap(shift_id, turn.press.revision if turn.press else 0, back)
    turn.redraw("technician.sent", {})


@routes.press("swap.agree")
@known
async def agree(turn: Turn) -> None:
    await schedule.answer_swap(pressed(turn)[0], True)


@routes.press("swap.decline")
@known
async def decline(turn: Turn) -> None:
    await schedule.answer_swap(pressed(turn)[0], False)


@routes.press("swap.withdraw")
@known
async def withdraw(turn: Turn) -> None:
    await schedule.withdraw_swap(pressed(turn)[0])


async def _mine(turn: Turn) -> ShiftView:
    shift = await queries.shift_view(pressed(turn)[0])
    if shift.member_id != me(turn).id:
        raise NotFound("schedule")
    return shift


def _movable(turn: Turn, one: ShiftView) -> bool:
    return one.opened_at is None and one.starts_at > turn.work.now


def _collide(one: ShiftView, other: ShiftView) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _what(one: ShiftView) -> list[str]:
    return [one.starts_at.isoformat(), one.ends_at.isoformat()]
