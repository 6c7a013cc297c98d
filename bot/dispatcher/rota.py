"""A dispatcher decides on days off and swaps of shifts by one press; the cards say the rest."""

from bot.dispatcher.routes import routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.schedule import actions as schedule


def _pressed(turn: Turn) -> int:
    if turn.actor is None:
        raise Refusal("people.stranger")
    assert turn.press is not None
    return turn.press.id


@routes.press("absence.approve")
async def approve_absence(turn: Turn) -> None:
    await schedule.decide_absence(_pressed(turn), True)


@routes.press("absence.refuse")
async def refuse_absence(turn: Turn) -> None:
    await schedule.decide_absence(_pressed(turn), False)


@routes.press("swap.approve")
async def approve_swap(turn: Turn) -> None:
    await schedule.decide_swap(_pressed(turn), True)


@routes.press("swap.refuse")
async def refuse_swap(turn: Turn) -> None:
    await schedule.decide_swap(_pressed(turn), False)
