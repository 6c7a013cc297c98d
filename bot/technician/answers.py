"""What a pressed or typed answer means to a checklist item. Pure."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

YES = {"ru": ("да", "есть", "ок", "ok", "+"), "en": ("yes", "y", "ok", "+")}
NO = {"ru": ("нет", "не", "-"), "en": ("no", "n", "-")}
MAX_TEXT = 1000
_NUMBER = re.compile(r"([+-]?[0-9]{1,9}(?:[.,][0-9]{1,4})?)\s*[^\d.,+<>-]{0,12}")


class Unreadable(Exception):
    """The answer is of another kind than the item asks for; `note` names what to say."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


def read_number(text: str) -> float | None:
    """«-18,5», "3.2", «4 °C»; None for what is no number."""
    cleaned = text.strip().replace("−", "-").replace("–", "-").replace("\u00a0", "")
    found = _NUMBER.fullmatch(cleaned)
    if found is None or not cleaned.isprintable():
        return None
    try:
        return float(Decimal(found[1].replace(",", ".")))
    except InvalidOperation:
        return None


def bare_number(text: str, *units: str) -> bool:
    """A number with nothing beside it but its unit, as one or another writes it: «2 дня без света» is words, not a
    two."""
    for unit in units:
        text = text.replace(unit, "")
    return read_number(text) is not None and not any(c.isalpha() for c in text)


def pressed_value(item: dict[str, Any], answer: str) -> Any:
    """The value that a button stands for; None when it is not one of this item's buttons."""
    if item["type"] == "yesno":
        return {"yes": True, "no": False}.get(answer)
    if item["type"] == "choice" and answer.isascii() and answer.isdigit() and int(answer) < len(item["choices"]):
        return item["choices"][int(answer)]["code"]
    return None


def typed_value(item: dict[str, Any], text: str, locale: str) -> Any:
    """The value that typed words stand for; Unreadable when they stand for none."""
    words = text.strip()
    match item["type"]:
        case "number":
            value = read_number(words)
            if value is None:
                raise Unreadable("number_needed")
            return int(value) if value == int(value) else value
        case "yesno":
            said = words.casefold().strip(".! ")
            if said in YES[locale]:
                return True
            if said in NO[locale]:
                return False
            raise Unreadable("press_needed")
        case "choice":
            for choice in item["choices"]:
                if words.casefold() in {name.casefold() for name in choice["text"].values()}:
                    return choice["code"]
            raise Unreadable("press_needed")
        case "photo":
            raise Unreadable("photo_needed")
    if not words:
        raise Unreadable("text_needed")
    if len(words) > MAX_TEXT:
        raise Unreadable("long")
    return words
