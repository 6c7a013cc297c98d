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


def _beginning(text: str, room: int) -> str:
    for at, char in enumerate(text):
        room -= units(char)
        if room < 0:
            return text[:at]
    return text
