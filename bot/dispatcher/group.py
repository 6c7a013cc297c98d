"""A group of dispatchers: bind it, and everything that is typed in it."""

from bot.dispatcher.routes import routes
from bot.dispatcher.thread import in_topic
from bot.turn import Turn
from core.chats import actions as chats
from core.chats.queries import group_of_chat
from core.kernel.errors import Refusal


@routes.command("bind")
async def bind(turn: Turn) -> None:
    """Orders come to this group from now on."""
    if turn.private:
        turn.say("dispatcher.note", {"key": "dispatcher.bind.private"})
        return
    if turn.actor is None:
        raise Refusal("people.stranger")
    await chats.bind_group(turn.chat_id, turn.chat_title, turn.is_forum, turn.actor.locale)
    turn.say("dispatcher.bound", {"title": turn.chat_title, "is_forum": turn.is_forum})


@routes.command("unbind")
async def unbind(turn: Turn) -> None:
    """Orders stop coming here; what is here stays."""
    if turn.actor is None:
        raise Refusal("people.stranger")
    turn.actor.require("orders.dispatch")
    await chats.update_group(turn.chat_id, active=False)
    turn.say("dispatcher.note", {"key": "dispatcher.unbound"})


@routes.otherwise
async def anything(turn: Turn) -> None:
    """A message that is no command: the words of an order's topic, or small talk that is none of our business."""
    if turn.edited and (turn.command is not None or not turn.text.strip()):
        return
    if turn.private and turn.edited:
        turn.say("dispatcher.edited", {})
    elif turn.private:
        turn.say("dispatcher.help", {"company": "", "private": True, "known": turn.actor is not None})
    elif await group_of_chat(turn.chat_id) is not None:
        await in_topic(turn)


@routes.press("idle")
async def idle(turn: Turn) -> None:
    """A button that only shows something."""
