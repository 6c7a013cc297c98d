"""Our facts as values of another system's fields. Pure.

The mapping goes from a fact's name to a field's: `{"act_number": "UF_CRM_ACT", "reading.temp": "customfield_7"}`. Each
fact is brought by certain events; what an event does not know is left out, so that nothing there is overwritten with
nothing. A number stays a number, a yes or no a true or false, a choice its code, a moment is ISO 8601 in UTC; `:text`
after a field's name makes text of any of them, for fields that take nothing else.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from core.checklists.rules import MAX_CODE
from core.hooks.comments import lines, readings
from core.kernel.errors import Refusal
from core.kernel.words import DEFAULT, words

FACTS: Mapping[str, tuple[str, ...]] = {
    "technician": ("order.assigned",),
    "eta": ("order.eta_changed",),
    "arrived_at": ("order.arrived",),
    "finished_at": ("order.finished",),
    "outcome": ("order.finished",),
    "comment": ("order.finished",),
    "lines": ("order.finished",),
    "readings": ("order.finished",),
    "act_number": ("act.ready", "act.signed"),
    "act_total": ("act.ready", "act.signed"),
    "act_url": ("act.ready", "act.signed"),
    "score": ("order.rated",),
}
READING = "reading."
"""Before a checklist item's code: its answer, brought by finished work."""
MOST_FIELDS = 100
MOST = 4000
AS_TEXT = ":text"
_FIELD = re.compile(r"[^\s:\"\\]{1,100}(:text)?")


def events_of(fact: str) -> tuple[str, ...]:
    """None for what is no fact."""
    code = fact.removeprefix(READING)
    if code != fact:
        return ("order.finished",) if code and len(code) <= MAX_CODE and code.isprintable() else ()
    return FACTS.get(fact, ())


def check_fields(given: Mapping[str, str]) -> dict[str, str]:
    """The mapping as it is stored; empty fields are left out. Refusals hooks.bad_fact, hooks.bad_field (with `name`),
    hooks.field_twice (likewise), hooks.many_fields, at the field."""
    found = {fact: name.strip() for fact, name in given.items() if name.strip()}
    if len(found) > MOST_FIELDS:
        raise Refusal("hooks.many_fields", limit=MOST_FIELDS)
    taken: set[str] = set()
    for fact, name in found.items():
        if not events_of(fact):
            raise Refusal("hooks.bad_fact", name=fact[:60])
        if _FIELD.fullmatch(name) is None or not name.isprintable():
            raise Refusal("hooks.bad_field", name=name[:60], field=f"fact.{fact}")
        plain = name.removesuffix(AS_TEXT)
        if plain in taken:
            raise Refusal("hooks.field_twice", name=plain, field=f"fact.{fact}")
        taken.add(plain)
    return found


def types_of(mapping: Iterable[str]) -> list[str]:
    """The events that bring something of these facts, each once."""
    return list(dict.fromkeys(kind for fact in mapping for kind in events_of(fact)))


def values(
    mapping: Mapping[str, str], kind: str, data: Mapping[str, Any], at: datetime, locale: str = DEFAULT
) -> dict[str, Any]:
    """What an event says, by the names of their fields."""
    found: dict[str, Any] = {}
    for fact, name in mapping.items():
        if kind in events_of(fact) and (value := _value(fact, data, at, locale)) not in (None, ""):
            found[name.removesuffix(AS_TEXT)] = _text(value) if name.endswith(AS_TEXT) else value
    return found


def _value(fact: str, data: Mapping[str, Any], at: datetime, locale: str) -> Any:
    if fact.startswith(READING):
        return _reading(data, fact.removeprefix(READING))
    t, act = words("hooks", locale), data.get("act") or {}
    if fact in ("lines", "readings"):
        return "\n".join(lines(data, t) if fact == "lines" else readings(data, t))[:MOST]
    known = {
        "technician": (data.get("technician") or {}).get("name"),
        "eta": data.get("eta_at"),
        "arrived_at": at.isoformat(),
        "finished_at": at.isoformat(),
        "outcome": t.text(f"outcome.{data['outcome']}") if data.get("outcome") else None,
        "comment": str(data.get("comment") or "")[:MOST],
        "act_number": act.get("number"),
        "act_total": float(act["total"]) if act.get("total") else None,
        "act_url": act.get("url"),
        "score": _score(data.get("rating") or {}),
    }
    return known[fact]


def _reading(data: Mapping[str, Any], code: str) -> Any:
    one = next((one for one in data.get("readings") or [] if one["code"] == code), None)
    if one is None:
        return None
    said = one["value"]
    return said[:MOST] if isinstance(said, str) else said


def _score(rating: Mapping[str, Any]) -> float | None:
    """The mean of what was marked."""
    marks = [rating[name] for name in ("speed", "accuracy", "communication") if isinstance(rating.get(name), int)]
    return round(sum(marks) / len(marks), 1) if marks else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
