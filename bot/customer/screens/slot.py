"""When the technician is to come, as planned, and the times to choose from."""

from datetime import datetime, tzinfo
from typing import Any

from bot.routes import screen
from bot.shared import orders as told
from bot.shared.voice import line, lines, time_of, voice
from bot.view import Button, View

Facts = dict[str, Any]


@screen("customer.slot")
def slot(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number, start = voice(locale, zone), told.number_of(facts), time_of(facts, "start")
    job = facts.get("job") or {}
    name = line((job.get("assignee") or {}).get("name") or "")
    assert start is not None
    day, at = v.words.date(start, zone, "day"), v.clock(start)
    text = v("customer.slot", number=number, name=name, day=day, at=at) if name else v(
        "customer.slot.nobody", number=number, day=day, at=at)  # fmt: skip
    yes = v.button("customer.slot.yes", "slot.yes", number, extra=str(job.get("id") or ""))
    other = v.button("customer.slot.other", "slot.other", number)
    return View(lines(text, v("customer.slot.ask")), rows=((yes, other),))


@screen("customer.slot.agreed")
def agreed(facts: Facts, locale: str, zone: tzinfo) -> View:
    v, number = voice(locale, zone), told.number_of(facts)
    return View(
        v("customer.slot.agreed", number=number), rows=((v.button("customer.slot.other", "slot.other", number),),)
    )


@screen("customer.slots")
def slots(facts: Facts, locale: str, zone: tzinfo) -> View:
    """Windows two in a row; any other day by the calendar."""
    v, number = voice(locale, zone), told.number_of(facts)
    found = [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in facts["slots"]]
    buttons = [Button(v.window(start, end), "slot.take", number, extra=f"{start:%Y%m%d%H}") for start, end in found]
    rows: list[tuple[Button, ...]] = [(button,) for button in buttons]
    key = "customer.slots" if found else "customer.slots.none"
    calendar = v.button("customer.slots.calendar", "order.move", number)
    return View(v(key, number=number), rows=(*rows, (calendar,), (v.button("shared.back", "order.open", number),)))
