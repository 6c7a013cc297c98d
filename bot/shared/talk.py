"""What people write to each other about an order, on its way from any bot."""

from bot.shared.files import take
from bot.turn import Turn
from core.chats import actions as chats


async def pass_on(turn: Turn, order_id: int, side: str, *, too_long: str, unreadable: str) -> None:
    """Put whatever it is into the order's thread; a reaction says that it went, a screen why it did not."""
    text = words(turn)
    if len(text) > chats.MAX_TEXT:
        turn.say(too_long, {"limit": chats.MAX_TEXT})
        return
    taken = await take(turn, f"chat.{side}", order_id)
    if not turn.files and not text.strip():
        turn.say(unreadable, {})
        return
    went = bool(taken or text.strip())
    for file in taken:
        await chats.post(order_id, side, text, file.id, to_customer=side == "customer")
        text = ""
    if text.strip():
        await chats.post(order_id, side, text, to_customer=side == "customer")
    if went:
        turn.react()


def words(turn: Turn) -> str:
    """A place as a link to a map, a contact as its name and number."""
    if turn.contact is not None:
        return f"{turn.contact_name} {turn.contact[0]}".strip()
    if turn.spot is not None:
        return f"https://yandex.ru/maps/?pt={turn.spot.lon:.6f},{turn.spot.lat:.6f}&z=16"
    return turn.text
