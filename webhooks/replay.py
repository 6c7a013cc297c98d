"""A delivery kept in a file, judged again: for the admin who asks why it was refused.

A case is a JSON object: `vendor`, `kind`, `now`, `request` (method, url, headers as pairs, and the body as `body_b64`,
as `body_recipe` = prefix + repeat × count + suffix, or as `body_text`), `secret`, `config`, `state`.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from webhooks.judge import judge
from webhooks.request import Request
from webhooks.vendors import VENDORS
from webhooks.verdict import Source

MAX_REPLAYED = 256 << 20
MAX_NOW = 1 << 40


class NotACase(Exception):
    """The file does not hold a case; the text says what is amiss."""


def replay(path: Path) -> dict[str, Any]:
    """The line to print for a file: its verdict, or what is amiss. A fault of ours does not hide the other files."""
    name = path.stem
    try:
        case = _load(path)
        name = str(case.get("id", name))
        vendor, request, source = read(case)
    except NotACase as error:
        return {"id": name, "error": str(error)}
    try:
        outcome = judge(vendor, request, source)
    except Exception as error:
        return {"id": name, "error": f"could not be judged: {type(error).__name__}: {error}"}
    return {"id": name, "verdict": outcome.verdict, "action": outcome.action, "http_status": outcome.http_status}


def read(case: Mapping[str, Any]) -> tuple[str, Request, Source]:
    """The vendor's name, the delivery and what the desk knew."""
    vendor, now = case.get("vendor"), case.get("now")
    if not isinstance(vendor, str) or vendor not in VENDORS:
        raise NotACase(f"unknown vendor {vendor!r}")
    if isinstance(now, bool) or not isinstance(now, int | float) or not 0 <= now < MAX_NOW:
        raise NotACase("`now` is not a time in unix seconds")
    secret, config, state = (_mapping(case.get(name) or {}, name) for name in ("secret", "config", "state"))
    return vendor, _request(case), Source(now, secret, config, state)


def _load(path: Path) -> dict[str, Any]:
    try:
        case = json.loads(path.read_bytes())
    except OSError as error:
        raise NotACase(error.strerror or str(error)) from None
    except (ValueError, RecursionError):
        raise NotACase("not JSON") from None
    if not isinstance(case, dict):
        raise NotACase("not a JSON object")
    return case


def _request(case: Mapping[str, Any]) -> Request:
    raw = _mapping(case.get("request"), "request")
    headers = raw.get("headers") or []
    if not isinstance(headers, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in headers):
        raise NotACase("`headers` are not pairs")
    pairs = tuple((str(name), str(value)) for name, value in headers)
    kind = str(case.get("kind", "inbound_webhook"))
    return Request(str(raw.get("method", "")).upper(), str(raw.get("url", "")), pairs, _body(raw), kind)


def _body(raw: Mapping[str, Any]) -> bytes:
    if raw.get("body_b64") is not None:
        return _base64(raw["body_b64"])
    if raw.get("body_recipe") is not None:
        return _cook(_mapping(raw["body_recipe"], "body_recipe"))
    return str(raw.get("body_text") or "").encode("utf-8", "surrogatepass")


def _cook(recipe: Mapping[str, Any]) -> bytes:
    prefix, repeat, suffix = (_base64(recipe.get(f"{name}_b64") or "") for name in ("prefix", "repeat", "suffix"))
    count = recipe.get("count")
    if not isinstance(count, int) or count < 0 or len(repeat) * count > MAX_REPLAYED:
        raise NotACase("`body_recipe` has no fit count")
    return prefix + repeat * count + suffix


def _base64(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise NotACase("a body is not base64") from None


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise NotACase(f"`{name}` is not an object")
    return value
