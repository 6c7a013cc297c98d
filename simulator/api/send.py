"""What a bot says: text, places, contacts, forwards and copies."""

from __future__ import annotations

from typing import Any

from simulator.api.keyboards import check_reply, inline_part, show_reply
from simulator.api.registry import Request, method
from simulator.api.targets import find_receiver, find_reply, find_thread, known_chat, message_in, open_chat
from simulator.errors import bad
from simulator.markup import detect, parse, trim, units
from simulator.messages import content_of, post, render
from simulator.state import Chat, Json, Message

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
LIVE_PERIODS = range(60, 86_401)
LIVE_FOREVER = 0x7FFFFFFF


def text_part(request: Request, name: str = "text", entities: str = "entities") -> tuple[str, list[Json]]:
    """A text parameter and its entities, formatted as the bot asked."""
    raw = request.get(name, "")
    given = request.get(entities)
    if given:
        text, found = trim(raw, [entity for entity in given if entity["length"] > 0])
    else:
        text, found = parse(raw, request.get("parse_mode"))
    return text, detect(text, found)


def words(request: Request) -> Json:
    """The text of a message, within Telegram's limits."""
    text, entities = text_part(request)
    if not text:
        raise bad("message text is empty")
    if units(text) > TEXT_LIMIT:
        raise bad("message is too long")
    return {"text": text, **({"entities": entities} if entities else {})}


def caption(request: Request) -> Json:
    """The caption of a media message."""
    text, entities = text_part(request, "caption", "caption_entities")
    if units(text) > CAPTION_LIMIT:
        raise bad("message caption is too long")
    part: Json = {}
    if text:
        part["caption"] = text
    if entities:
        part["caption_entities"] = entities
    if request.get("show_caption_above_media"):
        part["show_caption_above_media"] = True
    return part


def allow(request: Request, chat: Chat, messages: int = 1) -> None:
    """Spend Telegram's sending limits when the page switched them on."""
    if request.box.faults.limits:
        group = chat.bot_id is None
        request.box.limits.spend(request.bot.id, chat.key, group=group, messages=messages)


def deliver(request: Request, chat: Chat, content: Json) -> Json:
    """Post the bot's message and answer with it."""
    markup = request.get("reply_markup")
    keyboard = inline_part(markup, chat)
    check_reply(markup, chat)
    reply = find_reply(request, chat)
    thread_id = find_thread(request, chat, reply)
    receiver = find_receiver(request, chat)
    allow(request, chat)
    if keyboard:
        content["reply_markup"] = keyboard
    if request.get("protect_content"):
        content["has_protected_content"] = True
    message = post(request.box, chat, request.bot.id, content,
                   thread_id=thread_id, reply=reply, receiver=receiver)  # fmt: skip
    show_reply(request.box, chat, markup, {reply.author} if reply else None)
    return render(request.box, message, request.bot.id)


@method("sendMessage")
def send_message(request: Request) -> Json:
    chat = open_chat(request)
    content = words(request)
    if request.get("link_preview_options"):
        content["link_preview_options"] = request.get("link_preview_options")
    return deliver(request, chat, content)


def location_part(request: Request) -> Json:
    latitude, longitude = float(request.get("latitude")), float(request.get("longitude"))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad("wrong latitude or longitude specified")
    location: Json = {"latitude": latitude, "longitude": longitude}
    for name in ("horizontal_accuracy", "heading", "proximity_alert_radius"):
        if request.get(name):
            location[name] = request.get(name)
    return location


@method("sendLocation")
def send_location(request: Request) -> Json:
    chat = open_chat(request)
    location = location_part(request)
    period = request.get("live_period", 0)
    if period:
        if period not in LIVE_PERIODS and period != LIVE_FOREVER:
            raise bad("wrong live period specified")
        location["live_period"] = period
    return deliver(request, chat, {"location": location})


@method("sendVenue")
def send_venue(request: Request) -> Json:
    chat = open_chat(request)
    location = location_part(request)
    venue = {"location": location, "title": request.get("title"), "address": request.get("address")}
    return deliver(request, chat, {"venue": venue, "location": location})


@method("sendContact")
def send_contact(request: Request) -> Json:
    chat = open_chat(request)
    contact = {name: request.get(name) for name in ("phone_number", "first_name", "last_name", "vcard")}
    return deliver(request, chat, {"contact": {key: value for key, value in contact.items() if value}})


def _source(request: Request, what: str) -> tuple[Message, Any]:
    origin = known_chat(request, "from_chat_id")
    message = message_in(origin, request.get("message_id"), what)
    if message.body.get("has_protected_content"):
        raise bad(f"message can't be {'forwarded' if what == 'forward' else 'copied'}")
    content = content_of(message)
    if not content:
        raise bad(f"message can't be {'forwarded' if what == 'forward' else 'copied'}")
    content.get("location", {}).pop("live_period", None) if what == "copy" else None
    return message, content


@method("forwardMessage")
def forward_message(request: Request) -> Json:
    chat = open_chat(request)
    message, content = _source(request, "forward")
    origin = message.body.get("forward_origin") or {
        "type": "user",
        "sender_user": message.body["from"],
        "date": message.body["date"],
    }
    return deliver(request, chat, {**content, "forward_origin": origin})


@method("copyMessage")
def copy_message(request: Request) -> Json:
    chat = open_chat(request)
    _, content = _source(request, "copy")
    if request.get("caption") is not None and "text" not in content:
        for name in ("caption", "caption_entities"):
            content.pop(name, None)
        content.update(caption(request))
    return {"message_id": deliver(request, chat, content)["message_id"]}


@method("sendChatAction")
def send_chat_action(request: Request) -> bool:
    chat = open_chat(request)
    request.box.hub.send(
        "chat", chat=chat.key, bot_id=request.bot.id, action=request.get("action"),
        thread_id=request.get("message_thread_id"),
    )  # fmt: skip
    return True
