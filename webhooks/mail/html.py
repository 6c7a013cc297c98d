"""HTML of letters as plain words, in one pass over the text: the parser of the standard library takes minutes for a few
hundred kilobytes of unclosed tags.
"""

import html
import re
from collections.abc import Iterator

MAX_TAG = 4000

_BREAKS = frozenset(("br", "p", "div", "tr", "li", "h1", "h2", "h3", "hr", "table", "ul", "ol"))
_SILENT = frozenset(("script", "style", "head", "title", "template"))
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_MARK = re.compile(r"(?:class|id)\s{0,9}=")
_QUOTE_MARK = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend|protonmail_quote|OLK_SRC_BODY_SECTION"
)


def html_words(source: str, *, quoted: bool) -> str:
    """Text with line breaks; without `quoted` it stops at the mark with which mailers begin a quotation."""
    pieces: list[str] = []
    silent: list[str] = []
    for tag, said in _tokens(source):
        found = _TAG.match(tag)
        name = found[2].lower() if found else ""
        if found is None:
            pieces.append("" if silent else re.sub(r"\s+", " ", html.unescape(said)))
        elif found[1]:
            if silent and name == silent[-1]:
                silent.pop()
        elif not quoted and _MARK.search(tag) and _QUOTE_MARK.search(tag):
            break
        elif name in _SILENT or (name == "blockquote" and not quoted):
            silent.append(name)
        elif name in _BREAKS and not silent:
            pieces.append("\n")
    return "".join(pieces).strip()


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    """(tag, "") or ("", text). Comments are passed over; after a tag or comment that never ends nothing is read."""
    at = 0
    while at < len(source):
        opening = source.find("<", at)
        if opening == -1:
            yield "", source[at:]
            return
        if opening > at:
            yield "", source[at:opening]
        closing = "-->" if source.startswith("<!--", opening) else ">"
        end = source.find(closing, opening)
        if end == -1:
            return
        if closing == ">":
            yield source[opening : min(end, opening + MAX_TAG)], ""
        at = end + len(closing)
