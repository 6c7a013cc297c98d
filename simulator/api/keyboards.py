"""Buttons a bot sends: what Telegram would refuse, and where the accepted ones go."""

from __future__ import annotations

from urllib.parse import urlsplit

from simulator.box import Box
from simulator.errors import bad
from simulator.messages import touch_chat
from simulator.state import Chat, Json

ACTIONS = frozenset((
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
))  # fmt: skip
MOST_BUTTONS = 100
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def inline_part(markup: Json | None, chat: Chat) -> Json | None:
    """The inline keyboard for the message itself, checked; None when there is none or it is empty."""
    if not markup or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise bad("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _check_inline(button, chat)
    return {"inline_keyboard": rows} if rows else None


def _check_inline(button: Json, chat: Chat) -> None:
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    actions = ACTIONS & button.keys()
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad("BUTTON_TYPE_INVALID")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(button["url"], "inline keyboard button URL", secure=False)
    if "web_app" in button:
        if chat.bot_id is None:
            raise bad("BUTTON_TYPE_INVALID")
        _check_url(button["web_app"]["url"], "inline keyboard button Web App URL", secure=True)
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= 256:
        raise bad("COPY_TEXT_INVALID")


def _check_url(url: str, where: str, *, secure: bool) -> None:
    try:
        parts = urlsplit(url if "://" in url or url.startswith("tg:") else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        raise bad(f"{where} '{url}' is invalid: Wrong HTTP URL") from None
    local = host in LOOPBACK
    if parts.scheme == "tg" and not secure:
        return
    if parts.scheme not in ("http", "https") or not (local or "." in host):
        raise bad(f"{where} '{url}' is invalid: Wrong HTTP URL")
    if secure and parts.scheme != "https" and not local:
        raise bad(f"{where} '{url}' is invalid: Only HTTPS links are allowed")


def check_reply(markup: Json | None, chat: Chat) -> None:
    """Refuse a reply keyboard that Telegram would refuse."""
    for row in (markup or {}).get("keyboard", []):
        for button in row:
            if isinstance(button, str):
                continue
            if not button["text"].strip():
                raise bad("can't parse reply keyboard markup: button text must be non-empty")
            if chat.bot_id is None:
                _refuse_in_group(button)
            if "web_app" in button:
                _check_url(button["web_app"]["url"], "keyboard button Web App URL", secure=True)


def _refuse_in_group(button: Json) -> None:
    private = {"request_contact": "phone number", "request_location": "location", "web_app": "Web App",
               "request_users": "users", "request_chat": "chat"}  # fmt: skip
    for name, what in private.items():
        if button.get(name):
            raise bad(f"{what} can be requested in private chats only")


def show_reply(box: Box, chat: Chat, markup: Json | None, only: set[int] | None) -> None:
    """Change the reply keyboard people see under a chat; `only` narrows a selective one."""
    if not markup or "inline_keyboard" in markup:
        return
    people = box.people_in(chat)
    if markup.get("selective") and only is not None and chat.bot_id is None:
        people = [user for user in people if user in only]
    for user in people:
        if markup.get("remove_keyboard"):
            chat.keyboards.pop(user, None)
        else:
            chat.keyboards[user] = markup
    touch_chat(box, chat)
