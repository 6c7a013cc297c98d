"""Another system is told of orders no more, or does not answer when it is asked for them."""

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


@screen("dispatcher.source_poll")
def source_poll(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    """{name, back, why, about, times}."""
    v = voice(locale, zone)
    if facts["back"]:
        return View(v("dispatcher.source_poll.back", name=line(facts["name"])))
    about = {name: line(str(value)) for name, value in facts["about"].items()}
    why = v(f"dispatcher.source_poll.why.{facts['why']}", **about)
    return View(v("dispatcher.source_poll.deaf", name=line(facts["name"]), why=why, times=facts["times"]))
