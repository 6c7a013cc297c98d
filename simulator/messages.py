"""A message appears, changes or goes: the state, the page's event and the bots' updates, always together."""

from __future__ import annotations

from typing import Any

from simulator.box import Box
from simulator.files import personal
from simulator.state import Chat, Json, Message
from simulator.views import chat_news, chat_view, event_view

MEDIA = ("photo", "video", "document", "voice", "audio", "animation", "sticker", "video_note")
NESTED = ("reply_to_message", "pinned_message")
KEPT = 20_000


def has_media(body: Json) -> bool:
    return any(kind in body for kind in MEDIA) or any(has_media(body[part]) for part in NESTED if part in body)


def render(box: Box, message: Message, bot_id: int) -> Json:
    """The message as a bot is told of it."""
    body = message.body
    return personal(box.files, bot_id, body) if message.media else body


def quoted(message: Message) -> Json:
    """A message inside another: without what it answers itself, as Telegram cuts it."""
    return {key: value for key, value in message.body.items() if key not in NESTED}


def post(
    box: Box,
    chat: Chat,
    author: int,
    content: Json,
    *,
    thread_id: int | None = None,
    reply: Message | None = None,
    receiver: int | None = None,
) -> Message:
    """Put a message into a chat. `content` is its part of Telegram's Message (text, photo, …). Bots hear
    of persons' messages and of service messages, whoever caused them."""
    world = box.world
    number = world.next_message_id(chat)
    body: Json = {
        "message_id": number,
        "from": world.user(author),
        "chat": world.chat_json(chat),
        "date": int(world.now()),
    }
    if thread_id is not None:
        body["message_thread_id"] = thread_id
        if chat.is_forum:
            body["is_topic_message"] = True
            reply = reply or chat.messages.get(thread_id)
    if reply is not None and not reply.deleted and reply.id != number:
        body["reply_to_message"] = quoted(reply)
    if receiver is not None:
        body.update(message_id=0, ephemeral_message_id=number, receiver_user=world.user(receiver))
    body.update(content)
    message = Message(chat.key, number, author, body, media=has_media(body), receiver=receiver)
    _set_live(box, message)
    chat.messages[number] = message
    _touch(box, message)
    _count_unread(box, chat, message)
    _forget_oldest(box, chat)
    _show(box, chat, message, "message")
    _tell(box, chat, message, "message")
    return message


def change(box: Box, chat: Chat, message: Message, changes: Json, *, by_person: bool, mark: bool = True) -> None:
    """Edit a message: `changes` replace parts of its body, a None removes one. Bots hear of a person's edit
    only; `mark` shows it as edited."""
    body = {**message.body, **changes}
    message.body = {key: value for key, value in body.items() if value is not None}
    if mark:
        message.body["edit_date"] = int(box.world.now())
        message.edited = True
    message.media = has_media(message.body)
    _touch(box, message)
    _show(box, chat, message, "edit")
    if by_person:
        _tell(box, chat, message, "edited_message")


def erase(box: Box, chat: Chat, message: Message) -> None:
    """Delete a message for everybody; bots are not told, as in Telegram."""
    message.deleted = True
    message.body = {key: message.body[key] for key in ("message_id", "chat", "date", "from")}
    message.media = False
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
        box.world.dirty.chats.add(chat.key)
    _touch(box, message)
    if box.hub:
        box.hub.send("delete", chat=chat.key, message_id=message.id, news=chat_news(chat))


def react(box: Box, chat: Chat, message: Message, user_id: int, emojis: list[str]) -> None:
    """Set a person's or a bot's reactions; bots hear of persons'."""
    old = message.reactions.get(user_id, [])
    if old == emojis:
        return
    if emojis:
        message.reactions[user_id] = emojis
    else:
        message.reactions.pop(user_id, None)
    _touch(box, message)
    _show(box, chat, message, "edit")
    if user_id in box.world.bots:
        return
    update = {
        "chat": box.world.chat_json(chat),
        "message_id": message.id,
        "user": box.world.user(user_id),
        "date": int(box.world.now()),
        "old_reaction": [{"type": "emoji", "emoji": emoji} for emoji in old],
        "new_reaction": [{"type": "emoji", "emoji": emoji} for emoji in emojis],
    }
    for bot in box.bots_in(chat):
        box.updates.queue(bot, "message_reaction", update)


def touch_chat(box: Box, chat: Chat) -> None:
    """A chat's own facts changed: keep them and tell the page."""
    box.world.dirty.chats.add(chat.key)
    if box.hub:
        box.hub.send("chat", chat=chat.key, data=chat_view(box, chat))


def live(box: Box, message: Message) -> bool:
    """Whether a live location still moves."""
    return message.live_until is not None and box.world.now() < message.live_until


def _show(box: Box, chat: Chat, message: Message, kind: str) -> None:
    if box.hub:
        box.hub.send(kind, chat=chat.key, message=event_view(box, message), news=chat_news(chat))


def _set_live(box: Box, message: Message) -> None:
    period = message.body.get("location", {}).get("live_period")
    if period:
        message.live_until = box.world.now() + period


def _touch(box: Box, message: Message) -> None:
    box.world.dirty.messages.add((message.chat, message.id))


def _count_unread(box: Box, chat: Chat, message: Message) -> None:
    readers = [message.receiver] if message.receiver is not None else box.people_in(chat)
    for user_id in readers:
        if user_id != message.author:
            chat.unread[user_id] = chat.unread.get(user_id, 0) + 1
    box.world.dirty.marks.add(chat.key)


def _forget_oldest(box: Box, chat: Chat) -> None:
    """A chat remembers its newest messages; a topic's first one stays, for it is the topic's root."""
    while len(chat.messages) > KEPT:
        number = next(key for key in chat.messages if key not in chat.topics)
        del chat.messages[number]
        box.world.dirty.gone.add((chat.key, number))


def _tell(box: Box, chat: Chat, message: Message, kind: str) -> None:
    if message.author in box.world.bots and not any(part in message.body for part in SERVICE):
        return
    for bot in box.bots_in(chat):
        box.updates.queue(bot, kind, render(box, message, bot.id))


SERVICE = (
    "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
)  # fmt: skip


def content_of(message: Message) -> dict[str, Any]:
    """What a copy of the message carries along."""
    parts = (
        "text", "entities", "caption", "caption_entities", *MEDIA, "location", "venue", "contact",
        "has_media_spoiler", "show_caption_above_media", "link_preview_options",
    )  # fmt: skip
    return {key: message.body[key] for key in parts if key in message.body}
