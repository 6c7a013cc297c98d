"""Groups and who is in them: making one, joining, leaving, topics, becoming a supergroup."""

from __future__ import annotations

from simulator.box import Box
from simulator.errors import ActError
from simulator.messages import erase, post, touch_chat
from simulator.state import FIRST_GROUP, FIRST_SUPERGROUP, PRESENT, Chat, Json, Message, Topic

DEFAULT_COLOUR = 0x6FB9F0
COLOURS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)
RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories", "can_send_welcome_messages", "can_pin_messages",
)  # fmt: skip


def create(box: Box, title: str, *, forum: bool) -> Chat:
    """An empty group; one with topics is a supergroup from the start."""
    kind, first = ("supergroup", FIRST_SUPERGROUP) if forum else ("group", FIRST_GROUP)
    chat_id = first - box.world.count(f"chats:{kind}", 0)
    chat = Chat(key=str(chat_id), id=chat_id, type=kind, title=title, is_forum=forum)
    box.world.chats[chat.key] = chat
    touch_chat(box, chat)
    return chat


def member_json(box: Box, chat: Chat, user_id: int, status: str | None = None) -> Json:
    """The ChatMember object of a user, optionally as if of another status."""
    status = status or chat.members.get(user_id, "left")
    body: Json = {"status": status, "user": box.world.user(user_id)}
    if status == "creator":
        body["is_anonymous"] = False
    elif status == "administrator":
        body.update(can_be_edited=False, is_anonymous=False, **dict.fromkeys(RIGHTS, True))
        if chat.type == "supergroup":
            body["can_manage_topics"] = True
    elif status == "kicked":
        body["until_date"] = 0
    return body


def set_member(box: Box, chat: Chat, user_id: int, status: str, by: int, *, say: bool = True) -> None:
    """Change someone's standing; bots hear `my_chat_member` or `chat_member` and the service message."""
    old = chat.members.get(user_id, "left")
    if old == status:
        return
    before, after = member_json(box, chat, user_id, old), member_json(box, chat, user_id, status)
    joins, leaves = old not in PRESENT and status in PRESENT, old in PRESENT and status not in PRESENT
    if leaves and say:
        post(box, chat, by, {"left_chat_member": box.world.user(user_id)})
    chat.members[user_id] = status
    touch_chat(box, chat)
    update = {
        "chat": box.world.chat_json(chat),
        "from": box.world.user(by),
        "date": int(box.world.now()),
        "old_chat_member": before,
        "new_chat_member": after,
    }
    if user_id in box.world.bots:
        box.updates.queue(box.world.bots[user_id], "my_chat_member", update)
    for bot in box.bots_in(chat):
        if bot.id != user_id and chat.members[bot.id] == "administrator":
            box.updates.queue(bot, "chat_member", update)
    if joins and say:
        post(box, chat, by, {"new_chat_members": [box.world.user(user_id)]})


def set_private_block(box: Box, chat: Chat, *, blocked: bool) -> None:
    """A person blocks a bot or lets it in again; the bot hears `my_chat_member`."""
    assert chat.bot_id is not None
    assert chat.user_id is not None
    if chat.blocked == blocked:
        return
    chat.blocked = blocked
    touch_chat(box, chat)
    bot = box.world.bots[chat.bot_id]
    statuses = ("member", "kicked") if blocked else ("kicked", "member")
    old, new = (member_json(box, chat, bot.id, status) for status in statuses)
    box.updates.queue(bot, "my_chat_member", {
        "chat": box.world.chat_json(chat), "from": box.world.user(chat.user_id),
        "date": int(box.world.now()), "old_chat_member": old, "new_chat_member": new,
    })  # fmt: skip


def set_forum(box: Box, chat: Chat, *, on: bool) -> Chat:
    """Switch topics; a plain group becomes a supergroup first, as in Telegram."""
    if on and chat.type == "group":
        chat = migrate(box, chat)
    chat.is_forum = on
    touch_chat(box, chat)
    return chat


def migrate(box: Box, old: Chat) -> Chat:
    """Group to supergroup: new id, same people; both sides say so in service messages."""
    if old.type != "group" or old.migrated_to is not None:
        raise ActError("not_a_group", "only a plain group becomes a supergroup")
    new = create(box, old.title or "", forum=True)
    new.is_forum = False
    new.members = dict(old.members)
    author = next((user for user, status in old.members.items() if status == "creator"), None)
    author = author or next(iter(old.present()))
    post(box, old, author, {"migrate_to_chat_id": new.id})
    old.migrated_to = new.id
    touch_chat(box, old)
    post(box, new, author, {"migrate_from_chat_id": old.id})
    touch_chat(box, new)
    box.hub.send("state")
    return new


def create_topic(box: Box, chat: Chat, author: int, name: str, colour: int | None, icon: str | None) -> Topic:
    """A topic is the thread of its first, service, message."""
    shown: Json = {"name": name, "icon_color": colour or DEFAULT_COLOUR}
    if icon:
        shown["icon_custom_emoji_id"] = icon
    number = chat.next_id
    topic = Topic(number, name, shown["icon_color"], icon_custom_emoji_id=icon)
    chat.topics[number] = topic
    touch_topic(box, chat, topic)
    post(box, chat, author, {"forum_topic_created": shown}, thread_id=number)
    return topic


def edit_topic(box: Box, chat: Chat, topic: Topic, author: int, changes: Json) -> None:
    for name, value in changes.items():
        setattr(topic, name, value)
    touch_topic(box, chat, topic)
    post(box, chat, author, {"forum_topic_edited": changes}, thread_id=topic.thread_id)


def close_topic(box: Box, chat: Chat, topic: Topic, author: int, *, closed: bool) -> None:
    topic.closed = closed
    touch_topic(box, chat, topic)
    service = "forum_topic_closed" if closed else "forum_topic_reopened"
    post(box, chat, author, {service: {}}, thread_id=topic.thread_id)


def delete_topic(box: Box, chat: Chat, topic: Topic) -> None:
    """A topic goes with everything said in it."""
    inside: list[Message] = [
        message
        for message in chat.messages.values()
        if message.body.get("message_thread_id") == topic.thread_id and not message.deleted
    ]
    for message in inside:
        erase(box, chat, message)
    del chat.topics[topic.thread_id]
    touch_topic(box, chat, topic)


def touch_topic(box: Box, chat: Chat, topic: Topic) -> None:
    box.world.dirty.topics.add((chat.key, topic.thread_id))
    touch_chat(box, chat)
