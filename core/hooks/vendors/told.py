"""What every vendor's module is given, and how it writes JSON and forms with a file."""

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.kernel.errors import Outage
from core.ports import WebAnswer, WebCall

POWER = "writeback"
UPLOAD_S = 120.0
"""How long one request with a file may take."""


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file for their thing. `data` is None where only the private link `url` goes there. `remote` is what they know
    it by so far (see `Keep`)."""

    id: int
    name: str
    mime: str
    size: int
    data: bytes | None
    url: str = ""
    remote: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteBack:
    """`part`: status (`status` is theirs, by the mapping), comment (`text`), fields (`fields`: values by the names of
    their fields), file (`file`, with `text` about it: its link too where the bytes stay with us). `external` is the id
    of their thing. `base` is their address without a slash at the end; `key` the same for every attempt."""

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
    fields: Mapping[str, Any] = field(default_factory=dict)
    file: FileTold | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """What they know the file by from now on: kept at once, so that another attempt goes on from there."""

    remote: Mapping[str, Any]


Talk = Generator[WebCall | Keep, WebAnswer | None, None]
"""Several requests: each is answered into it, and the last answer counts."""


def call(method: str, url: str, said: Any, **headers: str) -> WebCall:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebCall(method, url, {"Content-Type": "application/json", **known}, orjson.dumps(said))


def form(url: str, fields: Mapping[str, str], name: str, file: FileTold, **headers: str) -> WebCall:
    """A POST of multipart/form-data with the file last, under `name`. The same file has the same boundary."""
    data = file.data or b""
    boundary = "naryad-" + hashlib.sha256(data).hexdigest()[:40]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{one}"\r\n\r\n{value}\r\n'
        for one, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{_quoted(file.name)}"\r\n'
        f"Content-Type: {file.mime}\r\n\r\n"
    )
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    known["Content-Type"] = f"multipart/form-data; boundary={boundary}"
    body = b"".join(("".join(parts).encode(), data, f"\r\n--{boundary}--\r\n".encode()))
    return WebCall("POST", url, known, body, patience_s=UPLOAD_S)


def _quoted(name: str) -> str:
    """As browsers write a name between quotes: UTF-8 as it is, what would end it by its number."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def arrived(answer: WebAnswer | None) -> bool:
    return answer is not None and 200 <= answer.status < 300


def read(answer: WebAnswer | None) -> dict[str, Any]:
    """The object that was answered. Outage writeback: it is none."""
    try:
        said = orjson.loads(answer.body) if answer else None
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise Outage(POWER, "bad_answer")
    return said


def number(told: WriteBack) -> int:
    """Their id where only numbers are ids. Outage, permanent: it is none."""
    if not is_number(told.external):
        raise Outage(POWER, "bad_id", permanent=True)
    return int(told.external)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def whole(text: str) -> int | str:
    """A number where the other side wants one and was given one."""
    return int(text) if is_number(text) else text
