"""Another system is told of orders no more."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.voice import line, voice
from bot.view import View


@screen("dispatcher.hook_off")
def hook_off(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    """{id, name, host, why}."""
    v = voice(locale, zone)
    return View(v(f"dispatcher.hook_off.{facts['why']}", name=line(facts["name"]), host=line(facts["host"])))
