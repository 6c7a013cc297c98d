"""XML from strangers: no DOCTYPE (so no entity of theirs is ever expanded), limits on depth and on elements.

Element names are read without their namespaces: `Envelope`, not `{http://…}Envelope`.
"""

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from webhooks.request import Malformed

MAX_DEPTH = 32
MAX_ELEMENTS = 50_000


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All the character data that stands directly in the element."""
        return "".join(self.pieces)

    def all(self, name: str) -> list["Element"]:
        return [child for child in self.children if child.name == name]

    def first(self, *path: str) -> "Element | None":
        found: Element | None = self
        for name in path:
            found = next(iter(found.all(name)), None) if found is not None else None
        return found

    def value(self, *path: str) -> str:
        """The text at a path of names, trimmed; empty when there is none."""
        found = self.first(*path)
        return found.text.strip() if found is not None else ""


class _Tree:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise Malformed(400, "XML nesting or size over the limit")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, name: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].pieces.append(text)


def read(data: bytes, *, whole: bool = True) -> Element:
    """The root element; with `whole` false the rest of the document may still be missing."""
    tree = _Tree()
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
    try:
        parser.Parse(data, whole)
    except (expat.ExpatError, ValueError, LookupError):
        raise Malformed(400, "not well-formed XML") from None
    if tree.root is None:
        raise Malformed(400, "no XML element")
    return tree.root


def _local(name: str) -> str:
    return name.rpartition("\n")[2]


def _no_doctype(*_: Any) -> None:
    raise Malformed(400, "XML with a DOCTYPE is not accepted")
