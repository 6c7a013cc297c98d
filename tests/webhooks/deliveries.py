"""Deliveries for tests: recorded shapes from `cases/`, signed here with the standard library alone."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from webhooks.judge import judge
from webhooks.request import Request
from webhooks.verdict import Outcome, Source

CASES = Path(__file__).parent / "cases"
NOW = 1_790_000_000
BASE = "https://desk.firma.test/hooks/s1"


def shape(vendor: str, name: str) -> Any:
    return json.loads((CASES / vendor / f"{name}.json").read_text())


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def urlencoded(fields: Any) -> bytes:
    return urlencode(fields).encode()


def multipart(fields: list[tuple[str, bytes]], boundary: str = "BoUnD") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=BoUnD")


def post(
    body: bytes,
    *headers: tuple[str, str],
    url: str = BASE,
    method: str = "POST",
    kind: str = "inbound_webhook",
) -> Request:
    return Request(method, url, headers, body, kind)


def get(url: str) -> Request:
    return Request("GET", url, (), b"")


def judged(
    vendor: str,
    request: Request,
    secret: dict[str, Any],
    *,
    config: dict[str, Any] | None = None,
    state: dict[str, Any] | None = None,
    now: float = NOW,
) -> Outcome:
    return judge(vendor, request, Source(now, secret, config or {}, state or {}))


def answer(outcome: Outcome) -> tuple[str, str, int | None]:
    return outcome.verdict, outcome.action, outcome.http_status


def mac(key: bytes | str, data: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(key.encode() if isinstance(key, str) else key, data, algorithm).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


PROCESS = ("valid", "process", 200)
DUPLICATE = ("valid", "ack_duplicate", 200)
IGNORE = ("valid", "ack_ignore", 200)


def refused(status: int | None) -> tuple[str, str, int | None]:
    return "invalid", "reject", status
