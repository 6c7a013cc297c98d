"""How templates show times, money and telephones; zone and language always given."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from jinja2 import Environment

from core.kernel.money import Money, show
from core.kernel.words import Words


def moment(value: str | datetime | None) -> datetime | None:
    """A time from facts (ISO 8601) or a row."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def clock(value: str | datetime | None, t: Words, zone: tzinfo) -> str:
    """«14:32»; nothing for no time."""
    at = moment(value)
    return t.time(at, zone) if at else ""


def stamp(value: str | datetime | None, t: Words, zone: tzinfo) -> str:
    """«21.11.2026, 14:32»."""
    at = moment(value)
    return t.datetime(at, zone) if at else ""


def due(value: str | datetime | None, t: Words, zone: tzinfo, now: datetime) -> str:
    """«14:32» today, else «22.11, 14:32» (in English «22 Nov, 14:32»), in another year «22.11.2025, 14:32»."""
    at = moment(value)
    if at is None:
        return ""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.year != today.year:
        return t.datetime(at, zone)
    return t.time(at, zone) if local.date() == today.date() else t.datetime(at, zone, "brief")


def numbered(number: int | str, t: Words) -> str:
    """«№ 1065»: of an order, a contract."""
    return t.text("number", number=number)


def money(value: Decimal | str | float, t: Words) -> str:
    return show(Money(Decimal(str(value))), t.locale)


def signed(value: float, t: Words, plus: bool = True) -> str:
    """«+12,25», «−3»: minutes to the quarter, so that a reader can add them up; `plus=False`: «12,25»."""
    text = t.number(Decimal(f"{abs(value):.2f}").normalize())
    return ("−" if value < 0 else "+" if value > 0 and plus else "") + text


def exact(value: float | Decimal) -> str:
    """«0.000025»: all digits of a number, as a field takes them back."""
    return f"{Decimal(str(value)).normalize():f}"


def minutes(seconds: int) -> str:
    """«1.25» of 75 seconds: as many digits as give the same seconds again."""
    return exact(round(seconds / 60, 4))


def unit(value: str | None, t: Words) -> str:
    return t.unit(value)


def named(names: dict[str, str] | None, t: Words) -> str:
    """A name that the company configured."""
    found = names or {}
    return found.get(t.locale) or found.get("ru") or ""


def answer(item: Mapping[str, Any], t: Words) -> str:
    """What was answered to an item of a checklist (or what a timeline line keeps of it), in words."""
    value = item.get("value")
    if value is None:
        return t.text("file.photo") if item.get("file_id") else "—"
    if isinstance(value, bool):
        return t.text("entry.yes" if value else "entry.no")
    if isinstance(value, int | float):
        return f"{t.number(Decimal(str(value)))} {t.unit(item.get('unit'))}".strip()
    chosen = next((one for one in item.get("choices") or () if one["code"] == value), None)
    return named(chosen["text"], t) if chosen else str(value)


def initials(name: str) -> str:
    """«Иванов Пётр» → «ИП»."""
    return "".join(part[0] for part in name.split()[:2]).upper()


def short(name: str) -> str:
    """«Пётр Иванов» → «Иванов П.»: the last word in full."""
    parts = name.split()
    return f"{parts[-1]} {parts[0][0]}." if len(parts) > 1 else name


def notes_texts(t: Words) -> dict[str, str]:
    """The short words that a page may show after a change, by key: all `note.*` of the catalogue."""
    return {key.removeprefix("note."): t.text(key) for key in t.keys("note.")}


def planner_texts(t: Words) -> dict[str, str]:
    """The words that the planner's script says, by key; their parameters stay in braces."""
    kept = {name: f"{{{name}}}" for name in ("m", "n", "number", "at", "from", "to", "store")}
    shared = {key: t.text(key, **kept) for key in ("number", "percent")}
    return shared | {key.removeprefix("plan.js."): t.text(key, **kept) for key in t.keys("plan.js.")}


def install(environment: Environment) -> None:
    shown = (moment, clock, stamp, due, numbered, money, signed, exact, minutes, unit, named, answer, initials, short)
    for function in shown:
        environment.filters[function.__name__] = function
    environment.globals["notes_texts"] = notes_texts
    environment.globals["planner_texts"] = planner_texts
