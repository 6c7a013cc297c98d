"""A raw letter opened within limits, and its headers read without trusting them.

The parser of the standard library is used in its lenient mode, which never fails; its header objects are not, since
hostile headers break them. The limits are counted in the raw bytes before anything is parsed.
"""

import codecs
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

MAX_DEPTH = 16
MAX_CONTAINERS = 50
MAX_PARTS = 500
MAX_HEADERS = 500
MAX_HEADER_BYTES = 256 << 10
MAX_VALUE = 4000

_ODD_CODECS = frozenset(("unicode-escape", "raw-unicode-escape", "punycode", "idna", "utf-7"))
_CONTAINER = re.compile(rb"^content-type[ \t]*:\s{0,80}(?:multipart/|message/)", re.IGNORECASE | re.MULTILINE)
_PART = re.compile(rb"^content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class TooComplex(Exception):
    """The letter is kept raw and shown to a person; it is not opened. The text says which limit it broke."""


@dataclass(frozen=True)
class Letter:
    message: "Message[str, str]"

    def all(self, name: str) -> list[str]:
        """Every value of a header, unfolded, RFC 2047 words decoded, cut to `MAX_VALUE` characters."""
        return [decoded(str(value)) for value in self.message.get_all(name, [])]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def has(self, *names: str) -> bool:
        return any(name in self.message for name in names)

    def addresses(self, *names: str) -> list[str]:
        """The bare addresses of these headers."""
        values = [str(value)[:MAX_VALUE] for name in names for value in self.message.get_all(name, [])]
        return [address for _, address in getaddresses(values) if "@" in address]


def open_letter(raw: bytes) -> Letter:
    """Raises TooComplex."""
    if len(_CONTAINER.findall(raw)) > MAX_CONTAINERS:
        raise TooComplex("MIME nesting deeper than the limit")
    if len(_PART.findall(raw)) > 3 * MAX_PARTS:
        raise TooComplex("more MIME parts than the limit")
    head = _HEAD_END.split(raw, 1)[0]
    if len(head) > MAX_HEADER_BYTES or head.count(b"\n") > 4 * MAX_HEADERS:
        raise TooComplex("headers longer than the limit")
    message = message_from_bytes(raw)
    _check_depth(message)
    return Letter(message)


def _check_depth(message: "Message[str, str]") -> None:
    level, parts = [message], 0
    for _ in range(MAX_DEPTH):
        parts += len(level)
        if parts > MAX_PARTS:
            raise TooComplex("more MIME parts than the limit")
        level = [child for parent in level for child in children(parent)]
        if not level:
            return
    raise TooComplex("MIME nesting deeper than the limit")


def children(message: "Message[str, str]") -> list["Message[str, str]"]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def decoded(value: str) -> str:
    """A header's value as a person reads it: one line, no control characters."""
    value = re.sub(r"[\r\n]+[ \t]*", " ", value[:MAX_VALUE])
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    text = "".join(piece if isinstance(piece, str) else to_text(piece, charset) for piece, charset in pieces)
    return "".join(char if char.isprintable() else " " for char in text).strip()


def to_text(data: bytes, charset: str | None) -> str:
    """Bytes in the charset they name; else UTF-8; else cp1251, in which old Russian mailers write without saying so."""
    for name in (charset or "utf-8", "utf-8"):
        try:
            if codecs.lookup(name).name not in _ODD_CODECS:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1251", "replace")
