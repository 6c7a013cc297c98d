"""The chat with the desk about one order. It stays open until the person leaves it; answers to our messages get in by
themselves."""

from bot.customer.identity import known, me
from bot.customer.my_orders import pressed
from bot.customer.routes import menu, routes
from bot.shared.files import take
from bot.turn import Turn
from core.chats import actions as chats
from core.orders.queries import access_order


@routes.press("order.chat")
@known
async def enter(turn: Turn) -> None:
    order_id, _ = pressed(turn)
    await access_order(me(turn), order_id)
    turn.dialogue.go("chat", order_id=order_id)
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
    await post(turn, int(turn.dialogue.data["order_id"]))


async def post(turn: Turn, order_id: int) -> None:
    """Pass on whatever it is; a reaction says that it went."""
    text = turn.text
    if turn.spot is not None:
        text = f"https://yandex.ru/maps/?pt={turn.spot.lon:.6f},{turn.spot.lat:.6f}&z=16"
    if turn.contact is not None:
        text = turn.contact[0]
    if len(text) > chats.MAX_TEXT:
        turn.say("customer.chat.long", {"limit": chats.MAX_TEXT})
        return
    taken = await take(turn, "chat.customer", order_id)
    if not turn.files and not text.strip():
        turn.say("customer.chat.unreadable", {})
        return
    went = bool(taken or text.strip())
    for file in taken:
        await chats.post(order_id, "customer", text, file.id)
        text = ""
    if text.strip():
        await chats.post(order_id, "customer", text)
    if went:
        turn.react()
