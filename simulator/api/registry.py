"""Methods by name, and how a call's parameters become a checked request.

Parameters are validated by aiogram's own method types; handlers then read plain JSON, so what a bot sent is
what the chat keeps. Names are matched without regard to case, as Telegram does.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

import aiogram.methods
import orjson
from aiogram.methods import TelegramMethod
from aiogram.types import ForceReply, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove
from pydantic import BaseModel, ValidationError

from simulator.api.shapes import adapter
from simulator.box import Box
from simulator.errors import ApiError, bad
from simulator.state import Bot, Json


@dataclass(slots=True)
class Upload:
    """A file that came with the call."""

    name: str | None
    mime: str | None
    data: bytes


@dataclass(slots=True)
class Request:
    box: Box
    bot: Bot
    params: Json
    uploads: dict[str, Upload] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        value = self.params.get(name)
        return default if value is None else value


Handler = Callable[[Request], Any | Awaitable[Any]]


@dataclass(slots=True)
class Method:
    model: type[TelegramMethod[Any]]
    structured: frozenset[str]
    handler: Handler


def _known() -> dict[str, type[TelegramMethod[Any]]]:
    found = {}
    for name in aiogram.methods.__all__:
        item = getattr(aiogram.methods, name)
        if inspect.isclass(item) and issubclass(item, TelegramMethod) and item is not TelegramMethod:
            found[item.__api_method__.lower()] = item
    return found


MARKUPS: dict[str, type[BaseModel]] = {
    "inline_keyboard": InlineKeyboardMarkup,
    "keyboard": ReplyKeyboardMarkup,
    "remove_keyboard": ReplyKeyboardRemove,
    "force_reply": ForceReply,
}
TYPED = ("media", "scope", "menu_button", "reaction")
KNOWN = _known()
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Handler], Handler]:
    """Register a handler under its Bot API name."""

    def keep(handler: Handler) -> Handler:
        model = KNOWN[name.lower()]
        structured = frozenset(key for key, info in model.model_fields.items() if _structured(info.annotation))
        METHODS[name.lower()] = Method(model, structured, handler)
        return handler

    return keep


def _structured(annotation: Any) -> bool:
    """Whether a parameter travels as JSON inside a form."""
    if get_origin(annotation) is list:
        return True
    if inspect.isclass(annotation):
        return issubclass(annotation, BaseModel)
    return any(_structured(part) for part in get_args(annotation))


async def call(request: Request, name: str) -> Any:
    """Validate and run one call; returns its `result`, raises ApiError."""
    found = METHODS.get(name.lower())
    if found is None:
        if name.lower() in KNOWN:
            raise ApiError(501, f"Not Implemented: the simulator has no {name}")
        raise ApiError(404, "Not Found: method not found")
    request.params = check(found, request.params, request.uploads)
    result = found.handler(request)
    return await result if inspect.isawaitable(result) else result


def check(found: Method, params: Json, uploads: dict[str, Upload]) -> Json:
    """Parameters as JSON values of the right types; raises Telegram's 400."""
    values: Json = {}
    for name, value in params.items():
        if isinstance(value, str):
            if value == "" and name != "text":
                continue
            if name in found.structured and value[0] in "[{":
                clean = "null" not in value
                value = _decode(name, value)
                values[name] = value if clean else _without_nulls(value)
                continue
        values[name] = _without_nulls(value) if isinstance(value, (dict, list)) else value
    _name_chat(values)
    _check_markup(found, values)
    known = found.model.model_fields
    trial = {**{name: f"attach://{name}" for name in uploads if name in known}, **values}
    markup = trial.pop("reply_markup", None)
    try:
        typed = adapter(found.model).validate_python(trial)
    except ValidationError as error:
        raise _refusal(error) from None
    for name, value in trial.items():
        if name in TYPED:
            _check_types(name, value)
        elif isinstance(value, str) and name in known and name not in found.structured:
            trial[name] = typed[name]
    if markup is not None:
        trial["reply_markup"] = markup
    return trial


def _check_markup(found: Method, values: Json) -> None:
    """A keyboard is checked by its own type: in a union every object would pass as a ForceReply."""
    markup = values.get("reply_markup")
    if markup is None:
        return
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    kind = next((name for name in MARKUPS if name in markup), None)
    if kind is None:
        if markup:
            raise bad("can't parse reply keyboard markup JSON object")
        del values["reply_markup"]
        return
    if kind != "inline_keyboard" and found.model.__api_method__.startswith(("edit", "stop")):
        raise bad("inline keyboard expected")
    try:
        adapter(MARKUPS[kind]).validate_python(markup)
    except ValidationError:
        raise bad("can't parse reply keyboard markup JSON object") from None


def _check_types(name: str, value: Any) -> None:
    """Objects that say by `type` what they are must say it."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise bad(f'can\'t parse {name}: field "type" must be specified')


def _decode(name: str, value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        if name == "reply_markup":
            raise bad("can't parse reply keyboard markup JSON object") from None
        if name in ("entities", "caption_entities"):
            raise bad("can't parse entities JSON object") from None
        raise bad(f"can't parse {name} JSON object") from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _name_chat(values: Json) -> None:
    for name in ("chat_id", "from_chat_id"):
        value = values.get(name)
        if isinstance(value, str) and value.lstrip("-").isdigit():
            values[name] = int(value)


EMPTY = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "from_chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "latitude": "latitude is empty",
    "longitude": "longitude is empty",
    "callback_query_id": "invalid callback query identifier specified",
}


def _refusal(error: ValidationError) -> ApiError:
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return bad(EMPTY.get(name, f"there is no {name} in the request"))
    if name in ("entities", "caption_entities"):
        return bad(f"can't parse entities: {first['msg']}")
    return bad(f"can't parse {name}: {first['msg']}")
