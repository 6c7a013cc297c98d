"""Stars for speed, accuracy and manners, and a word if the person likes."""

from typing import Any

from bot.customer.identity import known, me
from bot.customer.my_orders import pressed, seen
from bot.customer.new_order import begin
from bot.customer.routes import menu, routes
from bot.shared.paging import number
from bot.turn import Turn
from core.ratings import actions as ratings

MARKS = ("speed", "accuracy", "communication")
MAX_COMMENT = 2000


@routes.press(*(f"rate.{mark}" for mark in MARKS))
@known
async def stars(turn: Turn) -> None:
    order_id, extra = pressed(turn)
    mark = turn.press.verb.partition(".")[2] if turn.press else ""
    given = number(extra)
    if 1 <= given <= 5:
        await seen(me(turn), order_id)
        marks: dict[str, Any] = {mark: given}
        await ratings.rate(order_id, **marks)
    await _show(turn, order_id)


async def _show(turn: Turn, order_id: int) -> None:
    order = await seen(me(turn), order_id)
    rating = order.get("rating") or {}
    if all(rating.get(mark) for mark in MARKS) and not rating.get("comment"):
        turn.dialogue.go("rate.comment", order_id=order_id, closed=order["closed_at"])
    turn.redraw("customer.rate", {"order": order, "rating": rating})


@routes.press("rate.again")
@known
async def again(turn: Turn) -> None:
    """Correct one mark: it is asked once more and stays until it is changed."""
    order_id, mark = pressed(turn)
    order = await seen(me(turn), order_id)
    asking = mark if mark in MARKS else MARKS[0]
    turn.redraw("customer.rate", {"order": order, "rating": order.get("rating") or {}, "asking": asking})


@routes.press("rate.done")
@known
async def no_comment(turn: Turn) -> None:
    order_id, _ = pressed(turn)
    if turn.dialogue.step == "rate.comment":
        turn.dialogue.go(None)
    order = await seen(me(turn), order_id)
    turn.redraw("customer.rate", {"order": order, "rating": order.get("rating") or {}, "over": True})


@routes.step("rate.comment")
@menu.first
@known
async def comment(turn: Turn) -> None:
    """A word on the visit. When the order was opened anew meanwhile it is about that: the desk hears it."""
    order_id = int(turn.dialogue.data["order_id"])
    order = await seen(me(turn), order_id)
    if order["closed_at"] != turn.dialogue.data.get("closed"):
        turn.dialogue.go(None)
        await begin(turn)
        return
    if turn.files or turn.spot or not turn.text.strip():
        turn.say("customer.rate.text_only", {"number": order_id})
        return
    if turn.longer_than(MAX_COMMENT):
        turn.say("customer.rate.long", {"limit": MAX_COMMENT})
        return
    turn.dialogue.go(None)
    await ratings.rate(order_id, comment=turn.text.strip())
    turn.say("customer.rate.thanks", {"number": order_id})
