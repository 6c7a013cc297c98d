"""Telegram's HTML, counted as Telegram counts (UTF-16 units of what is seen) and cut without breaking a tag."""

import re
from html import unescape

TEXT = 4096
CAPTION = 1024
_TOKEN = re.compile(r"<(/?)([a-zA-Z][\w-]*)[^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|[^<&]+|[<&]")


def units(text: str) -> int:
    """UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def length(html: str) -> int:
    """How long the text is once the tags are read."""
    return units(plain(html))


def plain(html: str) -> str:
    """The words without tags."""
    return "".join(unescape(token.group()) for token in _TOKEN.finditer(html) if not token.group(2))


def cut(html: str, limit: int) -> str:
    """The text itself when it fits; else its beginning with «…», every open tag closed."""
    if len(html) <= limit // 2 or length(html) <= limit:
        return html
    room = limit - 1
    out: list[str] = []
    opened: list[str] = []
    for token in _TOKEN.finditer(html):
        whole, closing, tag = token.group(), token.group(1), token.group(2)
        if tag:
            if closing and tag in opened:
                opened.remove(tag)
            elif not closing:
                opened.append(tag)
            out.append(whole)
            continue
        size = units(unescape(whole))
        if size <= room:
            out.append(whole)
            room -= size
            continue
        if not whole.startswith("&"):
            out.append(_beginning(whole, room))
        break
    return "".join(out).rstrip() + "…" + "".join(f"</{tag}>" for tag in reversed(opened))


def split(html: str, limit: int) -> list[str]:
    """The text in pieces that fit, none of it lost: broken after a line or a word where there is one in the second half
    of a piece; open tags are closed and opened again. Blank pieces, which Telegram refuses, are left out."""
    if len(html) <= limit // 2 or length(html) <= limit:
        return [html]
    pieces: list[str] = []
    opened: list[str] = []
    piece, room = "", limit
    for token in _TOKEN.finditer(html):
        whole, tag = token.group(), token.group(2)
        if tag:
            piece += whole
            opened = opened[:-1] if token.group(1) else [*opened, whole]
            continue
        while units(unescape(whole)) > room:
            head = _whole_words(whole, room, limit) if not whole.startswith("&") else ""
            pieces.append(piece + head + _closing(opened))
            piece, room, whole = "".join(opened), limit, whole[len(head) :]
        piece += whole
        room -= units(unescape(whole))
    return [one for one in [*pieces, piece + _closing(opened)] if plain(one).strip()]


def _closing(opened: list[str]) -> str:
    return "".join(f"</{tag}>" for token in reversed(opened) if (tag := _TOKEN.match(token)[2]))  # type: ignore[index]


def _whole_words(text: str, room: int, limit: int) -> str:
    """What fits into `room`, up to a line's or a word's end unless that would waste half a piece."""
    head = _beginning(text, room)
    for end in ("\n", " "):
        at = head.rfind(end) + 1
        if at and limit - room + units(head[:at]) >= limit // 2:
            return head[:at]
    return head


def _beginning(text: str, room: int) -> str:
    for at, char in enumerate(text):
        room -= units(char)
        if room < 0:
            return text[:at]
    return text
