"""What a polled system is asked and what it answered: its things, and how far it was read. Pure.

Bounds: an answer of `MOST_BYTES`, things of `MOST_ITEM` bytes each. What is wrong is a `Trouble` with a code that the
source's page has words for.
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from core.kernel.addresses import MAX_CALLED, check_url
from core.kernel.errors import Refusal
from core.ports import WebAnswer, WebCall
from core.sources.mapping import plain

MIB = 1 << 20
MOST_BYTES = 8 * MIB
MOST_ITEM = MIB // 4
MOST_BRACKETS = 1_000_000
NOTHING = 204
PATIENCE_S = 60.0
OVERLAP = timedelta(minutes=2)
TOMORROW = timedelta(days=1)

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(.*)", re.DOTALL)


class Trouble(Exception):
    """Why a system can't be read now. `facts` are for the words; `after_s`: it asked to be left alone so long."""

    def __init__(self, code: str, *, after_s: int | None = None, **facts: str | int) -> None:
        super().__init__(code, facts)
        self.code, self.facts, self.after_s = code, facts, after_s


@dataclass(frozen=True, slots=True)
class Item:
    """One of their things: its key there, and itself as JSON. `bad`: why it can't be taken (no_key, too_long)."""

    key: str
    body: bytes
    bad: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`place`: what is remembered once these items are kept. `more`: there are others behind them."""

    items: list[Item]
    place: dict[str, Any] = field(default_factory=dict)
    more: bool = False


def read_answer(answer: WebAnswer) -> Any:
    """The JSON of an answer; None for one that says that there is nothing (204). Trouble: moved, denied, missing,
    slow_down, theirs, status, packed, too_long, not_json."""
    if answer.status // 100 != 2:
        raise Trouble(_code(answer.status), status=answer.status, after_s=_after(answer))
    if answer.status == NOTHING:
        return None
    body = _unpacked(answer)
    if len(body) > MOST_BYTES or body.count(b"{") + body.count(b"[") > MOST_BRACKETS:
        raise Trouble("too_long", mib=MOST_BYTES // MIB)
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Trouble("not_json") from error


def _unpacked(answer: WebAnswer) -> bytes:
    """МойСклад packs whatever one asks for. A little that unpacks to a lot is too long, and no more of it is opened."""
    packing = answer.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        return answer.body
    if packing != "gzip" or len(answer.body) > MOST_BYTES:
        raise Trouble("packed")
    opener = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        body = opener.decompress(answer.body, MOST_BYTES + 1)
    except zlib.error as error:
        raise Trouble("packed") from error
    if not opener.eof and len(body) <= MOST_BYTES:
        raise Trouble("packed")
    return body


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _code(status: int) -> str:
    known = {401: "denied", 403: "denied", 404: "missing", 410: "missing", 429: "slow_down"}
    return known.get(status) or {3: "moved", 5: "theirs"}.get(status // 100, "status")


def _after(answer: WebAnswer) -> int | None:
    text = answer.headers.get("retry-after", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def item_of(value: Any, key: Any) -> Item:
    """A thing as it is kept; one without a key, or too long, says so."""
    try:
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return Item("", b"", "too_long")
    name = plain(key)
    if not name or not isinstance(value, dict):
        return Item("", b"", "no_key")
    return Item(name, body, "too_long" if len(body) > MOST_ITEM else "")


def listed(value: Any, path: str) -> list[Any]:
    """Trouble no_list where there is none."""
    if not isinstance(value, list):
        raise Trouble("no_list", path=path or "—")
    return value


def get(url: str, fields: Mapping[str, Any], headers: Mapping[str, str]) -> WebCall:
    """A question by GET, with `fields` after those that the address has."""
    query = urlencode(fields, safe="$'[],", quote_via=quote)
    joined = url + (("&" if "?" in url else "?") + query if query else "")
    return call("GET", joined, headers)


def call(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> WebCall:
    known = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
    return WebCall(method, url, known, body, MOST_BYTES + 1, PATIENCE_S)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def same_server(one: str, other: str) -> bool:
    """Whether a secret that was given for `one` may be told to `other`."""
    try:
        check_url(other, (urlsplit(one).hostname or "",), MAX_CALLED)
    except Refusal:
        return False
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc.lower()) == (second.scheme, second.netloc.lower())


def server_of(url: str) -> str:
    return urlsplit(url).netloc.lower()


def newest(known: str, stamp: str, now: datetime) -> str:
    """The later of two stamps of a system: numbers as numbers, times as they are written. A time that lies more than
    a day ahead would hide all that comes before it, so it counts for nothing."""
    if not stamp or _is_ahead(stamp, now):
        return known
    if not known:
        return stamp
    if _number(known) is not None and _number(stamp) is not None:
        return stamp if float(stamp) > float(known) else known
    return max(known, stamp)


def is_before(stamp: str, first: str) -> bool:
    """Whether a stamp lies before the moment `first` (with its zone); one that can't be read, or has no zone, does
    not."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return at.tzinfo is not None and at < datetime.fromisoformat(first)


def a_little_before(stamp: str) -> str:
    """The same stamp two minutes earlier, in the same writing: what was stored late must not be missed. A number that
    is no time stays."""
    if found := _STAMP.fullmatch(stamp):
        try:
            at = datetime.fromisoformat(f"{found[1]}T{found[3]}") - OVERLAP
        except (ValueError, OverflowError):
            return stamp
        return at.strftime(f"%Y-%m-%d{found[2]}%H:%M:%S") + found[4]
    unit = _unit(stamp)
    return str(int(float(stamp) - OVERLAP.total_seconds() * unit)) if unit else stamp


def _is_ahead(stamp: str, now: datetime) -> bool:
    last = now + TOMORROW
    if _STAMP.fullmatch(stamp):
        return stamp[:10] > (last + TOMORROW).strftime("%Y-%m-%d")
    unit = _unit(stamp)
    return bool(unit) and float(stamp) > last.timestamp() * unit


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,18}(\.\d{1,9})?", text) else None


def _unit(text: str) -> int:
    """How many of them make a second, of a number that may be a unix time; 0 for another."""
    value = _number(text)
    if value is None:
        return 0
    return 1 if 1e9 <= value < 1e10 else 1000 if 1e12 <= value < 1e13 else 0
