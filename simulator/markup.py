"""Telegram's HTML to text and entities, and back to safe HTML for the page.

Offsets and lengths count UTF-16 code units, as in the Bot API. Errors are Telegram's sentences.
"""

from __future__ import annotations

import html
import re
from typing import Any

from simulator.errors import ApiError, bad

Json = dict[str, Any]

SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
}  # fmt: skip
KNOWN = {*SIMPLE, "a", "code", "pre", "span", "blockquote", "tg-emoji", "tg-time"}
ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
REFERENCE = re.compile(r"&(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")
TAG_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'»])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[A-Za-z]\w{3,31})\b"
    r"|(?<!\w)(?P<hashtag>#\w*[^\W\d]\w*)"
    r"|(?<![\w+])(?P<phone_number>\+\d[\d\s()-]{8,18}\d)(?!\w)"
)


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, Json | None]] = []
        self.entities: list[Json] = []

    def fail(self, message: str, at: int | None = None) -> ApiError:
        where = "" if at is None else f" at byte offset {len(self.source[:at].encode())}"
        return bad(f"can't parse entities: {message}{where}")

    def text(self, raw: str) -> None:
        if "&" in raw:
            raw = REFERENCE.sub(lambda match: html.unescape(match.group()), raw)
        self.out.append(raw)
        self.length += units(raw)

    def run(self) -> tuple[str, list[Json]]:
        source = self.source
        while (start := source.find("<", self.at)) >= 0:
            self.text(source[self.at : start])
            end = source.find(">", start)
            if end < 0:
                raise self.fail("Unclosed start tag", start)
            if source.startswith("</", start):
                self.close(source[start + 2 : end].strip().lower(), start)
            else:
                self.begin(source[start + 1 : end], start)
            self.at = end + 1
        self.text(source[self.at :])
        if self.open:
            raise self.fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return "".join(self.out), self.entities

    def begin(self, inner: str, at: int) -> None:
        match = TAG_NAME.match(inner)
        name = match.group().lower() if match else inner[:10]
        if name not in KNOWN:
            raise self.fail(f'Unsupported start tag "{name}"', at)
        attributes = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in ATTRIBUTE.finditer(inner[len(name) :])}
        self.open.append((name, self.length, self.entity(name, attributes, at)))

    def entity(self, name: str, attributes: dict[str, str], at: int) -> Json | None:
        if name in SIMPLE:
            return {"type": SIMPLE[name]}
        if name == "a":
            return {"type": "text_link", "url": html.unescape(attributes.get("href", ""))}
        if name == "pre":
            return {"type": "pre"}
        if name == "code":
            return self.code(attributes)
        if name == "blockquote":
            return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}
        if name == "tg-emoji":
            return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
        if name == "tg-time":
            return self.moment(attributes, at)
        if attributes.get("class") != "tg-spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', at)
        return {"type": "spoiler"}

    def code(self, attributes: dict[str, str]) -> Json | None:
        parent = self.open[-1] if self.open else None
        language = attributes.get("class", "").removeprefix("language-")
        if parent and parent[0] == "pre" and parent[1] == self.length and parent[2] is not None:
            if language:
                parent[2]["language"] = language
            return None
        return {"type": "code"}

    def moment(self, attributes: dict[str, str], at: int) -> Json:
        if not attributes.get("unix", "").lstrip("-").isdigit():
            raise self.fail('Tag "tg-time" must have a valid "unix" attribute', at)
        entity: Json = {"type": "date_time", "unix_time": int(attributes["unix"])}
        if attributes.get("format"):
            entity["date_time_format"] = attributes["format"]
        return entity

    def close(self, name: str, at: int) -> None:
        if not self.open:
            raise self.fail("Unexpected end tag", at)
        opened, offset, entity = self.open.pop()
        if name and name != opened:
            raise self.fail(f'Unmatched end tag at byte offset {len(self.source[:at].encode())}, '
                            f'expected "</{opened}>", found "</{name}>"')  # fmt: skip
        length = self.length - offset
        if entity is None or length == 0:
            return
        if entity["type"] == "text_link" and not entity["url"]:
            return
        self.entities.append({**entity, "offset": offset, "length": length})


