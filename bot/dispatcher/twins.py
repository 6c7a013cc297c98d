"""Whether two orders are one trouble: a dispatcher's press, and taking it back. The question itself then becomes the
answer, for whoever looks."""

from bot.dispatcher.routes import routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.orders.queries import access_order
from core.twins import actions as twins
from core.twins.queries import pair_of


async def _pair(turn: Turn) -> int:
    """The pair that was pressed, if this dispatcher may decide on it."""
    assert turn.press is not None
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("orders.dispatch")
    await pair_of(turn.actor, turn.press.id)
    return turn.press.id


@routes.press("twin.merge")
async def merge(turn: Turn) -> None:
    number = await twins.merge_pair(await _pair(turn))
    turn.toast("dispatcher.toast.merged", number=number)


@routes.press("twin.apart")
async def apart(turn: Turn) -> None:
    await twins.apart(await _pair(turn))
    turn.toast("dispatcher.toast.apart")


@routes.press("twin.undo")
async def undo(turn: Turn) -> None:
    """On the card of an order that went into another."""
    assert turn.press is not None
    if turn.actor is None:
        raise Refusal("people.stranger")
    await access_order(turn.actor, turn.press.id)
    number = await twins.unmerge(turn.press.id)
    turn.toast("dispatcher.toast.unmerged", number=number)
