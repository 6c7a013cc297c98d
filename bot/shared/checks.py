"""Answers to a checklist as people read them, and a mark for those that are off the norm."""

from typing import Any

from bot.shared.voice import Html, Voice, line

Facts = dict[str, Any]
MOST = 5


def value_text(v: Voice, item: Facts) -> str:
    """«3,2 °C», «да», the choice's name, or «фото»."""
    value = item.get("value")
    if item["type"] == "photo" or (value is None and item.get("file_id")):
        return v.plain("shared.check.photo")
    if item["type"] == "yesno":
        return v.plain("shared.check.said.yes" if value else "shared.check.said.no")
    if item["type"] == "number":
        return v.amount(str(value), item.get("unit") or "")
    if item["type"] == "choice":
        return next((v.named(choice["text"]) for choice in item["choices"] if choice["code"] == value), str(value))
    return line(str(value), 100)


def off_norm(v: Voice, job: Facts) -> Html | None:
    """«⚠️ Не в норме: Температура в камере — 9 °C»: what was found on a job, at most five of it."""
    found = job.get("off_norm") or []
    told = [f"{line(v.named(item['text']), 60)} — {value_text(v, item)}" for item in found[:MOST]]
    more = [v.plain("shared.more", n=len(found) - MOST)] if len(found) > MOST else []
    return v("shared.check.off", items="; ".join(told + more)) if told else None
