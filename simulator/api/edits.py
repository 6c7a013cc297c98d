"""What a bot changes afterwards: texts, captions, media, buttons, live places, deletions, reactions, pins."""

from __future__ import annotations

from simulator.api.keyboards import inline_part
from simulator.api.media import one_file
from simulator.api.registry import Request, method
from simulator.api.send import LIVE_FOREVER, caption, location_part, words
from simulator.api.targets import check_member, find_message, known_chat
from simulator.errors import bad
from simulator.messages import MEDIA, change, erase, live, post, quoted, react, render
from simulator.state import Chat, Json, Message

TWO_DAYS = 48 * 3600
SAME = ("message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message")  # fmt: skip


def own_message(request: Request) -> tuple[Chat, Message]:
    chat, message = find_message(request, "edit")
    if message.author != request.bot.id:
        raise bad("message can't be edited")
    return chat, message


def apply(request: Request, chat: Chat, message: Message, parts: Json) -> Json:
    """Replace the parts (None removes) and the keyboard, refusing an edit that changes nothing."""
    parts = {**parts, "reply_markup": inline_part(request.get("reply_markup"), chat)}
    if all(message.body.get(name) == value for name, value in parts.items()):
        raise bad(SAME)
    only_buttons = set(parts) == {"reply_markup"}
    change(request.box, chat, message, parts, by_person=False, mark=not only_buttons)
    return render(request.box, message, request.bot.id)


@method("editMessageText")
def edit_message_text(request: Request) -> Json:
    chat, message = own_message(request)
    if "text" not in message.body:
        raise bad("there is no text in the message to edit")
    parts = {"entities": None, **words(request)}
    if request.get("link_preview_options"):
        parts["link_preview_options"] = request.get("link_preview_options")
    return apply(request, chat, message, parts)


@method("editMessageCaption")
def edit_message_caption(request: Request) -> Json:
    chat, message = own_message(request)
    if not any(kind in message.body for kind in MEDIA):
        raise bad("there is no caption in the message to edit")
    return apply(request, chat, message, {"caption": None, "caption_entities": None, **caption(request)})


@method("editMessageReplyMarkup")
def edit_message_reply_markup(request: Request) -> Json:
    chat, message = own_message(request)
    return apply(request, chat, message, {})


@method("editMessageMedia")
async def edit_message_media(request: Request) -> Json:
    chat, message = own_message(request)
    if not any(kind in message.body for kind in (*MEDIA, "text")):
        raise bad("message can't be edited")
    parts: Json = dict.fromkeys((*MEDIA, "text", "entities", "caption", "caption_entities"))
    parts.update(await one_file(request, request.get("media")))
    return apply(request, chat, message, parts)


@method("editMessageLiveLocation")
def edit_message_live_location(request: Request) -> Json:
    chat, message = own_message(request)
    if not live(request.box, message):
        raise bad("message can't be edited")
    location = location_part(request)
    period = request.get("live_period", message.body["location"]["live_period"])
    location["live_period"] = period
    if request.get("live_period"):
        end = request.box.world.now() + period if period == LIVE_FOREVER else message.body["date"] + period
        message.live_until = end
    return apply(request, chat, message, {"location": location})


@method("stopMessageLiveLocation")
def stop_message_live_location(request: Request) -> Json:
    chat, message = own_message(request)
    if not live(request.box, message):
        raise bad("message can't be edited")
    message.live_until = request.box.world.now()
    location = {k: v for k, v in message.body["location"].items() if k not in ("live_period", "heading")}
    return apply(request, chat, message, {"location": location})


@method("deleteMessage")
def delete_message(request: Request) -> bool:
    chat, message = find_message(request, "delete")
    _check_deletable(request, chat, message)
    erase(request.box, chat, message)
    return True


@method("deleteMessages")
def delete_messages(request: Request) -> bool:
    chat = known_chat(request)
    numbers = request.get("message_ids", [])
    if not 1 <= len(numbers) <= 100:
        raise bad("there must be 1-100 message identifiers")
    for number in numbers:
        message = chat.messages.get(int(number))
        if message is not None and not message.deleted:
            _check_deletable(request, chat, message)
            erase(request.box, chat, message)
    return True


def _check_deletable(request: Request, chat: Chat, message: Message) -> None:
    """Own and private messages for 48 hours; in a group an administrator deletes anything at any time."""
    if chat.bot_id is None:
        check_member(request.bot, chat)
        if chat.members[request.bot.id] == "administrator":
            return
    foreign = chat.bot_id is None and message.author != request.bot.id
    if foreign or request.box.world.now() - message.body["date"] > TWO_DAYS:
        raise bad("message can't be deleted")


@method("setMessageReaction")
def set_message_reaction(request: Request) -> bool:
    chat, message = find_message(request, "react")
    wanted = request.get("reaction", [])
    if len(wanted) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(item.get("type") != "emoji" for item in wanted):
        raise bad("REACTION_INVALID")
    react(request.box, chat, message, request.bot.id, [item["emoji"] for item in wanted])
    return True


@method("pinChatMessage")
def pin_chat_message(request: Request) -> bool:
    chat, message = find_message(request, "pin")
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        request.box.world.dirty.chats.add(chat.key)
        post(request.box, chat, request.bot.id, {"pinned_message": quoted(message)},
             thread_id=message.body.get("message_thread_id"))  # fmt: skip
    return True


@method("unpinChatMessage")
def unpin_chat_message(request: Request) -> bool:
    chat = known_chat(request)
    number = request.get("message_id", chat.pinned[-1] if chat.pinned else None)
    if number not in chat.pinned:
        raise bad("message to unpin not found")
    chat.pinned.remove(number)
    request.box.world.dirty.chats.add(chat.key)
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(request: Request) -> bool:
    chat = known_chat(request)
    chat.pinned.clear()
    request.box.world.dirty.chats.add(chat.key)
    return True


# Ephemeral messages: shown to one member, changed by their own methods, answered with True.


def _ephemeral(request: Request) -> tuple[Chat, Message]:
    chat = known_chat(request)
    message = chat.messages.get(request.get("ephemeral_message_id"))
    if message is None or message.deleted or message.receiver != request.get("receiver_user_id"):
        raise bad("message to edit not found")
    return chat, message


@method("editEphemeralMessageText")
def edit_ephemeral_message_text(request: Request) -> bool:
    chat, message = _ephemeral(request)
    return bool(apply(request, chat, message, {"entities": None, **words(request)}))


@method("editEphemeralMessageCaption")
def edit_ephemeral_message_caption(request: Request) -> bool:
    chat, message = _ephemeral(request)
    return bool(apply(request, chat, message, {"caption": None, "caption_entities": None, **caption(request)}))


@method("editEphemeralMessageReplyMarkup")
def edit_ephemeral_message_reply_markup(request: Request) -> bool:
    chat, message = _ephemeral(request)
    return bool(apply(request, chat, message, {}))


@method("deleteEphemeralMessage")
def delete_ephemeral_message(request: Request) -> bool:
    chat, message = _ephemeral(request)
    erase(request.box, chat, message)
    return True
