"""What the page is shown: chats and messages as its JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.markup import to_html
from simulator.state import Chat, Json, Message, StoredFile

if TYPE_CHECKING:
    from simulator.box import Box

SINGLE = ("video", "document", "voice", "audio", "animation", "sticker")
GLYPHS = {"photo": "🖼", "video": "🎬", "voice": "🎤", "audio": "🎵", "document": "📎", "location": "📍",
          "venue": "📍", "contact": "👤", "animation": "🎞"}  # fmt: skip


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def chat_view(box: Box, chat: Chat) -> Json:
    return {
        "key": chat.key,
        "id": chat.id,
        "type": chat.type,
        "title": _title(box, chat),
        "is_forum": chat.is_forum,
        "bot_id": chat.bot_id,
        "user_id": chat.user_id,
        "members": [chat.bot_id, chat.user_id] if chat.user_id is not None else chat.present(),
        "topics": [
            {"thread_id": t.thread_id, "name": t.name, "icon_color": t.icon_color, "closed": t.closed}
            for t in chat.topics.values()
        ],
        "unread": chat.unread,
        "blocked": chat.blocked,
        "started": chat.started,
        "last": _last(chat),
        "keyboard": chat.keyboards or None,
        "pinned": chat.pinned,
    }


def chat_news(chat: Chat) -> Json:
    """What a message changes of its chat's view."""
    return {"last": _last(chat), "unread": chat.unread, "pinned": chat.pinned}


def message_view(box: Box, message: Message, viewer: int | None) -> Json:
    """Telegram's Message with the page's own facts under `sim`; `viewer` decides whose side it stands on."""
    body = message.body
    text = body.get("text") or body.get("caption") or ""
    file, thumb = _files(box, body)
    return {
        **body,
        "message_id": message.id,
        "sim": {
            "edited": message.edited,
            "deleted": message.deleted,
            "out": message.author == viewer,
            "html": to_html(text, body.get("entities") or body.get("caption_entities") or []),
            "file_url": file and f"/sim/files/{file.key}",
            "thumb_url": thumb and f"/sim/files/{thumb.key}",
            "reactions": _reactions(message),
            "live": _live(box, message),
            "only_for": message.receiver,
        },
    }


def event_view(box: Box, message: Message) -> Json:
    """A message for everybody's page: `sim.out` is false, the page compares `from.id` itself."""
    return message_view(box, message, None)


def _title(box: Box, chat: Chat) -> str | None:
    return box.world.bots[chat.bot_id].first_name if chat.bot_id is not None else chat.title


def _last(chat: Chat) -> Json | None:
    for message in reversed(chat.messages.values()):
        if not message.deleted and message.receiver is None:
            return {"text": summary(message.body), "date": message.body["date"], "from": message.author}
    return None


def summary(body: Json) -> str:
    words = str(body.get("text") or body.get("caption") or "")[:80]
    sign = next((GLYPHS[part] for part in GLYPHS if part in body), "")
    return f"{sign} {words}".strip()


def _files(box: Box, body: Json) -> tuple[StoredFile | None, StoredFile | None]:
    files = box.world.files
    if "photo" in body:
        sizes = body["photo"]
        small = next((size for size in sizes if max(size["width"], size["height"]) >= 320), sizes[-1])
        return files.get(sizes[-1]["file_id"]), files.get(small["file_id"])
    for part in SINGLE:
        if part in body:
            file = files.get(body[part]["file_id"])
            return file, files.get(file.thumb or "") if file else None
    return None, None


def _reactions(message: Message) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for user_id, emojis in message.reactions.items():
        for emoji in emojis:
            found.setdefault(emoji, []).append(user_id)
    return found


def _live(box: Box, message: Message) -> Json | None:
    if message.live_until is None:
        return None
    return {"active": box.world.now() < message.live_until, "until": iso(message.live_until)}
