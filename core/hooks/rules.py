"""How others are told: signatures, retries, and when we give up. Pure.

Standard Webhooks: the signature is base64 of HMAC-SHA256 over `id.timestamp.body` under the secret's bytes, written
`v1,…`; while a secret is being changed both sign, one after the other.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from core.kernel.errors import Refusal

TYPES = (
    *("order.created", "order.changed", "order.cancelled", "order.reopened", "order.closed"),
    *("order.assigned", "order.unassigned", "order.travelling", "order.eta_changed", "order.arrived"),
    *("order.paused", "order.resumed", "order.finished", "order.commented", "order.file_added"),
    *("act.ready", "act.signed", "act.printed", "act.refused", "order.rated", "deadline.near", "deadline.breached"),
)
TRIAL = "webhook.trial"

STATUS_TYPES = {
    "new": "order.reopened",
    "assigned": "order.assigned",
    "travelling": "order.travelling",
    "on_site": "order.arrived",
    "paused": "order.paused",
    "done": "order.finished",
    "closed": "order.closed",
    "cancelled": "order.cancelled",
}
"""Which event says that an order came into a state."""
COMMENTS = (
    *("order.created", "order.assigned", "order.travelling", "order.arrived", "order.paused", "order.finished"),
    *("order.cancelled", "order.closed", "order.commented", "act.ready", "act.signed", "act.refused"),
)

FILES = ("act.printed", "order.finished", "order.commented")
"""Which events bring files that may be given to other systems: the signed act, photos of the work, the customer's
thread."""

MAX_NAME = 100
PREFIX = "whsec_"
SECRET_BYTES = 32
BOTH_SIGN = timedelta(hours=24)
GIVE_UP = timedelta(days=5)
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
BETWEEN_FAILURES = timedelta(seconds=60)
GONE = 410
TOO_LARGE = 413
SHOWN = 500


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64; `secret` with its prefix."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    said = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()


def pause(failures: int) -> timedelta:
    """How long to wait after the n-th failure: 5 s, 5 min, 30 min, 2 h, 5 h, then 10 h each."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


def next_try(first_at: datetime, now: datetime, failures: int, after_s: int | None = None) -> datetime | None:
    """When to try again, later when the other side asks for `after_s` seconds (10 h at most); the last time is five
    days after the first. None: given up."""
    wait = pause(failures)
    if after_s is not None:
        wait = max(wait, min(timedelta(seconds=after_s), PAUSES[-1]))
    last = first_at + GIVE_UP
    return min(now + wait, last) if now < last else None


def is_lost(failing_since: datetime, now: datetime) -> bool:
    """Nothing has arrived for so long that we stop telling."""
    return now - failing_since >= GIVE_UP


def retry_after(header: str) -> int | None:
    """Seconds; a date is not read."""
    return int(header) if header.isascii() and header.isdigit() and len(header) < 8 else None


def check_name(text: str) -> str:
    """Refusal hooks.no_name."""
    name = " ".join(text.split())[:MAX_NAME]
    if not name:
        raise Refusal("hooks.no_name", field="name")
    return name


def check_types(given: Iterable[str]) -> list[str]:
    """In the order of TYPES, each once. Refusals hooks.no_events, hooks.bad_event."""
    wanted = set(given)
    if unknown := wanted - set(TYPES):
        raise Refusal("hooks.bad_event", type=min(unknown)[:48], field="type")
    if not wanted:
        raise Refusal("hooks.no_events", field="type")
    return [one for one in TYPES if one in wanted]


def shown(body: bytes) -> str:
    """The first bytes of an answer as text that a database takes."""
    return body[: SHOWN * 4].decode("utf-8", "replace").replace("\0", "\ufffd")[:SHOWN]
