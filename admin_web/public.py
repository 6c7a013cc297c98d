"""Pages for anybody who holds an address: in the reader's language, in a layout of their own, never kept or indexed."""

from typing import Any

from aiohttp import web

from admin_web.page import render
from core.kernel.errors import Refusal
from core.kernel.words import Words, language_of, words


def public_words(request: web.Request) -> Words:
    return words("admin", language_of(request.headers.get("Accept-Language", "")))


def public_message(request: web.Request, refusal: Refusal) -> str:
    """A refusal in the reader's language: the pages' own words for it, else those of the bots."""
    t = public_words(request)
    for texts in (t, words("bot", t.locale)):
        if texts.has(key := f"error.{refusal.code}"):
            return texts.text(key, **refusal.data)
    return t.text("error.generic", code=refusal.code)


async def public_page(request: web.Request, template: str, status: int = 200, **context: Any) -> web.Response:
    response = await render(request, template, status, **{"t": public_words(request), **context})
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
