"""How a delivery is changed: in its values, as somebody who may sign would, and in its bytes."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

MOST_BYTES = 1 << 20
USUAL_BYTES = 1 << 14
STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1 << 63, -(1 << 63), 10**40, 0.0, -0.0, 1e308, 1e-320),
    *("", " ", "\0", "\n", "\r\n", "\u202e", "\ud800", "\udcff", "\x7f", "\ufeff", "\U0001f527", "І́" * 40),
    *("0", "-1", "1e999", "9" * 5000, "0x10", "١٢٣", "²", "NaN", "true", "null", "[object Object]"),
    *("+79261112233", "8 926 111-22-33", "+", "tel:+7", "2026-02-30", "1790000000", "99999999999999999999"),
    *("../../etc/passwd", "file:///etc/passwd", "http://[::1", "https://a:b@c:99999/", "//", "javascript:1"),
    *("<script>", "<!--", "]]>", "&#x0;", "&amp;", "%00", "%", "%zz", "=?utf-8?b?////?=", "<a@b", "a@b>", "@", "<>"),
    *("> " * 50, ">" * 300, "--", "-- \n", "a=b&c", "a[b][c]", "|", "^", "Sum=1|Sum=2", "x" * 3000, "я" * 3000),
    *([], {}, [[]], [{}], {"": ""}, [None] * 20, {"id": {"id": {"id": []}}}, [1, "a", None, {}, []]),
)
PIECES: tuple[bytes, ...] = (
    *(
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"\xef\xbb\xbf",
        b"\xf4\x90\x80\x80",
        b"\r\n",
        b"\r",
        b"\n\n",
        b" ",
    ),
    *(b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"\\u0000", b",", b":", b"null", b"NaN", b"1e999", b"-"),
    *(b"&", b"=", b"%", b"%00", b"%ED%A0%80", b"+", b"[", b"[]", b"[0][", b";"),
    *(b"<", b">", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<![CDATA[", b"]]>", b"<?xml encoding='utf-16'?>"),
    *(b"--BoUnD", b"--BoUnD--", b"--r\r\n", b'Content-Disposition: form-data; name="', b"filename*=utf-8''%"),
    *(
        b"Content-Type: multipart/mixed; boundary=r\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"=?utf-8?q?=FF?=",
    ),
    *(b"charset=unknown-8bit", b"charset=utf-7", b"charset=rot13", b"Content-Encoding: gzip\r\n", b"> ", b"\t"),
)


def strange_value(value: Any, dice: Random) -> Any:
    """The same with one to four of its values, names or lengths changed."""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        value = _changed(value, dice, dice.randint(0, 6))
    return value


def _changed(value: Any, dice: Random, depth: int) -> Any:
    if depth and isinstance(value, dict) and value:
        name = dice.choice(list(value))
        return {**value, name: _changed(value[name], dice, depth - 1)}
    if depth and isinstance(value, list) and value:
        at = dice.randrange(len(value))
        return [*value[:at], _changed(value[at], dice, depth - 1), *value[at + 1 :]]
    return _other(value, dice)


def _other(value: Any, dice: Random) -> Any:
    kind = dice.randrange(8)
    if kind == 0 and isinstance(value, dict) and value:
        gone = dice.choice(list(value))
        return {name: one for name, one in value.items() if name != gone}
    if kind == 1 and isinstance(value, dict):
        return {**value, str(dice.choice(STRANGE))[:40]: dice.choice(STRANGE)}
    if kind == 2 and isinstance(value, list):
        return value * dice.choice((2, 3, 50))
    if kind == 3 and isinstance(value, str):
        return changed_bytes(value.encode("utf-8", "surrogatepass"), dice).decode("utf-8", "surrogateescape")
    if kind == 4:
        return [value] * dice.choice((1, 2, 40))
    if kind == 5:
        return _nested(value, dice.choice((1, 5, 31, 33, 200)))
    return dice.choice(STRANGE)


def _nested(value: Any, deep: int) -> Any:
    for _ in range(deep):
        value = {"a": value}
    return value


def changed_bytes(raw: bytes, dice: Random, other: bytes = b"") -> bytes:
    """The same with one to eight pieces changed, gone, doubled or moved, or of two deliveries."""
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        raw = dice.choice(CHANGES)(raw, dice, other)
        if len(raw) > USUAL_BYTES and dice.random() > 0.01:
            raw = raw[:USUAL_BYTES]
    return raw[:MOST_BYTES]


def _span(raw: bytes, dice: Random) -> tuple[int, int]:
    begin = dice.randrange(len(raw) + 1)
    return begin, min(len(raw), begin + dice.choice((1, 2, 8, 64, 512)))


def _flip(raw: bytes, dice: Random, _: bytes) -> bytes:
    if not raw:
        return b"\0"
    at = dice.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :]


def _cut(raw: bytes, dice: Random, _: bytes) -> bytes:
    begin, end = _span(raw, dice)
    return raw[:begin] + raw[end:]


def _repeat(raw: bytes, dice: Random, _: bytes) -> bytes:
    begin, end = _span(raw, dice)
    return raw[:begin] + raw[begin:end] * dice.choice((2, 3, 100, 2000)) + raw[end:]


def _insert(raw: bytes, dice: Random, _: bytes) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + dice.choice(PIECES) * dice.choice((1, 1, 2, 40, 400)) + raw[at:]


def _replace(raw: bytes, dice: Random, _: bytes) -> bytes:
    begin, end = _span(raw, dice)
    return raw[:begin] + dice.choice(PIECES) + raw[end:]


def _end(raw: bytes, dice: Random, _: bytes) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)]


def _splice(raw: bytes, dice: Random, other: bytes) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)] + other[dice.randrange(len(other) + 1) :]


def _noise(raw: bytes, dice: Random, _: bytes) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + dice.randbytes(dice.choice((1, 4, 64))) + raw[at:]


Change = Callable[[bytes, Random, bytes], bytes]
CHANGES: tuple[Change, ...] = (_flip, _cut, _repeat, _insert, _replace, _end, _splice, _noise)


def as_json(value: Any) -> bytes:
    """As a lenient writer would: with NaN, half of a surrogate pair, and anything that nests."""
    return json.dumps(value, ensure_ascii=True).encode()


def as_fields(value: Any) -> dict[str, str]:
    """A form has text only."""
    named = value if isinstance(value, dict) else {"a": value}
    return {str(name): one if isinstance(one, str) else json.dumps(one) for name, one in named.items()}
