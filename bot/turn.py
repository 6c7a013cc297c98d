"""One thing that a person did in a chat, in no messenger's terms, and the ways to answer it.

A handler gets a `Turn` inside the running work: what it changes and what it shows commit together. It never waits
for the outside world.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.kernel.actor import Actor
from core.kernel.work import Work
from core.outbox import actions as outbox

Bot = Literal["customer", "technician", "dispatcher"]


@dataclass(frozen=True, slots=True)
class Sender:
    """The messenger's account: unproved claims of the person about themselves."""

    user_id: int
    name: str
    username: str = ""
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, parsed: `verb:id:revision:extra`."""

    verb: str
    id: int
    revision: int
    extra: str
    query_id: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as the messenger announced it; `key` is its `file_id` in that bot. `size` in bytes, 0 if unknown."""

    kind: str
    key: str
    size: int = 0
    name: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A shared location; `live` seconds if it moves. `accuracy` in metres."""

    lat: float
    lon: float
    live: int | None = None
    accuracy: float | None = None


@dataclass(slots=True)
class Dialogue:
    """Where the person stands in a wizard. Set `step` and `data`; it is saved with the work if it changed."""

    step: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    changed: bool = False

    def go(self, step: str | None, **data: Any) -> None:
        """Move to a step, keeping what was said so far and adding `data`."""
        self.step = step
        self.data.update(data)
        self.changed = True

    def forget(self) -> None:
        self.step, self.data, self.changed = None, {}, True


CUT_FROM, AT_ONCE = 3500, timedelta(seconds=3)
"""Signs of a text that an app may have cut (it does so between words), and how soon the rest comes."""


@dataclass(slots=True)
class Turn:
    """`actor` is None for a stranger. `topic` is the card key of the forum topic it happened in, `replied` the card key
    of the message it answers (`msg:57`), both None where we posted no such thing. `contact` is (phone, own): `own` is
    true only when the messenger vouches that it is the sender's own number. `app_data` is what a Mini App sent through
    the chat; `reaction` the emoji that the sender set on our message `replied` ("" when taken away)."""

    bot: Bot
    work: Work
    sender: Sender
    actor: Actor | None
    chat_id: int
    private: bool
    message_id: int
    at: datetime
    locale: str = "ru"
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    text: str = ""
    command: str | None = None
    args: str = ""
    press: Press | None = None
    files: tuple[Incoming, ...] = ()
    album: str | None = None
    spot: Spot | None = None
    contact: tuple[str, bool] | None = None
    contact_name: str = ""
    topic: str | None = None
    thread_id: int | None = None
    replied: str | None = None
    edited: bool = False
    app_data: str | None = None
    reaction: str | None = None
    chat_title: str = ""
    is_forum: bool = False
    dialogue: Dialogue = field(default_factory=Dialogue)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def say(self, screen: str, facts: dict[str, Any] | None = None, **options: Any) -> None:
        """Show a new message in this chat (in the same topic). Options as in `outbox.actions.Draft`: card, revision…"""
        options.setdefault("topic", self.topic or (f"thread:{self.thread_id}" if self.thread_id else None))
        outbox.say(self.bot, self.chat_id, screen, facts, **self._speech(), **options)

    def redraw(self, screen: str, facts: dict[str, Any] | None = None, **options: Any) -> None:
        """Turn the message whose button was pressed into this screen; a new message when there was no press."""
        if self.press is None:
            self.say(screen, facts, **options)
        else:
            options.setdefault("message_id", self.message_id)
            outbox.say(self.bot, self.chat_id, screen, facts, **self._speech(), **options)

    def longer_than(self, limit: int) -> bool:
        """Whether the text has no room: it is too long, or the rest of one that was. Telegram's apps cut what is longer
        than 4,096 signs and send the parts at once."""
        text, before = self.text.strip(), moment(self.dialogue.data.get("cut"))
        rest = before is not None and abs(self.at - before) <= AT_ONCE
        if rest or len(text) >= CUT_FROM:
            self.dialogue.go(self.dialogue.step, cut=self.at.isoformat())
        return rest or len(text) > limit

    def toast(self, key: str, *, alert: bool = False, **params: Any) -> None:
        """A short word over the pressed button, from the `bot` catalogue; it goes straight out after the commit."""
        self.answers.append({"key": key, "alert": alert, "params": params})

    def react(self, emoji: str = "👍") -> None:
        """Acknowledge the message with a reaction instead of words; straight out after the commit."""
        self.answers.append({"react": emoji})

    def _speech(self) -> dict[str, Any]:
        return {"locale": self.locale, "zone": str(self.zone)}


def moment(text: str | None) -> datetime | None:
    """A time from facts (ISO 8601), aware."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
