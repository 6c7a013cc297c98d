"""What a person is shown, in no messenger's terms. `bot/telegram/` turns a view into Bot API calls."""

from dataclasses import dataclass
from typing import Literal

Style = Literal["primary", "success", "danger"]
MAX_DATA = 64


@dataclass(frozen=True, slots=True)
class Button:
    """One button. Exactly one thing happens on a press: `verb` (sent back to us), `url`, `app` (a Mini App's path
    such as `sign/12`), `copy` (text to the clipboard), or, in a reply keyboard only, `ask` for contact or location.

    A verb travels as `verb:id:revision:extra` in at most 64 bytes: whoever presses is authorised again and the state
    is looked at again, so that an old or forged button is harmless.
    """

    label: str
    verb: str | None = None
    id: int = 0
    revision: int = 0
    extra: str = ""
    url: str | None = None
    app: str | None = None
    copy: str | None = None
    ask: Literal["contact", "location"] | None = None
    style: Style | None = None

    @property
    def data(self) -> str:
        text = f"{self.verb}:{self.id}:{self.revision}:{self.extra}"
        if len(text.encode()) > MAX_DATA:
            raise ValueError(f"a button's data is at most {MAX_DATA} bytes: {text}")
        return text


@dataclass(frozen=True, slots=True)
class Media:
    """A file of ours to show: `file_id` is the row in `files`; `kind`: photo, video, voice, audio, document."""

    file_id: int
    kind: str = "photo"


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map; `live` seconds make it a moving one, 0 stops it."""

    lat: float
    lon: float
    live: int | None = None
    title: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A phone number that can be called with one press."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class View:
    """Text (HTML as Telegram knows it), inline buttons in rows, and at most one kind of extra.

    `keyboard` replaces the reply keyboard (rows of buttons; `()` takes it away, None leaves it). `topic` is the name
    of a forum topic (op `topic` only). `media` of several files is an album with the text as its caption.
    """

    text: str = ""
    rows: tuple[tuple[Button, ...], ...] = ()
    media: tuple[Media, ...] = ()
    place: Place | None = None
    person: Person | None = None
    keyboard: tuple[tuple[Button, ...], ...] | None = None
    placeholder: str = ""
    topic: str | None = None
    closed: bool = False
    silent: bool = False
    pinned: bool = False
