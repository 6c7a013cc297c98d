"""What a person presses: inline buttons, reply keyboards, Mini Apps and the things they hand to the bot."""

from __future__ import annotations

import secrets
import time
import zlib

from simulator import groups
from simulator.acts import ACTS, Deed, act
from simulator.api.bots import QUERY_LIFE, menu_button
from simulator.box import Query
from simulator.errors import ActError
from simulator.initdata import init_data, launch_url
from simulator.messages import erase, render, touch_chat
from simulator.state import Bot, Json, Message


@act("press")
def press(deed: Deed) -> Json:
    """Press an inline button by its data or place; without a message, a button of the reply keyboard.

    Data that no button of the message carries is sent all the same: a forged app could, and bots must cope."""
    return _press_reply(deed) if deed.facts.get("message_id") is None else press_inline(deed)


def press_inline(deed: Deed) -> Json:
    message = deed.message()
    if message.author not in deed.box.world.bots:
        raise ActError("no_button", "this message has no buttons")
    if deed.facts.get("data") is not None:
        return _callback(deed, message, str(deed.facts["data"]))
    button = _button(message.body.get("reply_markup", {}).get("inline_keyboard"), deed)
    return _follow(deed, message, button)


def _button(rows: list[list[Json]] | None, deed: Deed) -> Json:
    row, col = deed.need("row", int), deed.need("col", int)
    if not rows or not 0 <= row < len(rows) or not 0 <= col < len(rows[row]):
        raise ActError("no_button", "there is no such button")
    button = rows[row][col]
    return {"text": button} if isinstance(button, str) else button


def _follow(deed: Deed, message: Message, button: Json) -> Json:
    if "callback_data" in button:
        return _callback(deed, message, button["callback_data"])
    if "web_app" in button:
        bot = deed.box.world.bots[message.author]
        return {"url": _launch(deed, bot, button["web_app"]["url"])}
    if "url" in button:
        return {"link": button["url"]}
    if "copy_text" in button:
        return {"copy_text": button["copy_text"]["text"]}
    if "disabled" in button:
        raise ActError("disabled", "this button is disabled")
    raise ActError("no_button", "the simulator cannot press this kind of button")


def _callback(deed: Deed, message: Message, data: str) -> Json:
    box, chat = deed.box, deed.chat
    if not 1 <= len(data.encode()) <= 64:
        raise ActError("bad_data", "callback data is 1–64 bytes")
    if chat.blocked:
        raise ActError("blocked", "the bot is blocked: unblock it first")
    bot = box.world.bots[message.author]
    key = str(secrets.randbits(62))
    now = time.monotonic()
    while box.queries and now - box.queries[first := next(iter(box.queries))].at > QUERY_LIFE:
        del box.queries[first]
    box.queries[key] = Query(bot.id, chat.key, deed.person.id, message.id, now)
    update: Json = {
        "id": key,
        "from": deed.person.user(),
        "message": render(box, message, bot.id),
        "chat_instance": str(zlib.crc32(chat.key.encode())),
        "data": data,
    }
    box.updates.queue(bot, "callback_query", update)
    return {"callback_query_id": key}


def _press_reply(deed: Deed) -> Json:
    markup = deed.chat.keyboards.get(deed.person.id) or {}
    button = _button(markup.get("keyboard"), deed)
    if button.get("request_contact"):
        return _as(deed, "contact", own=True)
    if button.get("request_location"):
        return _as(deed, "location", lat=deed.facts.get("lat"), lon=deed.facts.get("lon"))
    if "web_app" in button:
        return {"url": launch_url(button["web_app"]["url"], "", keyboard=True), "button_text": button["text"]}
    for name in ("request_users", "request_chat"):
        if name in button:
            return {name: button[name]}
    return _as(deed, "text", text=button["text"])


def _as(deed: Deed, name: str, **facts: object) -> Json:
    deed.facts = facts
    result = ACTS[name](deed)
    assert isinstance(result, dict)
    return result


def _launch(deed: Deed, bot: Bot, url: str) -> str:
    now = deed.box.world.now()
    return launch_url(url, init_data(bot, deed.person, now, deed.may("start_param", str)))


