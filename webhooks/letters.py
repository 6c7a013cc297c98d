"""What vendors of mail share: whose thread a letter belongs to, whether a machine wrote it, and its words.

They send a letter parsed, raw, or half of each; here all of them become a `Part`, and `webhooks.mail` reads it.
"""

from typing import Any

from core.kernel.mailboxes import bare_address
from webhooks.fields import at, text
from webhooks.mail.automatic import is_automatic, may_answer
from webhooks.mail.html import html_words
from webhooks.mail.letter import Part, TooComplex, open_letter
from webhooks.mail.quotes import newest
from webhooks.mail.text import words

MAX_HEADERS = 500


def plus_token(address: Any) -> str | None:
    """`t1842.k7Qp` of `desk+t1842.k7Qp@in.example.test`."""
    local, _, _ = bare_address(text(address)).rpartition("@")
    return local.partition("+")[2] or None


def manners(letter: Part, sender: str | None = None) -> dict[str, bool]:
    """`is_auto`: a machine wrote it. `may_autoreply`: we may answer by machine. `sender` is the envelope's."""
    path = letter.first("Return-Path").strip()
    envelope = "" if path == "<>" else sender
    return {"is_auto": is_automatic(letter, envelope), "may_autoreply": may_answer(letter, envelope)}


def from_headers(raw: Any) -> Part:
    """Headers as vendors list them: pairs, or objects with a name and a value."""
    listed = raw[:MAX_HEADERS] if isinstance(raw, list) else []
    pairs = [(at(item, 0) or _named(item, "name"), at(item, 1) or _named(item, "value")) for item in listed]
    return Part(tuple((text(name).lower(), text(value)) for name, value in pairs if name), b"")


def from_bytes(raw: str | bytes) -> Part:
    """A raw letter, or its headers alone. What is too complex to open is empty: the delivery itself is kept."""
    try:
        return open_letter(_bytes(raw) if isinstance(raw, str) else raw)
    except TooComplex:
        return Part((), b"")


def said_in(letter: Part) -> str:
    return text(words(letter)).strip()


def newest_words(plain: Any, html: Any = None) -> str:
    """What the writer added, of a letter parsed by the vendor. Vendors strip quotations, but not those in Russian."""
    return newest(text(plain)) or html_words(text(html), quoted=False).strip()


def _bytes(raw: str) -> bytes:
    """The bytes a lenient form has kept; of other odd text, what UTF-8 can hold."""
    try:
        return raw.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return raw.encode("utf-8", "replace")


def _named(item: Any, name: str) -> Any:
    return at(item, name) or at(item, name.capitalize())
