"""A raw letter opened within limits: its headers, and its parts as slices of the bytes that came.

The parser of the standard library recurses, and takes many seconds for what a stranger can make of 30 MB; here every
step is a search in bytes, bounded in depth, in parts and in headers. Nothing is refused for being odd: what cannot be
read is empty. Sources: RFC 5322, 2045–2047, 2231.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from webhooks.mail.words import decoded

MAX_DEPTH = 16
MAX_CONTAINERS = 50
MAX_PARTS = 500
MAX_HEADERS = 500
MAX_HEAD = 256 << 10

_BLANK = re.compile(rb"(?:\A|\n)\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*("|\\?\Z)', re.DOTALL)
"""A quotation that never ends goes to the end, so that no other is looked for in it: each would be read to the end."""
_ADDRESS = re.compile(r"<\s*([^<>\s]{1,320})\s*>|([^\s<>:;()\[\]]{1,64}@[^\s<>:;()\[\]]{1,255})")
_NAME = r";\s*([A-Za-z0-9_*-]{1,40})\s*=\s*"
_PARAMETER = re.compile(rf"{_NAME}({_QUOTED.pattern}|[^;\"\s]*)", re.DOTALL)
_BARE = re.compile(rf"{_NAME}([^;\"\s]*)")
_DEFAULT_TYPE = "text/plain"


class TooComplex(Exception):
    """The letter is kept raw and shown to a person; it is not opened. The text says which limit it broke."""


@dataclass(frozen=True)
class Part:
    """`fields` in their order, names in lower case, values unfolded and undecoded."""

    fields: tuple[tuple[str, str], ...]
    body: bytes
    children: tuple["Part", ...] = ()

    def raw(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name.lower()]

    def all(self, name: str) -> list[str]:
        """Every value of a header as a person reads it."""
        return [decoded(value) for value in self.raw(name)]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def has(self, *names: str) -> bool:
        return any(self.raw(name) for name in names)

    def addresses(self, *names: str) -> list[str]:
        """The bare addresses of these headers; names, quoted words and comments left out."""
        return [address for name in names for value in self.raw(name) for address in _addresses(value)]

    @cached_property
    def type(self) -> str:
        named = re.match(r"\s*([\w.+-]+/[\w.+-]+)", self._content_type)
        return named[1].lower() if named else _DEFAULT_TYPE

    @cached_property
    def disposition(self) -> str:
        return next(iter(self.raw("content-disposition")), "").partition(";")[0].strip().lower()

    def parameter(self, name: str) -> str | None:
        """Of Content-Type."""
        return parameters(self._content_type).get(name)

    @cached_property
    def filename(self) -> str | None:
        placed = parameters(next(iter(self.raw("content-disposition")), "")).get("filename")
        return placed if placed is not None else self.parameter("name")

    @property
    def is_file(self) -> bool:
        """Pictures between the words often have no name."""
        return self.filename is not None or self.disposition == "attachment" or self.type.startswith("image/")

    def walk(self) -> Iterator["Part"]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def _content_type(self) -> str:
        return next(iter(self.raw("content-type")), "")


def open_letter(raw: bytes) -> Part:
    """Raises TooComplex."""
    return _Opening().part(raw, 0)


class _Opening:
    def __init__(self) -> None:
        self.parts = 0
        self.containers = 0

    def part(self, raw: bytes, depth: int) -> Part:
        self.parts += 1
        if depth > MAX_DEPTH:
            raise TooComplex("MIME nesting deeper than the limit")
        if self.parts > MAX_PARTS:
            raise TooComplex("more MIME parts than the limit")
        found = _BLANK.search(raw)
        head, body = (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")
        part = Part(_fields(head), body)
        self.containers += part.type.startswith(("multipart/", "message/"))
        if self.containers > MAX_CONTAINERS:
            raise TooComplex("MIME nesting deeper than the limit")
        if part.type == "message/rfc822":
            return Part(part.fields, body, (self.part(body, depth + 1),))
        boundary = part.parameter("boundary")
        if not part.type.startswith("multipart/") or not boundary:
            return part
        return Part(part.fields, body, tuple(self.part(piece, depth + 1) for piece in _split(body, boundary)))


def _fields(head: bytes) -> tuple[tuple[str, str], ...]:
    if len(head) > MAX_HEAD or head.count(b"\n") > 10 * MAX_HEADERS:
        raise TooComplex("headers longer than the limit")
    text = head.decode("utf-8", "replace") if _is_utf8(head) else head.decode("cp1251", "replace")
    lines = re.sub(r"\r?\n[ \t]+", " ", text.lstrip("\r\n")).split("\n")
    if len(lines) > MAX_HEADERS:
        raise TooComplex("headers longer than the limit")
    found = (_FIELD.fullmatch(line.rstrip("\r")) for line in lines)
    return tuple((field[1].lower(), field[2].strip()) for field in found if field)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _split(body: bytes, boundary: str) -> Iterator[bytes]:
    """The pieces between delimiter lines; a missing last delimiter is forgiven."""
    start: int | None = None
    for line, after, last in _delimiters(body, b"--" + boundary.encode("utf-8", "replace")):
        if start is not None:
            yield body[start:line]
        start = after
        if last:
            return
    if start is not None:
        yield body[start:]


def _delimiters(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each delimiter line begins, where the next line does, and whether it is the last one (`--boundary--`)."""
    if body.count(mark) > 4 * MAX_PARTS:
        raise TooComplex("more MIME parts than the limit")
    at = body.find(mark)
    while at != -1:
        end = body.find(b"\n", at)
        after = end + 1 if end != -1 else len(body)
        rest = body[at + len(mark) : after].strip()
        if (at == 0 or body[at - 1 : at] == b"\n") and rest in (b"", b"--"):
            yield at, after, rest == b"--"
        at = body.find(mark, after)


def parameters(value: str) -> dict[str, str]:
    """`name=value` of a header, quotes off; RFC 2231 pieces (`filename*0*=utf-8''…`) joined and decoded."""
    plain: dict[str, str] = {}
    pieces: dict[str, list[str]] = {}
    for name, raw in _named(value[:MAX_HEAD]):
        base, star, _ = name.lower().partition("*")
        said = re.sub(r"\\(.)", r"\1", raw[1:-1]) if raw.startswith('"') else raw
        if star:
            pieces.setdefault(base, []).append(said)
        else:
            plain.setdefault(base, decoded(said))
    return plain | {base: decoded("".join(said), percent=True) for base, said in pieces.items()}


def _named(value: str) -> Iterator[tuple[str, str]]:
    """Names and values; from a quotation on that never ends, what stands without quotes."""
    for found in _PARAMETER.finditer(value):
        if found[2].startswith('"') and found[3] != '"':
            yield from _BARE.findall(value[found.start() :])
            return
        yield found[1], found[2]


def _addresses(value: str) -> list[str]:
    said = _QUOTED.sub(lambda found: " " if found[1] == '"' else found[0][1:], value)
    bare = re.sub(r"\([^()]*\)", " ", said)
    found = (_ADDRESS.search(item) for item in re.split(r"[,;]", bare))
    return [address for match in found if match and "@" in (address := match[1] or match[2])]
