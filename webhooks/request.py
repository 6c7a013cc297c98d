"""One delivery as it came, and the careful ways of reading it.

Nothing is parsed before its size and encoding are checked. Whatever cannot be read raises `Malformed`; the caller
turns it into a refusal, so a vendor need not catch it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from webhooks import multipart

MAX_BODY = 1 << 20
MAX_LETTER = 40 << 20
MAX_URLENCODED = 2 << 20
MAX_FIELDS = 1000
MAX_KEY_DEPTH = 8
MAX_JSON_DEPTH = 32
MAX_JSON_CONTAINERS = 100_000


class Refusal(Exception):
    """The delivery is answered with `http_status` and goes no further; `reason` is for the log and the admin."""

    def __init__(self, http_status: int, reason: str) -> None:
        super().__init__(http_status, reason)
        self.http_status = http_status
        self.reason = reason


class Malformed(Refusal):
    """The bytes are not what the vendor's format says."""


@dataclass(frozen=True)
class Request:
    """`headers` in their order, repeated ones kept. `kind` tells what we send (`outbound_request`) from what came."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    kind: str = "inbound_webhook"

    @property
    def outbound(self) -> bool:
        return self.kind == "outbound_request"

    @property
    def path(self) -> str:
        return self._split.path

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        return _pairs(self._split.query)

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return next(iter(self._headers(name)), None)

    def single(self, name: str) -> str | None:
        """A header that decides trust: two of them let the proxy read one and us the other."""
        found = self._headers(name)
        if len(found) > 1:
            raise Malformed(400, f"repeated header {name}")
        return found[0] if found else None

    def content(self, limit: int = MAX_BODY) -> bytes:
        """The body within its limit. No Content-Encoding is accepted: vendors send none, bombs do."""
        encoding = self.header("Content-Encoding")
        if encoding is not None and encoding.strip().lower() not in ("", "identity"):
            raise Malformed(415, "content encodings are not accepted")
        if len(self.body) > limit:
            raise Malformed(413, f"body over {limit} bytes")
        return self.body

    def text(self, limit: int = MAX_BODY) -> str:
        return self._decoded(limit, "strict")

    def form(self, limit: int = MAX_BODY, *, lenient: bool = False) -> list[tuple[str, str]]:
        """Fields in their order, repeated ones kept, blank ones too; urlencoded or multipart (files left out).

        `lenient` keeps bytes that are not UTF-8 (as surrogates, PEP 383) for forms that carry raw letters.
        """
        errors = "surrogateescape" if lenient else "strict"
        if self._content_type().startswith("multipart/"):
            pairs = self._plain_parts(limit, errors)
        else:
            pairs = _pairs(self._decoded(min(limit, MAX_URLENCODED), errors), errors)
        for name, _ in pairs:
            if name.count("[") > MAX_KEY_DEPTH:
                raise Malformed(400, f"key nesting over the limit ({MAX_KEY_DEPTH})")
        return pairs

    def parts(self, limit: int = MAX_BODY) -> list[multipart.Part]:
        """The parts of a multipart form, files among them."""
        try:
            return multipart.read(self.header("Content-Type") or "", self.content(limit), MAX_FIELDS)
        except ValueError as error:
            raise Malformed(400, str(error)) from None

    def json(self, limit: int = MAX_BODY, *, allow_bom: bool = False) -> Any:
        text = self.text(limit)
        return read_json(text.removeprefix("\ufeff") if allow_bom else text)

    def _decoded(self, limit: int, errors: str) -> str:
        try:
            return self.content(limit).decode(errors=errors)
        except UnicodeDecodeError:
            raise Malformed(400, "body is not UTF-8") from None

    def _plain_parts(self, limit: int, errors: str) -> list[tuple[str, str]]:
        try:
            return [(part.name, part.text(errors)) for part in self.parts(limit) if part.filename is None]
        except ValueError as error:
            raise Malformed(400, str(error)) from None

    def _content_type(self) -> str:
        return (self.header("Content-Type") or "").strip().lower()

    def _headers(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @cached_property
    def _split(self) -> SplitResult:
        try:
            return urlsplit(self.url)
        except ValueError:
            raise Malformed(400, "bad URL") from None


def read_json(text: str) -> Any:
    """JSON without repeated keys and NaN, no deeper than `MAX_JSON_DEPTH`, in a fraction of a second."""
    if text.count("{") + text.count("[") > MAX_JSON_CONTAINERS:
        raise Malformed(400, f"over {MAX_JSON_CONTAINERS} brackets in JSON")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError:
        raise Malformed(400, f"JSON nesting over the limit ({MAX_JSON_DEPTH})") from None
    except ValueError:
        raise Malformed(400, "not JSON") from None
    _check_depth(value)
    return value


def read_object(text: str) -> dict[str, Any]:
    value = read_json(text)
    if not isinstance(value, dict):
        raise Malformed(400, "not a JSON object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed(400, "duplicate JSON key")
    return value


def _no_constant(name: str) -> Any:
    raise Malformed(400, f"{name} in JSON")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise Malformed(400, f"JSON nesting over the limit ({MAX_JSON_DEPTH})")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _pairs(text: str, errors: str = "strict") -> list[tuple[str, str]]:
    if text.count("&") >= MAX_FIELDS:
        raise Malformed(400, f"over {MAX_FIELDS} fields")
    try:
        return parse_qsl(text, keep_blank_values=True, errors=errors)
    except ValueError:
        raise Malformed(400, "fields are not UTF-8") from None
