"""Bytes and encoded words of letters made into text, whatever they claim to be."""

import base64
import binascii
import codecs
import re
from urllib.parse import unquote_to_bytes

MAX_VALUE = 4000

_WORD = re.compile(r"=\?([\w-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN = re.compile(r"(\?=)[ \t]+(=\?)")
_ODD_CODECS = frozenset(("unicode-escape", "raw-unicode-escape", "punycode", "idna", "utf-7"))


def decoded(value: str, *, percent: bool = False) -> str:
    """A header's value as a person reads it: encoded words resolved, one line, no control characters, cut to 4,000.

    With `percent` the value is an RFC 2231 one: `charset'language'percent-encoded`.
    """
    value = value[:MAX_VALUE]
    if percent:
        charset, _, rest = value.partition("'")
        text = to_text(unquote_to_bytes(rest.partition("'")[2] or value), charset)
    else:
        text = _WORD.sub(lambda found: _word(found[1], found[2], found[3]), _BETWEEN.sub(r"\1\2", value))
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _word(charset: str, encoding: str, text: str) -> str:
    if encoding in "bB":
        return to_text(from_base64(text.encode()), charset)
    return to_text(binascii.a2b_qp(text.encode("utf-8", "replace"), header=True), charset)


def body_bytes(body: bytes, encoding: str) -> bytes:
    """A body with its Content-Transfer-Encoding undone; an unknown one is left as it is."""
    if encoding == "base64":
        return from_base64(body)
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def from_base64(data: bytes) -> bytes:
    """Lenient: foreign characters and a broken end are dropped."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    return base64.b64decode(kept[: len(kept) - (len(kept) % 4 == 1)] + b"=" * (-len(kept) % 4 % 3))


def to_text(data: bytes, charset: str | None) -> str:
    """Bytes in the charset they name; else UTF-8; else cp1251, in which old Russian mailers write without saying so."""
    for name in (charset or "utf-8", "utf-8"):
        try:
            if codecs.lookup(name).name not in _ODD_CODECS:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1251", "replace")
