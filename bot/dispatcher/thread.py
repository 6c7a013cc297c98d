"""What is typed in an order's topic. It stays with the team, unless it answers the customer's message or «To the
customer» is pressed. In a group without topics only replies to what the bot posted belong to an order."""

from bot.dispatcher.routes import routes
from bot.shared.files import take
from bot.shared.talk import remark, words
from bot.turn import Turn
from core.chats import actions as chats
from core.chats.queries import message
from core.chats.rules import message_of_card, order_of_topic
from core.kernel.errors import Refusal

PAD = "pad:{order}"


async def in_topic(turn: Turn) -> bool:
    """Take the message if it belongs to an order. Whether it did."""
    answered = message_of_card(turn.replied)
    order_id = order_of_topic(turn.topic) or _order_of_card(turn.replied)
    if answered is not None:
        asked = await message(answered)
        order_id, to_customer = asked.order_id, asked.party.startswith("contact:")
    else:
        to_customer = False
    if order_id is None or not (words(turn).strip() or turn.files):
        return False
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("chats.team")
    if turn.edited and not await remark(turn, order_id):
        return True
    text = words(turn)
    files = await take(turn, "chat.customer" if to_customer else "chat.team", order_id)
    if not files and not text.strip():
        return True
    made = await chats.post(
        order_id,
        "team",
        text,
        files[0].id if files else None,
        to_customer=to_customer,
        reply_to=answered,
        in_group=True,
    )
    for extra in files[1:]:
        await chats.post(order_id, "team", "", extra.id, to_customer=to_customer, in_group=True)
    if to_customer:
        turn.react("👌")
    else:
        _pad(turn, order_id, {"message_id": made})
    return True


def _order_of_card(card: str | None) -> int | None:
    kind, _, rest = (card or "").partition(":")
    return int(rest) if kind in ("order", "ask", "pad") and rest.isdecimal() else None


def _pad(turn: Turn, order_id: int, facts: dict[str, object]) -> None:
    """One pad a topic: the old one goes, the new one stands under the last words."""
    card, tick = PAD.format(order=order_id), int(turn.work.now.timestamp() * 1000)
    turn.say("dispatcher.pad", {}, op="erase", card=card, revision=tick)
    turn.say("dispatcher.pad", facts, card=card, revision=tick + 1)


@routes.press("msg.client")
async def to_client(turn: Turn) -> None:
    """Send the team's message on to the customer."""
    assert turn.press is not None
    if turn.actor is None:
        raise Refusal("people.stranger")
    row = await message(turn.press.id)
    await chats.send_to_customer(turn.press.id)
    turn.toast("dispatcher.toast.sent")
    facts = {"sent": True, "who": turn.actor.name}
    turn.say(
        "dispatcher.pad", facts, card=PAD.format(order=row.order_id), revision=int(turn.work.now.timestamp() * 1000)
    )