def parse(text: str, parse_mode: str | None) -> tuple[str, list[Json]]:
    """Text and entities of a message as its sender wrote it, surrounding blanks cut off."""
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, entities = _Parser(text).run() if "<" in text or "&" in text else (text, [])
    elif mode in ("markdown", "markdownv2"):
        raise bad("can't parse entities: the simulator understands parse_mode HTML only")
    elif mode:
        raise bad("unsupported parse_mode")
    else:
        entities = []
    return trim(text, entities)


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cut blanks around the text and move, shorten or drop entities accordingly; outer entities first."""
    stripped = text.strip()
    if stripped != text:
        lead = units(text[: len(text) - len(text.lstrip())])
        total = units(stripped)
        kept = []
        for entity in entities:
            start = max(0, entity["offset"] - lead)
            end = min(total, entity["offset"] + entity["length"] - lead)
            if end > start:
                kept.append({**entity, "offset": start, "length": end - start})
        entities = kept
    entities = sorted(entities, key=lambda e: (e["offset"], -e["length"]))
    return stripped, entities


def detect(text: str, entities: list[Json]) -> list[Json]:
    """Add what Telegram finds by itself: links, addresses, commands, mentions, hashtags, phone numbers."""
    if not ("/" in text or "@" in text or "#" in text or "+" in text):
        return entities
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities
             if e["type"] in ("text_link", "code", "pre", "url", "date_time")]  # fmt: skip
    found = list(entities)
    for match in FOUND.finditer(text):
        offset, length = units(text[: match.start()]), units(match.group())
        if all(offset >= end or offset + length <= start for start, end in taken):
            found.append({"type": match.lastgroup, "offset": offset, "length": length})
    return sorted(found, key=lambda e: (e["offset"], -e["length"]))


def to_html(text: str, entities: list[Json]) -> str:
    """Safe HTML of a message: only known tags, links only to web, mail and telephone addresses."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return _nest(raw, sorted(entities, key=lambda e: (e["offset"], -e["length"])), 0, len(raw) // 2)


def _nest(raw: bytes, entities: list[Json], start: int, end: int) -> str:
    def cut(left: int, right: int) -> str:
        return html.escape(raw[left * 2 : right * 2].decode("utf-16-le", "replace"))

    parts: list[str] = []
    at = start
    index = 0
    while index < len(entities):
        entity = entities[index]
        first = max(entity["offset"], at)
        last = min(entity["offset"] + entity["length"], end)
        index += 1
        if last <= first:
            continue
        inside: list[Json] = []
        while index < len(entities) and entities[index]["offset"] < last:
            inside.append(entities[index])
            index += 1
        block = entity["type"] in BLOCKS
        parts.append(cut(at, first).removesuffix("\n") if block else cut(at, first))
        words = raw[first * 2 : last * 2].decode("utf-16-le", "replace")
        parts.append(_wrap(entity, _nest(raw, inside, first, last), words))
        at = last + (1 if block and last < end and cut(last, last + 1) == "\n" else 0)
    parts.append(cut(at, end))
    return "".join(parts)


BLOCKS = ("blockquote", "expandable_blockquote", "pre")
"""They stand on lines of their own: the line breaks around them are theirs, as in Telegram."""
TAGS = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre"}


def _wrap(entity: Json, inner: str, words: str) -> str:
    kind = entity["type"]
    if kind in TAGS:
        return f"<{TAGS[kind]}>{inner}</{TAGS[kind]}>"
    if kind == "spoiler":
        return f'<span class="tg-spoiler">{inner}</span>'
    if kind == "blockquote":
        return f"<blockquote>{inner}</blockquote>"
    if kind == "expandable_blockquote":
        return f'<blockquote class="expandable">{inner}</blockquote>'
    if kind == "bot_command":
        return f'<a class="bot-command" data-command="{html.escape(words)}">{inner}</a>'
    if kind == "date_time":
        shape = html.escape(entity.get("date_time_format") or "")
        return f'<time data-unix="{int(entity.get("unix_time") or 0)}" data-format="{shape}">{inner}</time>'
    address = _address(entity, words)
    if address and re.match(r"(?:https?|tg)://|mailto:|tel:", address, re.IGNORECASE):
        return f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer">{inner}</a>'
    return inner


def _address(entity: Json, words: str) -> str:
    match entity["type"]:
        case "text_link":
            return str(entity.get("url") or "")
        case "url":
            return words
        case "email":
            return f"mailto:{words}"
        case "phone_number":
            return "tel:" + re.sub(r"[^\d+]", "", words)
    return ""
