"""What every vendor's module is given, and how it writes JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from core.kernel.errors import Outage
from core.ports import WebCall


@dataclass(frozen=True, slots=True)
class WriteBack:
    """`part`: status (`status` is theirs, by the mapping), comment (`text`). `external` is the id of their thing.
    `base` is their address without a slash at the end; `key` the same for every attempt."""

    part: str
    base: str
    external: str
    status: str
    text: str
    secret: str
    config: Mapping[str, Any]
    order_id: int
    type: str
    key: str


def call(method: str, url: str, said: Any, **headers: str) -> WebCall:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebCall(method, url, {"Content-Type": "application/json", **known}, orjson.dumps(said))


def number(told: WriteBack) -> int:
    """Their id where only numbers are ids. Outage, permanent: it is none."""
    if not (told.external.isascii() and told.external.isdigit() and len(told.external) < 19):
        raise Outage("writeback", "bad_id", permanent=True)
    return int(told.external)


def whole(text: str) -> int | str:
    """A number where the other side wants one and was given one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text
