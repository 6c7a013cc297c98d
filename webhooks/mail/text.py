"""The words of a letter: its plain text, or what its HTML says, without the quotation."""

import re
from email.message import Message
from html.parser import HTMLParser

from webhooks.mail.letter import Letter, children, to_text
from webhooks.mail.quotes import newest

MAX_TEXT = 200_000
MAX_HTML = 500_000
_BREAKS = frozenset(("br", "p", "div", "tr", "li", "h1", "h2", "h3", "hr", "table", "ul", "ol"))
_SILENT = frozenset(("script", "style", "head", "title", "template"))
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr"))
_QUOTE_MARK = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend|protonmail_quote|OLK_SRC_BODY_SECTION"
)


def words(letter: Letter) -> str:
    """What the writer added; the whole text when nothing but a quotation can be found in it."""
    leaves = list(_leaves(letter.message))
    for kind, reader in (("text/plain", _plain), ("text/html", _html)):
        for part in leaves:
            if part.get_content_type() == kind and (text := reader(part)).strip():
                return newest(text[:MAX_TEXT])
    return ""


def attachments(letter: Letter) -> list[dict[str, str]]:
    """Name and type of each file; the name is its last part only, with nothing in it a path could be made of."""
    return [
        {"name": _safe_name(part), "type": part.get_content_type()}
        for part in _parts(letter.message)
        if part.get_filename() is not None or part.get_content_disposition() == "attachment"
    ]


def _parts(message: "Message[str, str]") -> list["Message[str, str]"]:
    found, level = [], [message]
    while level:
        found += [part for part in level if not part.is_multipart()]
        level = [child for parent in level for child in children(parent)]
    return found


def _leaves(message: "Message[str, str]") -> list["Message[str, str]"]:
    """The parts to read, in their order: no attachments, nothing inside an enclosed letter."""
    if message.get_content_disposition() == "attachment" or message.get_content_type().startswith("message/"):
        return []
    if not message.is_multipart():
        return [message]
    return [leaf for child in children(message) for leaf in _leaves(child)]


def _plain(part: "Message[str, str]") -> str:
    data = part.get_payload(decode=True)
    charset = part.get_content_charset()
    return to_text(data, charset).replace("\x00", "") if isinstance(data, bytes) else ""


def _html(part: "Message[str, str]") -> str:
    reader = _Reader()
    reader.feed(_plain(part)[:MAX_HTML])
    reader.close()
    return "".join(reader.pieces)


def _safe_name(part: "Message[str, str]") -> str:
    name = re.split(r"[/\\]", part.get_filename() or "")[-1]
    return "".join(char for char in name if char.isprintable()).strip(". ")[:120] or "file"


class _Reader(HTMLParser):
    """Text with line breaks; stops at the mark with which mailers begin a quotation, skips quoted blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent: list[str] = []
        self.over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in ("class", "id"))
        self.over = self.over or _QUOTE_MARK.search(marks) is not None
        if (tag in _SILENT or tag == "blockquote") and tag not in _VOID:
            self.silent.append(tag)
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent and not self.over:
            self.pieces.append(re.sub(r"\s+", " ", data))
