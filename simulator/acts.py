"""What a person does on the page or in a test: says, sends, shares, reacts, blocks, opens topics.

An act is a function `(deed) -> result` under its name; results are JSON for the page. Anything a Telegram app
would not let a person do raises ActError.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from simulator import groups
from simulator.api.registry import Upload
from simulator.box import Box
from simulator.errors import ActError
from simulator.files import Unreadable
from simulator.markup import detect, units
from simulator.messages import change, live, post, react, touch_chat
from simulator.state import Bot, Chat, Json, Message, Person

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ALBUM = 10
LONGEST_LIVE = 0x7FFFFFFF


@dataclass(slots=True)
class Deed:
    """One act: who, where (chat and topic), and its particulars."""

    box: Box
    person: Person
    chat: Chat
    thread_id: int | None
    facts: Json
    files: list[Upload] = field(default_factory=list)

    def need(self, name: str, kind: type | tuple[type, ...]) -> Any:
        value = self.facts.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ActError("bad_request", f"“{name}” is missing or of the wrong kind")
        return value

    def may(self, name: str, kind: type | tuple[type, ...]) -> Any:
        return None if self.facts.get(name) is None else self.need(name, kind)

    def message(self) -> Message:
        return self.find(self.need("message_id", int))

    def find(self, number: int) -> Message:
        message = self.chat.messages.get(number)
        if message is None or message.deleted:
            raise ActError("no_message", f"there is no message {number} in this chat")
        if message.receiver not in (None, self.person.id):
            raise ActError("no_message", f"there is no message {number} in this chat")
        return message

    def mine(self) -> Message:
        message = self.message()
        if message.author != self.person.id:
            raise ActError("not_yours", "this message is not yours")
        return message

    def bot(self) -> Bot:
        if self.chat.bot_id is None:
            raise ActError("private_only", "this works in a private chat only")
        return self.box.world.bots[self.chat.bot_id]

    def say(self, content: Json, reply_to: int | None = None) -> Json:
        """Post as the person, where they may write."""
        chat = self.chat
        if chat.blocked:
            raise ActError("blocked", "the bot is blocked: unblock it first")
        if self.thread_id is not None:
            if not isinstance(self.thread_id, int):
                raise ActError("bad_request", "“thread” is a number")
            self._check_topic(self.thread_id)
        if chat.bot_id is not None and not chat.started:
            chat.started = True
            touch_chat(self.box, chat)
        reply = self.find(reply_to) if reply_to is not None else None
        chat.unread.pop(self.person.id, None)
        sent = post(self.box, chat, self.person.id, content, thread_id=self.thread_id, reply=reply)
        return {"message_id": sent.id}

    def _check_topic(self, thread_id: int) -> None:
        topic = self.chat.topics.get(thread_id)
        if topic is None:
            raise ActError("no_topic", "there is no such topic")
        admin = self.chat.members.get(self.person.id) in ("creator", "administrator")
        if topic.closed and not admin:
            raise ActError("topic_closed", "the topic is closed")


Act = Callable[[Deed], Json | Awaitable[Json]]
ACTS: dict[str, Act] = {}


def act(name: str) -> Callable[[Act], Act]:
    def keep(function: Act) -> Act:
        ACTS[name] = function
        return function

    return keep


def _entities(text: str) -> Json:
    found = detect(text, [])
    return {"entities": found} if found else {}


@act("text")
def text(deed: Deed) -> Json:
    """Say something; a text over Telegram's limit goes out as several messages, as the apps do it."""
    words = str(deed.need("text", str)).strip()
    if not words:
        raise ActError("empty", "the text is empty")
    first: Json = {}
    for part in split(words, TEXT_LIMIT):
        sent = deed.say({"text": part, **_entities(part)}, deed.may("reply_to", int))
        first = first or sent
    _hide_one_time(deed, words)
    return first


def split(words: str, limit: int) -> list[str]:
    """Cut into pieces of at most `limit` UTF-16 units."""
    pieces: list[str] = []
    piece: list[str] = []
    length = 0
    for letter in words:
        size = units(letter)
        if length + size > limit:
            pieces.append("".join(piece))
            piece, length = [], 0
        piece.append(letter)
        length += size
    return [*pieces, "".join(piece)]


def _hide_one_time(deed: Deed, words: str) -> None:
    markup = deed.chat.keyboards.get(deed.person.id)
    if not markup:
        return
    texts = [b if isinstance(b, str) else b["text"] for row in markup.get("keyboard", []) for b in row]
    if markup.get("force_reply") or (markup.get("one_time_keyboard") and words in texts):
        del deed.chat.keyboards[deed.person.id]
        touch_chat(deed.box, deed.chat)


@act("start")
def start(deed: Deed) -> Json:
    """Press START, or follow a deep link with its payload; lets a blocked bot in again."""
    deed.bot()
    payload = str(deed.facts.get("payload") or "")
    groups.set_private_block(deed.box, deed.chat, blocked=False)
    words = f"/start {payload}".strip()
    return deed.say({"text": words, "entities": [{"type": "bot_command", "offset": 0, "length": 6}]})


def _caption(deed: Deed) -> Json:
    words = str(deed.facts.get("caption") or "").strip()
    if units(words) > CAPTION_LIMIT:
        raise ActError("caption_too_long", "the caption is longer than 1024 characters")
    if not words:
        return {}
    found = detect(words, [])
    return {"caption": words, **({"caption_entities": found} if found else {})}


