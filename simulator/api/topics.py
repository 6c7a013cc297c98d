"""Topics of a forum, as a bot that may manage them works with them."""

from __future__ import annotations

from simulator import groups
from simulator.api.registry import Request, method
from simulator.api.targets import check_member, known_chat
from simulator.errors import bad
from simulator.state import Chat, Json, Topic

ICONS = (("📝", "5357315181649076022"), ("🔥", "5312241539987020022"), ("✅", "5237699328843200968"),
         ("❗️", "5379748062124056162"), ("📆", "5433614043006903194"), ("🛠", "5350554349074391003"))  # fmt: skip


def forum(request: Request) -> Chat:
    """A forum in which the bot is an administrator."""
    chat = known_chat(request)
    if chat.bot_id is not None or not chat.is_forum:
        raise bad("the chat is not a forum")
    check_member(request.bot, chat)
    if chat.members[request.bot.id] != "administrator":
        raise bad("not enough rights to manage topics")
    return chat


def topic_of(request: Request) -> tuple[Chat, Topic]:
    chat = forum(request)
    topic = chat.topics.get(request.get("message_thread_id"))
    if topic is None:
        raise bad("TOPIC_ID_INVALID")
    return chat, topic


def _name(request: Request) -> str:
    name = str(request.get("name", "")).strip()
    if not name:
        raise bad("topic name must be non-empty")
    if len(name) > 128:
        raise bad("TOPIC_TITLE_INVALID")
    return name


@method("createForumTopic")
def create_forum_topic(request: Request) -> Json:
    chat = forum(request)
    colour = request.get("icon_color")
    if colour is not None and colour not in groups.COLOURS:
        raise bad("wrong topic icon color specified")
    icon = request.get("icon_custom_emoji_id")
    topic = groups.create_topic(request.box, chat, request.bot.id, _name(request), colour, icon)
    shown = {"message_thread_id": topic.thread_id, "name": topic.name, "icon_color": topic.icon_color}
    return {**shown, **({"icon_custom_emoji_id": icon} if icon else {})}


@method("editForumTopic")
def edit_forum_topic(request: Request) -> bool:
    chat, topic = topic_of(request)
    wanted: Json = {}
    if request.get("name") and _name(request) != topic.name:
        wanted["name"] = _name(request)
    icon = request.params.get("icon_custom_emoji_id")
    if icon is not None and icon != (topic.icon_custom_emoji_id or ""):
        wanted["icon_custom_emoji_id"] = icon
    if not wanted:
        raise bad("TOPIC_NOT_MODIFIED")
    groups.edit_topic(request.box, chat, topic, request.bot.id, wanted)
    return True


def _close(request: Request, *, closed: bool) -> bool:
    chat, topic = topic_of(request)
    if topic.closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    groups.close_topic(request.box, chat, topic, request.bot.id, closed=closed)
    return True


@method("closeForumTopic")
def close_forum_topic(request: Request) -> bool:
    return _close(request, closed=True)


@method("reopenForumTopic")
def reopen_forum_topic(request: Request) -> bool:
    return _close(request, closed=False)


@method("deleteForumTopic")
def delete_forum_topic(request: Request) -> bool:
    chat, topic = topic_of(request)
    groups.delete_topic(request.box, chat, topic)
    return True


@method("unpinAllForumTopicMessages")
def unpin_all_forum_topic_messages(request: Request) -> bool:
    chat, topic = topic_of(request)
    chat.pinned = [
        number for number in chat.pinned if chat.messages[number].body.get("message_thread_id") != topic.thread_id
    ]
    request.box.world.dirty.chats.add(chat.key)
    return True


@method("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(request: Request) -> list[Json]:
    return [
        {
            "file_id": f"topic-icon-{custom}", "file_unique_id": f"topic-icon-{custom}", "type": "custom_emoji",
            "width": 100, "height": 100, "is_animated": False, "is_video": False, "emoji": emoji,
            "set_name": "Topics", "custom_emoji_id": custom,
        }
        for emoji, custom in ICONS
    ]  # fmt: skip
