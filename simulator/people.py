"""The persons of the box: free ids, colours, and a fresh start without what they said."""

from __future__ import annotations

from simulator.box import Box
from simulator.groups import touch_topic
from simulator.messages import touch_chat
from simulator.state import COLOURS, World

FIRST_PERSON = 5_000_001


def free_id(world: World, username: str | None) -> int:
    """The id of whoever has this username, else a new one."""
    wanted = (username or "").lower()
    for person in world.people.values():
        if wanted and (person.username or "").lower() == wanted:
            return person.id
    user_id = world.count("people", FIRST_PERSON)
    while user_id in world.people:
        user_id = world.count("people", FIRST_PERSON)
    return user_id


def colour_for(user_id: int) -> str:
    return COLOURS[user_id % len(COLOURS)]


def forget_talks(box: Box) -> None:
    """Clear every chat: private ones vanish, groups stay with their members but without messages and topics."""
    world = box.world
    for bot in world.bots.values():
        box.updates.drop(bot.id)
    for key, chat in list(world.chats.items()):
        if chat.bot_id is not None or chat.migrated_to is not None:
            del world.chats[key]
    for file in world.files.values():
        box.files.path(file.key).unlink(missing_ok=True)
    world.files.clear()
    world.forget()
    for chat in world.chats.values():
        for topic in list(chat.topics.values()):
            del chat.topics[topic.thread_id]
            touch_topic(box, chat, topic)
        chat.messages.clear()
        chat.unread.clear()
        chat.keyboards.clear()
        chat.pinned.clear()
        touch_chat(box, chat)
    box.queries.clear()
    box.calls.clear()
