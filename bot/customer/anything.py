"""A message that nothing waits for: an answer to something of ours goes there, anything else begins an order."""

from bot.customer.chat import post
from bot.customer.identity import known, me
from bot.customer.new_order import begin
from bot.customer.routes import menu, routes
from bot.shared.files import take
from bot.shared.talk import chatting, remark
from bot.turn import Turn
from core.chats.queries import message
from core.kernel.errors import Refusal
from core.orders import actions as orders
from core.orders.queries import access_order


@routes.otherwise
@menu.first
async def anything(turn: Turn) -> None:
    if not turn.edited:
        await _take(turn)
    elif turn.text.strip() and turn.command is None:
        await _corrected(turn)


@known
async def _corrected(turn: Turn) -> None:
    order_id = await _answers(turn)
    if order_id is None and chatting(turn, "chat"):
        order_id = int(turn.dialogue.data["order_id"])
    if order_id is None:
        turn.say("customer.edited", {})
    elif await remark(turn, order_id):
        await post(turn, order_id)


@known
async def _take(turn: Turn) -> None:
    if turn.command is not None:
        turn.say("customer.menu", {"draft": bool(turn.dialogue.data.get("draft"))})
        return
    order_id = await _answers(turn)
    if order_id is not None:
        await post(turn, order_id)
    elif turn.files and turn.album and turn.album == turn.dialogue.data.get("album"):
        order = int(turn.dialogue.data["album_order"])
        for file in await take(turn, "order", order):
            await orders.attach(order, file.id, "request", album=turn.album[:32])
    else:
        await begin(turn)


async def _answers(turn: Turn) -> int | None:
    """The order that the replied message speaks of, if the person may see it."""
    kind, _, number = (turn.replied or "").partition(":")
    if kind not in ("order", "msg") or not number.isdigit():
        return None
    try:
        order_id = int(number) if kind == "order" else (await message(int(number))).order_id
        await access_order(me(turn), order_id)
    except Refusal:
        return None
    return order_id
