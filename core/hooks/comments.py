"""What is said in the other system's own card of an order, in plain words."""

from collections.abc import Mapping
from typing import Any

from core.kernel.words import DEFAULT, Words, words

MOST = 4000
MIB = 1 << 20


def comment(kind: str, data: Mapping[str, Any], locale: str = DEFAULT) -> str:
    """Of an event's type and data; see `rules.COMMENTS`."""
    t = words("hooks", locale)
    said = [t.text(f"comment.{kind}", **_params(data, t))]
    if kind == "order.finished":
        said += _results(data, t)
    return "\n".join(part for part in said if part)[:MOST]


def about_file(kind: str, data: Mapping[str, Any], name: str, size: int, url: str = "", locale: str = DEFAULT) -> str:
    """What a file is that an event brings, and where it lies when only its address is told. `size` in bytes."""
    t = words("hooks", locale)
    said = [t.text(f"file.{kind}", **_params(data, t))]
    if url:
        said.append(t.text("file.link", name=name, size=t.number(round(size / MIB, 1)), url=url))
    return "\n".join(said)[:MOST]


def lines(data: Mapping[str, Any], t: Words) -> list[str]:
    """Works and materials."""
    return [f"• {line['name']}: {line['quantity']} {t.unit(line['unit'])}".rstrip() for line in data.get("lines") or []]


def readings(data: Mapping[str, Any], t: Words) -> list[str]:
    """What was measured and answered."""
    return [
        f"• {_name(one['text'], t) or one['code']}: {_answer(one, t)} {t.unit(one['unit'])}".rstrip()
        for one in data.get("readings") or []
    ]


def _name(names: Mapping[str, str], t: Words) -> str:
    return names.get(t.locale) or next(iter(names.values()), "")


def _answer(one: Mapping[str, Any], t: Words) -> str:
    value, choice = one["value"], one.get("choice")
    if isinstance(value, bool):
        return t.text("yes" if value else "no")
    if choice:
        return _name(choice, t)
    return t.number(value) if isinstance(value, int | float) else str(value)


def _params(data: Mapping[str, Any], t: Words) -> dict[str, str]:
    act, said = data.get("act") or {}, data.get("comment")
    message = said if isinstance(said, dict) else {}
    found = {
        "order": data.get("order", {}).get("id"),
        "technician": (data.get("technician") or {}).get("name"),
        "reason": data.get("reason"),
        "act": act.get("number"),
        "total": act.get("total"),
        "url": act.get("url"),
        "who": message.get("who"),
        "text": message.get("text") or (t.text("sent_file") if message.get("file_id") else None),
    }
    return {name: str(value or "—") for name, value in found.items()}


def _results(data: Mapping[str, Any], t: Words) -> list[str]:
    """The closing word, what was done, and what was measured."""
    said = [str(data.get("comment") or "")]
    said += lines(data, t)
    if found := readings(data, t):
        said += [t.text("readings"), *found]
    return said
