"""Where a call aims: the chat, the topic, the message to answer or change. Refusals are Telegram's."""

from __future__ import annotations

from typing import Any

from simulator.api.registry import Request
from simulator.errors import ApiError, bad, forbidden, migrated
from simulator.state import Bot, Chat, Message

NAMES = {"group": "group chat", "supergroup": "supergroup chat"}


def known_chat(request: Request, name: str = "chat_id") -> Chat:
    """A chat the bot may look at: its own private one or a group it knows."""
    chat_id = request.get(name)
    if chat_id is None:
        raise bad(f"{name} is empty")
    world = request.box.world
    if isinstance(chat_id, int) and chat_id > 0:
        chat = world.chats.get(f"{request.bot.id}:{chat_id}")
        if chat is None and chat_id in world.people:
            chat = world.private(request.bot.id, chat_id)
    else:
        chat = world.chats.get(str(chat_id))
        if chat is not None and request.bot.id not in chat.members:
            chat = None
    if chat is None:
        raise bad("chat not found")
    if chat.migrated_to is not None:
        raise migrated(chat.migrated_to)
    return chat


def open_chat(request: Request) -> Chat:
    """A chat the bot may write to."""
    chat = known_chat(request)
    if chat.bot_id is not None:
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
    else:
        check_member(request.bot, chat)
    return chat


def check_member(bot: Bot, chat: Chat) -> None:
    status = chat.members.get(bot.id, "left")
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {NAMES[chat.type]}")
    if status == "left":
        raise forbidden(f"bot is not a member of the {NAMES[chat.type]}")


def find_reply(request: Request, chat: Chat) -> Message | None:
    """The message this one answers."""
    wanted = request.get("reply_parameters", {})
    number = wanted.get("message_id", request.get("reply_to_message_id"))
    if number is None:
        return None
    message = chat.messages.get(int(number))
    if message is not None and not message.deleted:
        return message
    if wanted.get("allow_sending_without_reply") or request.get("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def find_thread(request: Request, chat: Chat, reply: Message | None) -> int | None:
    """The topic to write in; an answer goes where its question is."""
    number = request.get("message_thread_id")
    if number is None:
        return reply.body.get("message_thread_id") if reply is not None else None
    topic = chat.topics.get(number)
    if topic is None:
        raise bad("message thread not found")
    if topic.closed and chat.members.get(request.bot.id) not in ("creator", "administrator"):
        raise bad("TOPIC_CLOSED")
    return topic.thread_id


def find_receiver(request: Request, chat: Chat) -> int | None:
    """The one member who will see an ephemeral message, None for an ordinary one."""
    wanted = request.get("ephemeral_message_parameters", {})
    receiver = wanted.get("receiver_user_id", request.get("receiver_user_id"))
    if receiver is None:
        return None
    if chat.bot_id is not None:
        raise bad("ephemeral messages can be sent only to groups and supergroups")
    if receiver not in chat.present():
        raise bad("user not found")
    return int(receiver)


def find_message(request: Request, what: str, name: str = "message_id") -> tuple[Chat, Message]:
    """A message that is still there; `what` completes Telegram's "message to … not found"."""
    if request.get("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    chat = known_chat(request)
    if chat.bot_id is None:
        check_member(request.bot, chat)
    return chat, message_in(chat, request.get(name), what)


def message_in(chat: Chat, number: Any, what: str) -> Message:
    message = chat.messages.get(int(number)) if number is not None else None
    if message is None or message.deleted or message.receiver is not None:
        raise missing(what)
    return message


def missing(what: str) -> ApiError:
    return bad(f"message to {what} not found")
