"""The bot about itself: getMe, names and descriptions, commands, the menu button; answers to presses."""

from __future__ import annotations

import re
import time
from typing import Any

from simulator.api.registry import Request, method
from simulator.errors import bad
from simulator.state import Bot, Json

QUERY_LIFE = 60.0
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
TEXTS = {"name": 64, "description": 512, "short_description": 120}


@method("getMe")
def get_me(request: Request) -> Json:
    return {
        **request.bot.user(),
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def scope_key(scope: Json | None, language: str | None) -> str:
    """How a command scope is kept, as "type:chat:user|language"."""
    scope = scope or {"type": "default"}
    parts = [str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope]
    return f"{':'.join(parts)}|{language or ''}"


@method("setMyCommands")
def set_my_commands(request: Request) -> bool:
    commands = request.get("commands", [])
    if len(commands) > 100:
        raise bad("too many commands specified")
    for command in commands:
        command["command"] = command["command"].removeprefix("/")
        if not COMMAND.fullmatch(command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return _keep(request, request.bot.commands, _scope(request), commands)


@method("deleteMyCommands")
def delete_my_commands(request: Request) -> bool:
    return _keep(request, request.bot.commands, _scope(request), None)


@method("getMyCommands")
def get_my_commands(request: Request) -> list[Json]:
    return request.bot.commands.get(_scope(request), [])


def _scope(request: Request) -> str:
    return scope_key(request.get("scope"), request.get("language_code"))


def _keep(request: Request, shelf: dict[str, Any], key: str, value: Any) -> bool:
    if value is None:
        shelf.pop(key, None)
    else:
        shelf[key] = value
    request.box.world.dirty.bots.add(request.bot.id)
    request.box.hub.send("state")
    return True


def _set_text(request: Request, kind: str) -> bool:
    text = str(request.get(kind, ""))
    if len(text) > TEXTS[kind]:
        raise bad(f"bot {kind.replace('_', ' ')} is too long")
    language = request.get("language_code", "")
    if kind == "name" and text and not language:
        request.bot.first_name = text
    return _keep(request, request.bot.texts, f"{kind}|{language}", text)


def _get_text(request: Request, kind: str) -> Json:
    texts = request.bot.texts
    own = texts.get(f"{kind}|{request.get('language_code', '')}") or texts.get(f"{kind}|", "")
    return {kind: own or (request.bot.first_name if kind == "name" else "")}


@method("setMyName")
def set_my_name(request: Request) -> bool:
    return _set_text(request, "name")


@method("getMyName")
def get_my_name(request: Request) -> Json:
    return _get_text(request, "name")


@method("setMyDescription")
def set_my_description(request: Request) -> bool:
    return _set_text(request, "description")


@method("getMyDescription")
def get_my_description(request: Request) -> Json:
    return _get_text(request, "description")


@method("setMyShortDescription")
def set_my_short_description(request: Request) -> bool:
    return _set_text(request, "short_description")


@method("getMyShortDescription")
def get_my_short_description(request: Request) -> Json:
    return _get_text(request, "short_description")


@method("setChatMenuButton")
def set_chat_menu_button(request: Request) -> bool:
    button = request.get("menu_button", {"type": "default"})
    return _keep(request, request.bot.menu_buttons, str(request.get("chat_id", "")), button)


@method("getChatMenuButton")
def get_chat_menu_button(request: Request) -> Json:
    return menu_button(request.bot, request.get("chat_id"))


def menu_button(bot: Bot, chat_id: int | None) -> Json:
    """The button a person sees beside the input: the chat's own, else the bot's default."""
    own = bot.menu_buttons.get(str(chat_id)) if chat_id is not None else None
    if own is None or own["type"] == "default":
        own = bot.menu_buttons.get("")
    return own or {"type": "commands" if bot.commands else "default"}


@method("answerCallbackQuery")
def answer_callback_query(request: Request) -> bool:
    box, key = request.box, str(request.get("callback_query_id"))
    query = box.queries.get(key)
    if query is None or query.bot_id != request.bot.id or time.monotonic() - query.at > QUERY_LIFE:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = str(request.get("text", ""))
    if len(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    box.hub.send(
        "answer", chat=query.chat, callback_query_id=key, user=query.user_id, message_id=query.message_id,
        text=text, alert=bool(request.get("show_alert")), url=request.get("url"),
    )  # fmt: skip
    return True


@method("close")
def close(request: Request) -> bool:
    return True


@method("logOut")
def log_out(request: Request) -> bool:
    return True
