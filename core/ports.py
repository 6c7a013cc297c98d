"""The outside powers that the desk needs, one page. Each has a real adapter in `core/adapters/` and a twin that needs
no outside; the composition root chooses with `use()`. All of them run outside transactions.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar

Power = TypeVar("Power")
MOST_ANSWER = 64 << 10


class Storage(Protocol):
    """Bytes under the sha256 (64 hex digits) that they have. Putting the same bytes again changes nothing; what is
    there is never changed. Bytes that were put are there after a crash. `Outage`: the storage is full or gone."""

    async def put(self, sha256: str, data: bytes) -> None: ...

    async def get(self, sha256: str) -> bytes:
        """`FileNotFoundError` when nobody put them."""
        ...

    async def path(self, sha256: str) -> Path | None:
        """Where they lie as a file of this machine, to be sent without reading; None when they don't."""
        ...

    async def exists(self, sha256: str) -> bool: ...

    def kept(self) -> AsyncIterator[tuple[str, int]]:
        """All that was put, in no order: sha256 and size in bytes."""
        ...


class Telegram(Protocol):
    """What the desk itself wants from the messenger; `bot/` wants more and talks to it directly."""

    async def download(self, bot: str, key: str) -> bytes:
        """The bytes of a `file_id` of this bot. `Outage`, permanent when the file will never come."""
        ...


@dataclass(frozen=True, slots=True)
class WebCall:
    """A request to an address that somebody gave us. Of the answer at most `most` bytes are read; who has to think
    longer than usual is given `patience_s` seconds. `exact`: the address goes sign by sign as it is
    written; else what need not be percent-encoded may go plain, and steps of dots are folded."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    most: int = MOST_ANSWER
    patience_s: float | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """`body` is its beginning only; the names of `headers` are in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Web(Protocol):
    """HTTP to others, never into our own network unless the administrator named the host."""

    async def call(self, wanted: WebCall) -> WebAnswer:
        """Any status is an answer. `Outage` with a short code as its reason when there was none."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A house or a street, and how the service writes its address."""

    lat: float
    lon: float
    address: str


class Geocoder(Protocol):
    """From an address to its place."""

    async def find(self, address: str, locale: str) -> tuple[Found, ...]:
        """The best first; none when there is no such house or street. `Outage`."""
        ...


class Mailer(Protocol):
    """Letters out. `sender` is the desk's address, with its name if it has one."""

    sender: str

    async def send(self, envelope: str, recipient: str, letter: bytes) -> None:
        """`Outage`, permanent when this recipient refuses letters for good."""
        ...


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on a vendor's account. `currency` is its code, empty where the vendor does not say."""

    amount: Decimal
    currency: str


class Texter(Protocol):
    """A word by telephone: an SMS, or a call that reads it aloud. `most` letters are sent, cut at a word."""

    most: int

    async def send(self, phone: str, text: str, locale: str, key: str) -> None:
        """`key` is ours, `notice_key` of the notice: the vendor tells it again in its reports where it can. `Outage`,
        permanent for this number; `Unanswered` when nobody knows whether it was sent."""
        ...

    async def check(self) -> Balance | None:
        """Ask for the account, which costs nothing; None where the vendor tells no balance. `Outage` says why not."""
        ...


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that goes with a message."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Button:
    """Under a message: opens a page."""

    label: str
    url: str


class Messenger(Protocol):
    """A messenger in which customers write to us, and we to them. `account` is our name there. `most` letters are sent,
    cut at a word; in a template `most_template`, under a file `most_caption`. `buttons`: a message may have one.

    `by_phone`: people are known by their telephone numbers. While it is a day since they wrote last, any words may go;
    after that only an approved form of words, a template, that holds ours. Otherwise they have numbers of the
    messenger's own, which we learn when they write; then any words go until they forbid it.
    """

    account: str
    by_phone: bool
    buttons: bool
    most: int
    most_template: int
    most_caption: int

    def template(self, screen: str) -> str:
        """The name of the template in which this screen's words go; empty where none is set."""
        ...

    def takes(self, mime: str, size: int) -> bool:
        """Whether a file of this type and so many bytes may be enclosed."""
        ...

    async def write(
        self,
        to: str,
        text: str,
        locale: str,
        key: str,
        template: str = "",
        file: Enclosed | None = None,
        button: Button | None = None,
    ) -> str:
        """The message's id there; a template encloses no file. `to`: a telephone number, or theirs in the messenger.
        `key` as of `Texter.send`. `Outage`, permanent for this number; `Unfit` for these words or this file;
        `Unanswered` when nobody knows whether it was sent."""
        ...

    async def fetch(self, media_id: str, most: int) -> bytes:
        """A file that somebody sent us, by the name under which it came. Refusals files.too_large (more than `most`
        bytes), files.empty; `Outage`, permanent when it will never come."""
        ...

    async def check(self) -> None:
        """Ask for the account, which costs nothing. `Outage` says why not."""
        ...


_geocoder: Geocoder | None = None
_mailer: Mailer | None = None
_texters: dict[str, Texter] = {}
_messengers: dict[str, Messenger] = {}
_storage: Storage | None = None
_web: Web | None = None
_telegram: Telegram | None = None


def use(*, storage: Storage | None = None, telegram: Telegram | None = None, web: Web | None = None) -> None:
    """Set the process's powers; those not named stay as they were."""
    global _storage, _telegram, _web
    _storage, _telegram, _web = storage or _storage, telegram or _telegram, web or _web


def storage() -> Storage:
    return _set(_storage, "storage")


def telegram() -> Telegram:
    return _set(_telegram, "messenger")


def geocoder() -> Geocoder | None:
    """None where no service is set: then people put the pins."""
    return _geocoder


def use_geocoder(geocoder: Geocoder | None) -> None:
    global _geocoder
    _geocoder = geocoder


def mailer() -> Mailer | None:
    """None where no mail server is set: then nobody is told by e-mail."""
    return _mailer


def use_mailer(mailer: Mailer | None) -> None:
    global _mailer
    _mailer = mailer


def texter(channel: str) -> Texter | None:
    """Of `sms` or `voice`; None where no vendor is set."""
    return _texters.get(channel)


def use_texter(channel: str, texter: Texter | None) -> None:
    if texter is None:
        _texters.pop(channel, None)
    else:
        _texters[channel] = texter


def messenger(channel: str) -> Messenger | None:
    """Of `whatsapp`, `max`, `vk`; None where no account is set."""
    return _messengers.get(channel)


def use_messenger(channel: str, messenger: Messenger | None) -> None:
    if messenger is None:
        _messengers.pop(channel, None)
    else:
        _messengers[channel] = messenger


def web() -> Web:
    return _set(_web, "web")


def _set(power: Power | None, name: str) -> Power:
    if power is None:
        raise RuntimeError(f"this process has no {name}")
    return power
