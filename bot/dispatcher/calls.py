"""Presses on what another system brought: an order of it in one press, or done without one."""

from bot.dispatcher.routes import routes
from bot.turn import Turn
from core.kernel.errors import Refusal
from core.sources import requests


def _request(turn: Turn) -> int:
    if turn.actor is None:
        raise Refusal("people.stranger")
    assert turn.press is not None
    return turn.press.id


@routes.press("request.order")
async def order(turn: Turn) -> None:
    """The order appears in its own topic; the card says its number."""
    number = await requests.make_order(_request(turn))
    turn.toast("dispatcher.request.made", number=number)


@routes.press("request.done")
async def done(turn: Turn) -> None:
    await requests.settle_for(_request(turn))
