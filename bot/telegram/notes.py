"""Short words from the desk itself: refusals, apologies, what a message can't be."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.view import View
from core.kernel.errors import Refusal
from core.kernel.words import words

NOTE = "telegram.note"
TOAST_LENGTH = 200


@screen(NOTE)
def note(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    """`facts`: key and data."""
    return View(spoken(facts["key"], facts.get("data") or {}, locale, html=True))


def refusal(error: Refusal) -> dict[str, Any]:
    """The facts of a note about a refusal; only plain data travels."""
    plain = {key: value for key, value in error.data.items() if isinstance(value, str | int | float)}
    return {"key": f"error.{error.code}", "data": plain}


def spoken(key: str, data: dict[str, Any], locale: str, *, html: bool = False) -> str:
    """The words of `key` in the catalogue `bot`; a refusal that has none of its own is told in general words."""
    book = words("bot", locale)
    if not book.has(key) and key.startswith("error."):
        key, data = "error.generic", {}
    try:
        return book.html(key, **data) if html else book.text(key, **data)
    except LookupError:
        return book.html("error.generic") if html else book.text("error.generic")


def toast(key: str, data: dict[str, Any], locale: str) -> str:
    text = spoken(key, data, locale)
    return text if len(text) <= TOAST_LENGTH else text[: TOAST_LENGTH - 1] + "…"
