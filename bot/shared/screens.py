"""Screens that several bots show alike."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.voice import Html, Voice, line, paragraphs, voice
from bot.view import Button, View

Facts = dict[str, Any]
MEGABYTE = 1024 * 1024


def file_name(v: Voice, file: Facts) -> str:
    """What its sender called it, else what it is."""
    kind = file.get("kind") or "document"
    return line(file.get("name") or "", 80) or v.plain(f"shared.file.{kind}")


@screen("customer.upload")
@screen("technician.upload")
@screen("dispatcher.upload")
def upload(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A bot can fetch 20 MB at most: here is a page for more."""
    v, url = voice(locale, zone), facts.get("url")
    limit = facts["limit"] // MEGABYTE
    said = v("shared.upload", name=file_name(v, facts), size=max(round(facts["size"] / MEGABYTE), 21))
    if url:
        rows = ((Button(v.plain("shared.upload.open"), url=url, style="primary"),),)
        return View(paragraphs(said, v("shared.upload.page", limit=limit)), rows=rows)
    huge = facts["size"] > facts["limit"]
    how: Html = v("shared.upload.huge", limit=limit) if huge else v("shared.upload.no_page")
    return View(paragraphs(said, how))


@screen("customer.edited")
@screen("technician.edited")
@screen("dispatcher.edited")
def edited(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A message that was taken in is not read again when its writer corrects it."""
    return View(voice(locale, zone)("shared.edited"))


@screen("customer.file_failed")
@screen("technician.file_failed")
def file_failed(facts: Facts, locale: str, zone: tzinfo) -> View:
    """A file that was sent and is no good; what else was said stands."""
    v, key = voice(locale, zone), f"error.{facts['code']}"
    why = v(key if v.words.has(key) else "error.files.unreachable")
    return View(paragraphs(v("shared.file_failed", name=file_name(v, facts["file"])), why))
