"""What people write to each other about an order, on its way from any bot.

Messengers let people correct what they have sent. What went into a thread goes there once more, marked; of anything
else, an answer to a question say, they hear that it is not read again. Telegram also tells of changes that nobody sees.
"""

from bot.shared.files import take
from bot.turn import Turn
from core.chats import actions as chats
from core.chats.queries import said

MARK = "✏️ "


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


async def remark(turn: Turn, order_id: int) -> bool:
    """Mark what was corrected, while there is room for that, to be passed on; False when the thread has it already."""
    text = turn.text.strip()
    marked = MARK + text if len(MARK + text) <= chats.MAX_TEXT else text
    if not text or await said(order_id, turn.work.actor.party, (turn.text, text, marked)):
        return False
    turn.text, turn.files = marked, ()
    return True


def chatting(turn: Turn, step: str) -> bool:
    """Whether the message was written in the chat that is open still."""
    first = turn.dialogue.data.get("first")
    return turn.dialogue.step == step and first is not None and turn.message_id >= first


def begun(turn: Turn) -> None:
    """The first message of a chat: what came before it was said elsewhere."""
    if turn.dialogue.data.get("first") is None:
        turn.dialogue.go(turn.dialogue.step, first=turn.message_id)


def words(turn: Turn) -> str:
    """A place as a link to a map, a contact as its name and number."""
    if turn.contact is not None:
        return f"{turn.contact_name} {turn.contact[0]}".strip()
    if turn.spot is not None:
        return f"https://yandex.ru/maps/?pt={turn.spot.lon:.6f},{turn.spot.lat:.6f}&z=16"
    return turn.text
