"""Who and what is in the box: bots, persons, chats with their topics and messages, files.

Plain data owned by the event loop; nothing here awaits. Whoever changes something names it in `World.dirty`,
and the store writes it down soon after. Ids are Telegram's: a private chat has the person's id for its bot,
a group a negative number; `Chat.key` tells all of them apart ("{bot_id}:{user_id}" or the group's number).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

COLOURS = ("#e17076", "#7bc862", "#65aadd", "#a695e7", "#ee7aae", "#6ec9cb", "#faa774", "#5e8fd6")
ROLES = ("customer", "technician", "dispatcher", "other")
FIRST_SUPERGROUP = -1_001_000_000_001
FIRST_GROUP = -4_000_000_001
PRESENT = ("creator", "administrator", "member")


@dataclass(slots=True)
class Bot:
    """`commands` by "scope|language", `texts` by "kind|language", `menu_buttons` by chat id ("" = default)."""

    id: int
    token: str
    username: str
    first_name: str
    commands: dict[str, list[Json]] = field(default_factory=dict)
    menu_buttons: dict[str, Json] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    webhook: Json | None = None
    allowed: list[str] = field(default_factory=list)

    def user(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


@dataclass(slots=True)
class Person:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    phone: str | None = None
    language_code: str = "ru"
    role: str = "other"
    colour: str = COLOURS[0]

    def user(self) -> Json:
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        user["language_code"] = self.language_code
        return user


@dataclass(slots=True)
class Topic:
    thread_id: int
    name: str
    icon_color: int
    closed: bool = False
    icon_custom_emoji_id: str | None = None


@dataclass(slots=True)
class Message:
    """`body` is Telegram's Message with box-wide file keys in place of file ids; `receiver` marks an
    ephemeral message, which only that person sees; `live_until` is unix time of a live location's end."""

    chat: str
    id: int
    author: int
    body: Json
    media: bool = False
    edited: bool = False
    deleted: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)
    live_until: float | None = None
    receiver: int | None = None


@dataclass(slots=True)
class Chat:
    """`members` maps user id to status (creator, administrator, member, left, kicked); a private chat has
    none. `keyboards` holds each person's current reply keyboard."""

    key: str
    id: int
    type: str
    title: str | None = None
    is_forum: bool = False
    bot_id: int | None = None
    user_id: int | None = None
    started: bool = False
    blocked: bool = False
    members: dict[int, str] = field(default_factory=dict)
    keyboards: dict[int, Json] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    unread: dict[int, int] = field(default_factory=dict)
    next_id: int = 1

    def present(self) -> list[int]:
        return [user for user, status in self.members.items() if status in PRESENT]


@dataclass(slots=True)
class StoredFile:
    """Bytes under `home/files/{key}`. `kind` is photo, video, document, voice, audio, animation or sticker."""

    key: str
    kind: str
    size: int
    mime_type: str
    file_name: str | None = None
    width: int = 0
    height: int = 0
    duration: int = 0
    thumb: str | None = None


@dataclass(slots=True)
class Dirty:
    """What changed since the store last wrote."""

    bots: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    chats: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    topics: set[tuple[str, int]] = field(default_factory=set)
    messages: set[tuple[str, int]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    gone: set[tuple[str, int]] = field(default_factory=set)
    meta: bool = False
    cleared: bool = False


class World:
    """Everything in the box. `offset` seconds are added to real time wherever a date is stamped."""

    def __init__(self) -> None:
        self.bots: dict[int, Bot] = {}
        self.tokens: dict[str, Bot] = {}
        self.people: dict[int, Person] = {}
        self.chats: dict[str, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.counters: dict[str, int] = {}
        self.offset = 0.0
        self.dirty = Dirty()

    def now(self) -> float:
        return time.time() + self.offset

    def count(self, name: str, first: int = 1) -> int:
        """The next number of a counter that outlives restarts and never repeats."""
        value = self.counters.get(name, first)
        self.counters[name] = value + 1
        self.dirty.meta = True
        return value

    def forget(self) -> None:
        """Have the store drop all chats, messages, files and waiting updates it holds."""
        self.dirty = Dirty(bots=set(self.bots), people=set(self.people), meta=True, cleared=True)

    def user(self, user_id: int) -> Json | None:
        holder = self.people.get(user_id) or self.bots.get(user_id)
        return holder.user() if holder else None

    def bot_named(self, username: str) -> Bot | None:
        wanted = username.lstrip("@").lower()
        return next((bot for bot in self.bots.values() if bot.username.lower() == wanted), None)

    def private(self, bot_id: int, user_id: int) -> Chat:
        """The private chat of a bot and a person, made when they first need it."""
        key = f"{bot_id}:{user_id}"
        chat = self.chats.get(key)
        if chat is None:
            chat = Chat(key=key, id=user_id, type="private", bot_id=bot_id, user_id=user_id)
            self.chats[key] = chat
            self.dirty.chats.add(key)
        return chat

    def next_message_id(self, chat: Chat) -> int:
        """Private chats of one bot share one sequence, as in Telegram; a group has its own."""
        if chat.bot_id is not None:
            return self.count(f"messages:{chat.bot_id}")
        number = chat.next_id
        chat.next_id = number + 1
        self.dirty.marks.add(chat.key)
        return number

    def chat_json(self, chat: Chat) -> Json:
        """The `Chat` object inside messages and updates."""
        if chat.user_id is not None:
            person = self.people[chat.user_id]
            body: Json = {"id": person.id, "type": "private", "first_name": person.first_name}
            if person.last_name:
                body["last_name"] = person.last_name
            if person.username:
                body["username"] = person.username
            return body
        body = {"id": chat.id, "type": chat.type, "title": chat.title}
        if chat.is_forum:
            body["is_forum"] = True
        return body
