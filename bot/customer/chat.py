"""The chat with the desk about one order. It stays open until the person leaves it; answers to our messages get in by
themselves."""

from bot.customer.identity import known, me
from bot.customer.my_orders import pressed
from bot.customer.routes import menu, routes
from bot.shared.talk import begun, pass_on
from bot.turn import Turn
from core.orders.queries import access_order


@routes.press("order.chat")
@known
async def enter(turn: Turn) -> None:
    order_id, _ = pressed(turn)
    await access_order(me(turn), order_id)
    turn.dialogue.go("chat", order_id=order_id, first=None)
    turn.say("customer.chat", {"number": order_id})


@routes.press("chat.leave")
@known
async def leave(turn: Turn) -> None:
    number = turn.dialogue.data.get("order_id", 0)
    if turn.dialogue.step == "chat":
        turn.dialogue.go(None)
    turn.redraw("customer.chat.left", {"number": number})


@routes.step("chat")
@menu.first
@known
async def write(turn: Turn) -> None:
    begun(turn)
    await post(turn, int(turn.dialogue.data["order_id"]))


async def post(turn: Turn, order_id: int) -> None:
    await pass_on(turn, order_id, "customer", too_long="customer.chat.long", unreadable="customer.chat.unreadable")
