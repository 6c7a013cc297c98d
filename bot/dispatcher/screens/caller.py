"""The questions of an order that is taken by telephone."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.orders import URGENCIES, urgency
from bot.shared.voice import Voice, clean, line, voice
from bot.view import Button, View
from core.orders.rules import KINDS


@screen("dispatcher.caller")
def caller(facts: dict[str, Any], locale: str, zone: tzinfo) -> View:
    """{ask: who | choose | phone | where | words | urgency, …}."""
    v = voice(locale, zone)
    ask = facts["ask"]
    stop = (v.button("dispatcher.caller.stop", "call.stop"),)
    rows: tuple[tuple[Button, ...], ...] = ()
    if ask == "choose":
        found = facts["found"]
        rows = tuple((Button(_label(v.words.phone(one["phone"]), one), "call.who", one["id"]),) for one in found)
        rows = (*rows, (v.button("dispatcher.caller.new", "call.who", 0),))
        key = "dispatcher.caller.choose" if found else "dispatcher.caller.unknown"
        return View(v(key, typed=line(facts["typed"])), (*rows, stop))
    if ask == "where":
        rows = tuple(
            (Button(line(f"{one['name']}, {one['address']}", 60), "call.site", one["id"]),) for one in facts["sites"]
        )
        return View(v("dispatcher.caller.where" if rows else "dispatcher.caller.address"), (*rows, stop))
    if ask == "urgency":
        kinds = [Button(_kind(v, code, facts["kind"]), "call.kind", extra=code) for code in KINDS]
        rows = (tuple(kinds[:3]), tuple(kinds[3:]))
        rows += tuple((Button(urgency(v, code), "call.urgency", extra=code),) for code in URGENCIES)
        return View(v("dispatcher.caller.urgency", words=clean(facts["words"], 700)), (*rows, stop))
    return View(v(f"dispatcher.caller.{ask}"), (stop,))


def _kind(v: Voice, code: str, chosen: str) -> str:
    return ("✅ " if code == chosen else "") + v.plain(f"shared.kind.{code}")


def _label(phone: str, one: dict[str, Any]) -> str:
    company = "" if one["customer"] == one["name"] else f" · {line(one['customer'], 30)}"
    return f"{line(one['name'], 30)}{company} · {phone}"
