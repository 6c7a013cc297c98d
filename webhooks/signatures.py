"""Keyed hashes and tokens, compared in constant time; no input makes them raise."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from typing import Any

Text = str | bytes


def same(left: Text | None, right: Text | None) -> bool:
    """Constant-time equality of text or bytes; None equals nothing."""
    if left is None or right is None:
        return False
    return hmac.compare_digest(_bytes(left), _bytes(right))


def digest_hex(data: Text, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, _bytes(data)).hexdigest()


def hmac_raw(key: Text, data: Text, algorithm: str = "sha256") -> bytes:
    return hmac.new(_bytes(key), _bytes(data), algorithm).digest()


def hmac_hex(key: Text, data: Text, algorithm: str = "sha256") -> str:
    return hmac_raw(key, data, algorithm).hex()


def hmac_base64(key: Text, data: Text, algorithm: str = "sha256") -> str:
    return base64.b64encode(hmac_raw(key, data, algorithm)).decode()


def from_base64(text: str) -> bytes | None:
    """Strict base64 (padding required, no foreign characters), or None."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def whole_seconds(text: str | None) -> int | None:
    """A unix time written in ASCII digits, or None."""
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,16}", text) else None


def bearer_token(header: str | None) -> str | None:
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def open_jwt(token: str, secret: str) -> dict[str, Any] | None:
    """The claims of a JWT signed with HS256 and `secret`; None for any other algorithm or a wrong signature."""
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    header, claims, given = _jwt_json(head), _jwt_json(body), _url_base64(signature)
    if header is None or claims is None or given is None or header.get("alg") != "HS256" or "crit" in header:
        return None
    return claims if same(hmac_raw(secret, f"{head}.{body}"), given) else None


def _jwt_json(segment: str) -> dict[str, Any] | None:
    raw = _url_base64(segment)
    try:
        value = json.loads(raw) if raw is not None else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _url_base64(text: str) -> bytes | None:
    if re.fullmatch(r"[A-Za-z0-9_-]*", text) is None:
        return None
    return from_base64(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4))


def _bytes(value: Text) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
