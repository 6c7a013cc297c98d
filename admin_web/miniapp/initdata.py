"""What Telegram says of who opened a Mini App, and how far to believe it (Bot API, "Validating data received via the
Mini App"): HMAC-SHA256 over the sorted fields with a key made of the bot's token, at most five minutes old.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from core.kernel.errors import Refusal

MAX_AGE = timedelta(minutes=5)
FUTURE = timedelta(seconds=30)
MAX_LENGTH = 8192


@dataclass(frozen=True, slots=True)
class Opened:
    """Who opened the page, proved by the bot's token."""

    user_id: int
    name: str
    language: str
    at: datetime


def read_init_data(text: str, token: str, now: datetime) -> Opened:
    """Refusals: `app.bad_init_data` for anything that Telegram did not sign for this bot, `app.old_init_data`."""
    if not text.isascii() or len(text) > MAX_LENGTH:
        raise Refusal("app.bad_init_data")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise Refusal("app.bad_init_data") from error
    fields = dict(pairs)
    given = fields.pop("hash", "")
    if len(fields) + 1 != len(pairs) or not given.isascii():
        raise Refusal("app.bad_init_data")
    check = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.digest(b"WebAppData", token.encode(), hashlib.sha256)
    if not hmac.compare_digest(hmac.digest(key, check.encode(), hashlib.sha256).hex(), given.lower()):
        raise Refusal("app.bad_init_data")
    opened = _opened(fields)
    if opened.at < now - MAX_AGE or opened.at > now + FUTURE:
        raise Refusal("app.old_init_data")
    return opened


def _opened(fields: dict[str, str]) -> Opened:
    try:
        user = json.loads(fields["user"])
        name = " ".join(filter(None, (user.get("first_name"), user.get("last_name"))))
        at = datetime.fromtimestamp(int(fields["auth_date"]), UTC)
        return Opened(int(user["id"]), name, str(user.get("language_code") or "ru"), at)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise Refusal("app.bad_init_data") from error
