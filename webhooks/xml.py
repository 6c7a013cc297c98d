"""XML from strangers: no DOCTYPE (so no entity of theirs is ever expanded), limits on depth and on elements.

Element names are read without their namespaces: `Envelope`, not `{http://…}Envelope`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from webhooks.request import Malformed

MAX_DEPTH = 32
MAX_ELEMENTS = 50_000
CHUNK = 1 << 16


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


class _Picker(_Tree):
    """Keeps the elements of one name, each with all that is in it; what stands around them is forgotten."""

    def __init__(self, root: str, name: str) -> None:
        super().__init__()
        self.wanted, self.name, self.depth = root, name, 0
        self.found: list[Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth == 0 and _local(name) != self.wanted:
            raise Malformed(400, "another root element than expected")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Malformed(400, "XML nesting or size over the limit")
        if self.open or _local(name) == self.name:
            super().start(name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.open:
            super().end(name)
            if not self.open and self.root is not None:
                self.found.append(self.root)
                self.count = 0

    def data(self, text: str) -> None:
        if self.open:
            super().data(text)


def read(data: bytes, *, whole: bool = True) -> Element:
    """The root element; with `whole` false the rest of the document may still be missing."""
    tree = _Tree()
    _parse(_parser(tree), data, whole)
    if tree.root is None:
        raise Malformed(400, "no XML element")
    return tree.root


def each(data: bytes, root: str, name: str) -> Iterator[Element]:
    """The elements called `name` of a whole document that begins with `root`, one after another: the document may be
    long, each of them is within the limits. Malformed comes as late as the mistake does."""
    picker = _Picker(root, name)
    parser = _parser(picker)
    for start in range(0, max(len(data), 1), CHUNK):
        _parse(parser, data[start : start + CHUNK], start + CHUNK >= len(data))
        found, picker.found = picker.found, []
        yield from found


def _parser(tree: _Tree) -> Any:
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
    return parser


def _parse(parser: Any, data: bytes, last: bool) -> None:
    try:
        parser.Parse(data, last)
    except (expat.ExpatError, ValueError, LookupError):
        raise Malformed(400, "not well-formed XML") from None


def _local(name: str) -> str:
    return name.rpartition("\n")[2]


def _no_doctype(*_: Any) -> None:
    raise Malformed(400, "XML with a DOCTYPE is not accepted")