async def _send_files(deed: Deed, kind: str) -> Json:
    """Send files; several make an album with the caption on the first."""
    if not 1 <= len(deed.files) <= ALBUM:
        raise ActError("no_file", "attach from one to ten files")
    head = _caption(deed)
    parts = [await _file_part(deed, kind, upload) for upload in deed.files]
    album = {"media_group_id": str(secrets.randbits(53))} if len(parts) > 1 else {}
    reply_to = deed.may("reply_to", int)
    sent = [deed.say({**album, **part, **(head if i == 0 else {})}, reply_to) for i, part in enumerate(parts)]
    return {**sent[0], "message_ids": [message["message_id"] for message in sent]}


async def _file_part(deed: Deed, kind: str, upload: Upload) -> Json:
    files = deed.box.files
    if not upload.data:
        raise ActError("empty_file", "the file is empty")
    if kind == "photo":
        try:
            return {"photo": files.sizes_of(await files.save_photo(upload.data))}
        except Unreadable:
            kind = "document"
    facts = {name: int(deed.may(name, (int, float)) or 0) for name in ("duration", "width", "height")}
    mime = upload.mime or {"voice": "audio/ogg", "video": "video/mp4"}.get(kind)
    return {kind: files.media(await files.save_with_thumb(kind, upload.data, upload.name, mime, **facts))}


@act("photo")
async def photo(deed: Deed) -> Json:
    """A picture; what cannot be shown as one goes as a document, as the apps do it."""
    return await _send_files(deed, "photo")


@act("document")
async def document(deed: Deed) -> Json:
    return await _send_files(deed, "document")


@act("video")
async def video(deed: Deed) -> Json:
    return await _send_files(deed, "video")


@act("voice")
async def voice(deed: Deed) -> Json:
    return await _send_files(deed, "voice")


def _place(deed: Deed) -> Json:
    lat, lon = float(deed.need("lat", (int, float))), float(deed.need("lon", (int, float)))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ActError("bad_place", "there is no such place")
    place: Json = {"latitude": lat, "longitude": lon}
    if deed.may("accuracy", (int, float)):
        place["horizontal_accuracy"] = float(deed.facts["accuracy"])
    return place


@act("location")
def location(deed: Deed) -> Json:
    """A place, or with `live_period` (60 s and more) one that moves."""
    place = _place(deed)
    period = deed.may("live_period", int)
    if period:
        if not 60 <= period <= LONGEST_LIVE:
            raise ActError("bad_period", "a live location lasts at least 60 seconds")
        place["live_period"] = period
    return deed.say({"location": place}, deed.may("reply_to", int))


@act("move")
def move(deed: Deed) -> Json:
    """The next point of a live location."""
    message = deed.mine()
    if not live(deed.box, message):
        raise ActError("not_live", "this location is no longer live")
    place = {**_place(deed), "live_period": message.body["location"]["live_period"]}
    change(deed.box, deed.chat, message, {"location": place}, by_person=True)
    return {}


@act("stop_live")
def stop_live(deed: Deed) -> Json:
    message = deed.mine()
    if not live(deed.box, message):
        raise ActError("not_live", "this location is no longer live")
    message.live_until = deed.box.world.now()
    place = {k: v for k, v in message.body["location"].items() if k != "live_period"}
    change(deed.box, deed.chat, message, {"location": place}, by_person=True)
    return {}


@act("contact")
def contact(deed: Deed) -> Json:
    """Own phone number (with the person's id, which proves it) or somebody's card from the address book."""
    person = deed.person
    if deed.facts.get("own"):
        if not person.phone:
            raise ActError("no_phone", "this person has no phone number")
        card = {"phone_number": person.phone, "first_name": person.first_name, "last_name": person.last_name,
                "user_id": person.id}  # fmt: skip
    else:
        phone, name = deed.need("phone", str), deed.need("first_name", str)
        card = {"phone_number": phone, "first_name": name, "last_name": deed.may("last_name", str)}
        wanted = _digits(phone)
        owner = next((p for p in deed.box.world.people.values() if p.phone and _digits(p.phone) == wanted), None)
        if owner is not None:
            card["user_id"] = owner.id
    return deed.say({"contact": {key: value for key, value in card.items() if value}})


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


@act("edit")
def edit(deed: Deed) -> Json:
    message = deed.mine()
    words = str(deed.need("text", str)).strip()
    if not words:
        raise ActError("empty", "the text is empty")
    name = "text" if "text" in message.body else "caption"
    if units(words) > (TEXT_LIMIT if name == "text" else CAPTION_LIMIT):
        raise ActError("too_long", "the text is too long")
    if message.body.get(name) == words:
        return {}
    marks = "entities" if name == "text" else "caption_entities"
    change(deed.box, deed.chat, message, {name: words, marks: detect(words, []) or None}, by_person=True)
    return {}


@act("react")
def set_reaction(deed: Deed) -> Json:
    emoji = deed.may("emoji", str)
    react(deed.box, deed.chat, deed.message(), deed.person.id, [emoji] if emoji else [])
    return {}


@act("block")
def block(deed: Deed) -> Json:
    deed.bot()
    groups.set_private_block(deed.box, deed.chat, blocked=True)
    return {}


@act("unblock")
def unblock(deed: Deed) -> Json:
    deed.bot()
    groups.set_private_block(deed.box, deed.chat, blocked=False)
    return {}
