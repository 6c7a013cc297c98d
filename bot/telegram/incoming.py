"""An update becomes a `Turn`: what a person did, in no messenger's terms. Presses, the most of them, are read as they
come, for aiogram's models check a whole message of which nobody reads more than its chat."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aiogram.types import Chat, Message, MessageReactionUpdated, ReactionTypeEmoji, User

from bot.turn import Incoming, Press, Sender, Spot, Turn
from core.kernel.words import pick_locale
from core.kernel.work import Work

ALLOWED = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
)

LONGEST_ID = 1 << 62
LAST_SECOND = 1 << 40


def without_nul(value: Any) -> Any:
    """The same update without U+0000, which JSON may carry and PostgreSQL cannot keep."""
    if isinstance(value, str):
        return value.replace("\x00", "") if "\x00" in value else value
    if isinstance(value, dict):
        return {name: without_nul(one) for name, one in value.items()}
    return [without_nul(one) for one in value] if isinstance(value, list) else value


def lane_of(update: dict[str, Any]) -> int:
    """The chat in which a raw update happened, or else its person, or else 0: what must stay in order."""
    for name, event in update.items():
        if isinstance(event, dict) and name != "update_id":
            try:
                chat = event.get("chat") or (event.get("message") or {}).get("chat") or event.get("from") or {}
                lane = int(chat.get("id", 0))
            except (AttributeError, TypeError, ValueError, OverflowError):
                return 0
            return lane if abs(lane) < LONGEST_ID else 0
    return 0


def thread_of(update: dict[str, Any]) -> int | None:
    """The forum topic in which a raw update happened."""
    event = update.get("message") or update.get("callback_query")
    if isinstance(event, dict) and isinstance(event.get("message"), dict):
        event = event["message"]
    found = event.get("message_thread_id") if isinstance(event, dict) and event.get("is_topic_message") else None
    return found if isinstance(found, int) else None


def is_move(update: dict[str, Any]) -> bool:
    """Whether it is a live location that moved: the one flood, which goes to `presence` and not to the inbox."""
    match update:
        case {"edited_message": {"location": {"live_period": _}}}:
            return True
    return False


def is_sound(update: dict[str, Any]) -> bool:
    """Whether it is no move, or one that has all that a position is made of."""
    match update.get("edited_message"):
        case None:
            return True
        case {
            "location": {"live_period": _, "latitude": int() | float(), "longitude": int() | float()} as place
        } as message:
            return _is_soundly_told(place, message)
        case {"location": place}:
            return not place or (isinstance(place, dict) and "live_period" not in place)
        case message:
            return isinstance(message, dict)


def _is_soundly_told(place: dict[str, Any], message: dict[str, Any]) -> bool:
    at, accuracy = message.get("edit_date") or message.get("date"), place.get("horizontal_accuracy")
    match message:
        case {"chat": {"id": int()}, "message_id": int()}:
            return isinstance(at, int) and abs(at) < LAST_SECOND and isinstance(accuracy, int | float | None)
    return False


def sender_of(user: User) -> Sender:
    return Sender(user.id, user.full_name[:200], user.username or "", pick_locale(user.language_code))


def blank(bot: Any, w: Work, user: User, chat: Chat, message_id: int, at: datetime) -> Turn:
    """A turn with who and where; what happened is added by the others here."""
    return Turn(
        bot,
        w,
        sender_of(user),
        None,
        chat.id,
        chat.type == "private",
        message_id,
        at,
        locale=pick_locale(user.language_code),
        chat_title=chat.title or "",
        is_forum=bool(chat.is_forum),
    )


class NotAnUpdate(Exception):
    """It lacks what every update of its kind has."""


def press_turn(bot: Any, w: Work, query: Any) -> Turn:
    """A pressed button, from the raw `callback_query`. Without its message (it is too old) the chat is the person's."""
    try:
        user = query["from"]
        message = query.get("message") or {"message_id": 0, "chat": {"id": user["id"], "type": "private"}}
        chat = message["chat"]
        title, language = _text(chat.get("title")), _text(user.get("language_code"))
        name = f"{_text(user['first_name'])} {_text(user.get('last_name'))}".strip()
        return Turn(
            bot,
            w,
            Sender(_whole(user["id"]), name[:200], _text(user.get("username")), pick_locale(language)),
            None,
            _whole(chat["id"]),
            chat["type"] == "private",
            _whole(message["message_id"]),
            w.now,
            locale=pick_locale(language),
            press=read_press(_text(query.get("data")), _text(query["id"])),
            thread_id=_whole(message["message_thread_id"]) if message.get("is_topic_message") else None,
            chat_title=title,
            is_forum=chat.get("is_forum") is True,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotAnUpdate(f"{type(error).__name__}: {error}") from error


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError("text expected")
    return (value or "").replace("\x00", "")


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("whole number expected")
    return value


def read_press(data: str, query_id: str) -> Press:
    """`verb:id:revision:extra`. What is not ours becomes a press with an empty verb, which nothing answers to."""
    parts = data.split(":", 3)
    numbers = [part for part in parts[1:3] if part.isascii() and part.isdigit() and len(part) < 19]
    if len(parts) != 4 or len(numbers) != 2:
        return Press("", 0, 0, data[:64], query_id)
    return Press(parts[0], int(numbers[0]), int(numbers[1]), parts[3], query_id)


def message_turn(turn: Turn, message: Message, username: str) -> bool:
    """Fill in a message; False when there is nothing in it that we understand (a sticker, a poll, a service note)."""
    if message.is_topic_message:
        turn.thread_id = message.message_thread_id
    turn.text = message.text or message.caption or ""
    turn.files = tuple(files_of(message))
    turn.album = message.media_group_id
    if message.text and message.text.startswith("/"):
        _read_command(turn, message.text, username)
    if message.location:
        spot = message.location
        turn.spot = Spot(spot.latitude, spot.longitude, spot.live_period, spot.horizontal_accuracy)
    if message.contact:
        own = message.contact.user_id is not None and message.contact.user_id == turn.sender.user_id
        turn.contact = (message.contact.phone_number, own)
        turn.contact_name = " ".join(name for name in (message.contact.first_name, message.contact.last_name) if name)
    if message.web_app_data:
        turn.app_data = message.web_app_data.data
    return bool(turn.text or turn.files or turn.spot or turn.contact or turn.app_data)


def _read_command(turn: Turn, text: str, username: str) -> None:
    """`/orders@our_bot rest`. A command for another bot of the group is marked by the name `@`."""
    head, _, rest = text.partition(" ")
    head, newline, more = head.partition("\n")
    name, _, whose = head[1:].partition("@")
    turn.args = (rest or more if newline else rest).strip()
    turn.command = "@" if whose and whose.lower() != username.lower() else name.lower()


def files_of(message: Message) -> Iterator[Incoming]:
    """The files of a message; of a photo its largest size."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield Incoming("photo", largest.file_id, largest.file_size or 0, "", "image/jpeg")
    for kind, file in (
        ("video", message.video),
        ("video", message.video_note),
        ("voice", message.voice),
        ("audio", message.audio),
        ("document", message.document if not message.animation else None),
        ("video", message.animation),
    ):
        if file is not None:
            name, mime = getattr(file, "file_name", None) or "", getattr(file, "mime_type", None) or ""
            yield Incoming(kind, file.file_id, file.file_size or 0, name[:200], mime[:100])


def reaction_turn(turn: Turn, event: MessageReactionUpdated) -> None:
    emoji = [one.emoji for one in event.new_reaction if isinstance(one, ReactionTypeEmoji)]
    turn.reaction = emoji[0] if emoji else ""


def reply_of(message: Message | None) -> int | None:
    """The message that this one answers. In a topic every message "answers" the topic's first one; that is none."""
    answered = message.reply_to_message if message else None
    if message is None or answered is None or answered.forum_topic_created is not None:
        return None
    return answered.message_id