@act("web_app")
def web_app(deed: Deed) -> Json:
    """Open a Mini App from the menu button, an inline button or the reply keyboard."""
    if deed.facts.get("menu"):
        bot = deed.bot()
        button = menu_button(bot, deed.person.id)
        if button["type"] != "web_app":
            raise ActError("no_button", "the menu button opens no Mini App")
        return {"url": _launch(deed, bot, button["web_app"]["url"])}
    result = _press_reply(deed) if deed.facts.get("message_id") is None else press_inline(deed)
    if "url" not in result:
        raise ActError("no_button", "this button opens no Mini App")
    return result


@act("web_app_data")
def web_app_data(deed: Deed) -> Json:
    """What a Mini App opened from the reply keyboard sends to its bot."""
    data = str(deed.need("data", str))
    if not 1 <= len(data.encode()) <= 4096:
        raise ActError("bad_data", "a Mini App sends 1–4096 bytes")
    words = str(deed.facts.get("button_text") or "")
    return deed.say({"web_app_data": {"data": data, "button_text": words}})


@act("share_users")
def share_users(deed: Deed) -> Json:
    """Answer a `request_users` button."""
    deed.bot()
    chosen = [deed.box.world.people.get(user) for user in deed.need("user_ids", list) if isinstance(user, int)]
    if not chosen or None in chosen:
        raise ActError("no_person", "there is no such person")
    users = [{"user_id": p.id, "first_name": p.first_name} for p in chosen if p is not None]
    ids = [user["user_id"] for user in users]
    shared = {"request_id": deed.need("request_id", int), "users": users, "user_ids": ids}
    return deed.say({"users_shared": shared})


@act("share_chat")
def share_chat(deed: Deed) -> Json:
    """Answer a `request_chat` button."""
    deed.bot()
    chat = deed.box.world.chats.get(str(deed.need("chat_id", int)))
    if chat is None or chat.bot_id is not None:
        raise ActError("no_chat", "there is no such group")
    shared = {"request_id": deed.need("request_id", int), "chat_id": chat.id, "title": chat.title}
    return deed.say({"chat_shared": shared})


# Groups


def _group(deed: Deed) -> None:
    if deed.chat.bot_id is not None:
        raise ActError("group_only", "this works in a group only")


@act("add_bot")
def add_bot(deed: Deed) -> Json:
    """Bring a bot into the group; an administrator unless `admin` is false."""
    _group(deed)
    bot_id = deed.need("bot_id", int)
    if bot_id not in deed.box.world.bots:
        raise ActError("no_bot", "there is no such bot")
    status = "administrator" if deed.facts.get("admin", True) else "member"
    groups.set_member(deed.box, deed.chat, bot_id, status, deed.person.id)
    return {}


@act("remove_bot")
def remove_bot(deed: Deed) -> Json:
    _group(deed)
    groups.set_member(deed.box, deed.chat, deed.need("bot_id", int), "kicked", deed.person.id)
    return {}


@act("add_member")
def add_member(deed: Deed) -> Json:
    _group(deed)
    user_id = deed.need("user_id", int)
    if user_id not in deed.box.world.people:
        raise ActError("no_person", "there is no such person")
    groups.set_member(deed.box, deed.chat, user_id, "member", deed.person.id)
    return {}


@act("leave")
def leave(deed: Deed) -> Json:
    _group(deed)
    groups.set_member(deed.box, deed.chat, deed.person.id, "left", deed.person.id)
    return {}


@act("new_topic")
def new_topic(deed: Deed) -> Json:
    name = str(deed.need("name", str)).strip()
    if not deed.chat.is_forum:
        raise ActError("no_topics", "this chat has no topics")
    if not 1 <= len(name) <= 128:
        raise ActError("bad_name", "a topic's name has 1–128 characters")
    topic = groups.create_topic(deed.box, deed.chat, deed.person.id, name, None, None)
    return {"thread_id": topic.thread_id}


@act("delete")
def delete(deed: Deed) -> Json:
    """Delete a message for everybody: one's own, or any as a group's administrator."""
    message = deed.message()
    admin = deed.chat.members.get(deed.person.id) in ("creator", "administrator")
    if message.author != deed.person.id and deed.chat.bot_id is None and not admin:
        raise ActError("not_yours", "this message is not yours")
    erase(deed.box, deed.chat, message)
    return {}


@act("close_keyboard")
def close_keyboard(deed: Deed) -> Json:
    deed.chat.keyboards.pop(deed.person.id, None)
    touch_chat(deed.box, deed.chat)
    return {}
