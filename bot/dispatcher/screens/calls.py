"""A call, a message or an unfinished order of another system: who it is, what is missing, and what to press."""

from datetime import tzinfo
from typing import Any

from bot.routes import screen
from bot.shared.voice import Voice, clean, line, lines, paragraphs, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]
LIVE = ("ringing", "answered")


@screen("dispatcher.request")
def request(facts: Facts, locale: str, zone: tzinfo) -> View:
    """{id, kind, state, source, phone, name, words, missing, due_at, order, caller, overdue?}."""
    v = voice(locale, zone)
    title = v("dispatcher.request.overdue") if facts.get("overdue") else v(f"dispatcher.request.{_title(facts)}")
    missing = ", ".join(v.plain(f"dispatcher.request.missing.{name}") for name in facts["missing"])
    text = paragraphs(
        lines(title, v("dispatcher.request.source", source=line(facts["source"]))),
        _who(v, facts),
        v.words.html("dispatcher.quote", text=clean(facts["words"], 700)) if facts["words"] else None,
        v("dispatcher.request.missing", what=missing) if missing and facts["state"] == "waiting" else None,
        _end(v, facts),
    )
    return View(text, _buttons(v, facts))


def _title(facts: Facts) -> str:
    return str(facts["kind"]) if facts["kind"] != "call" else f"call.{facts['state']}"


def _who(v: Voice, facts: Facts) -> str:
    caller, phone = facts["caller"], facts["phone"]
    name = line(caller.get("name") or facts["name"] or "")
    shown = v.words.phone(phone) if phone else ""
    if not caller:
        return lines(v("dispatcher.request.stranger", who=" · ".join(part for part in (name, shown) if part) or "—"))
    numbers = ", ".join(v.plain("shared.number", number=number) for number in caller["orders"])
    return lines(
        v("dispatcher.request.known", name=name, phone=shown),
        None if caller["private"] else v("dispatcher.request.customer", customer=line(caller["customer"])),
        v("dispatcher.request.sites", sites=line(", ".join(caller["sites"]), 200)) if caller["sites"] else None,
        v("dispatcher.request.orders", orders=numbers) if numbers else None,
    )


def _end(v: Voice, facts: Facts) -> str | None:
    due = time_of(facts, "due_at")
    if facts["state"] == "done":
        return v("dispatcher.request.became", number=facts["order"]) if facts["order"] else v("dispatcher.request.done")
    if facts["state"] == "missed" and due:
        return v("dispatcher.request.due", at=v.clock(due))
    return None


def _buttons(v: Voice, facts: Facts) -> tuple[tuple[Button, ...], ...]:
    if facts["state"] == "done":
        return ()
    make = v.button("dispatcher.request.make", "request.order", facts["id"], style="primary")
    if facts["state"] in LIVE:
        return ((make,),)
    called = "dispatcher.request.called" if facts["state"] == "missed" else "dispatcher.request.dismiss"
    return ((make,), (v.button(called, "request.done", facts["id"]),))
