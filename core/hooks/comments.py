"""What is said in the other system's own card of an order, in plain words."""

from collections.abc import Mapping
from typing import Any

from core.kernel.words import DEFAULT, Words, words

MOST = 4000


def comment(kind: str, data: Mapping[str, Any], locale: str = DEFAULT) -> str:
    """Of an event's type and data; see `rules.COMMENTS`."""
    t = words("hooks", locale)
    said = [t.text(f"comment.{kind}", **_params(data))]
    if kind == "order.finished":
        said += _results(data, t)
    return "\n".join(part for part in said if part)[:MOST]


def _params(data: Mapping[str, Any]) -> dict[str, str]:
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
        "text": message.get("text") or message.get("file_id"),
    }
    return {name: str(value or "—") for name, value in found.items()}


def _results(data: Mapping[str, Any], t: Words) -> list[str]:
    """The closing word, what was done, and what was measured."""
    said = [str(data.get("comment") or "")]
    said += [f"• {line['name']}: {line['quantity']} {line['unit']}" for line in data.get("lines") or []]
    if readings := data.get("readings"):
        said.append(t.text("readings"))
    for one in readings or []:
        name = one["text"].get(t.locale) or next(iter(one["text"].values()), one["code"])
        said.append(f"• {name}: {one['value']} {one['unit']}".rstrip())
    return said
