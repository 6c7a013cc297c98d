"""The words of a letter: its plain text, or what its HTML says, without the quotation."""

import re
from collections.abc import Callable, Iterator

from webhooks.mail.html import html_words
from webhooks.mail.letter import Part
from webhooks.mail.quotes import newest, tidy
from webhooks.mail.words import body_bytes, to_text

MAX_BYTES = 1 << 20
MAX_TEXT = 200_000
_PASSED_ON = re.compile(r"\s*(?:fwd?|пересл|перенапр)\s*\.?\s*:", re.IGNORECASE)


def words(letter: Part) -> str:
    """What the writer added; the whole text when nothing but a quotation can be found in it, and of a letter that was
    passed on to us: then what it quotes is what it is about."""
    leaves, whole = list(_leaves(letter)), _PASSED_ON.match(letter.first("Subject")) is not None
    for parts in ([part for part in leaves if part.filename is None], leaves):
        for kind, reader in _WHOLE if whole else _READERS:
            if text := _said(parts, kind, reader):
                return tidy(text) if whole else newest(text)
    return ""


def _said(parts: list[Part], kind: str, reader: Callable[[Part], str]) -> str:
    """What the parts of a kind say, one below the other: telephones put pictures between the words."""
    said, room = [], MAX_TEXT
    for part in parts:
        if part.type == kind and room > 0 and (text := reader(part).strip("\r\n")).strip():
            said.append(text[:room])
            room -= len(text)
    return "\n".join(said)


def attachments(letter: Part) -> list[dict[str, str]]:
    """Name and type of each file; the name is its last part only, with nothing in it a path could be made of."""
    return [{"name": safe_name(part.filename or ""), "type": part.type} for part in letter.walk() if part.is_file]


def _leaves(part: Part) -> Iterator[Part]:
    """The parts to read, in their order: no attachments, nothing inside an enclosed letter."""
    if part.disposition == "attachment" or part.type.startswith("message/"):
        return
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _plain(part: Part) -> str:
    encoding = part.first("Content-Transfer-Encoding").lower()
    data = body_bytes(part.body[:MAX_BYTES], encoding)
    return to_text(data, part.parameter("charset")).replace("\x00", "")


def _own(part: Part) -> str:
    return html_words(_plain(part)[: 2 * MAX_TEXT], quoted=False)


def _whole(part: Part) -> str:
    return html_words(_plain(part)[: 2 * MAX_TEXT], quoted=True)


_WHOLE = (("text/plain", _plain), ("text/html", _whole))
_READERS = (("text/plain", _plain), ("text/html", _own), ("text/html", _whole))
"""Of HTML what the mailer marks as quoted is left out, unless nothing is left then."""


def safe_name(name: str) -> str:
    return re.split(r"[/\\]", name)[-1].strip(". ")[:120] or "file"
