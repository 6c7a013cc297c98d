"""A Mini App's launch data, signed with the bot's token exactly as Telegram signs it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import orjson

from simulator.state import Bot, Json, Person

VERSION = "9.1"
THEME = {
    "bg_color": "#ffffff", "text_color": "#000000", "hint_color": "#707579", "link_color": "#3390ec",
    "button_color": "#3390ec", "button_text_color": "#ffffff", "secondary_bg_color": "#f4f4f5",
    "header_bg_color": "#ffffff", "accent_text_color": "#3390ec", "section_bg_color": "#ffffff",
    "section_header_text_color": "#707579", "subtitle_text_color": "#707579",
    "destructive_text_color": "#e53935",
}  # fmt: skip


def sign(fields: dict[str, str], token: str) -> str:
    """Telegram's hash: HMAC-SHA256 of the sorted "key=value" lines under HMAC("WebAppData", token)."""
    lines = "\n".join(f"{key}={value}" for key, value in sorted(fields.items()))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()


def init_data(bot: Bot, person: Person, now: float, start_param: str | None = None) -> str:
    """The query string a Mini App opened from an inline or menu button finds in `initData`."""
    user: Json = {key: value for key, value in person.user().items() if key != "is_bot"}
    user["allows_write_to_pm"] = True
    fields = {
        "query_id": f"AA{secrets.token_urlsafe(15)}",
        "user": orjson.dumps(user).decode(),
        "auth_date": str(int(now)),
    }
    if start_param:
        fields["start_param"] = start_param
    return urlencode({**fields, "hash": sign(fields, bot.token)}, quote_via=quote)


def launch_url(url: str, data: str, keyboard: bool = False) -> str:
    """The address to open in the frame: the app's own with Telegram's facts in the fragment.

    An app opened from a reply keyboard gets no init data, as in Telegram, and may send data to the bot."""
    facts = {
        "tgWebAppData": data,
        "tgWebAppVersion": VERSION,
        "tgWebAppPlatform": "web",
        "tgWebAppThemeParams": orjson.dumps(THEME).decode(),
    }
    if keyboard:
        del facts["tgWebAppData"]
    parts = urlsplit(url)
    fragment = urlencode(facts, quote_via=quote)
    if parts.fragment:
        fragment = f"{parts.fragment}{'&' if '=' in parts.fragment else '?'}{fragment}"
    return urlunsplit(parts._replace(fragment=fragment))
