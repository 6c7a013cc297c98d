"""How shifts and days off are told in a chat."""

from datetime import date, datetime
from typing import Any

from bot.shared.voice import Html, Voice, lines
from bot.turn import moment

KINDS = ("vacation", "sick", "training", "dayoff")


def period(v: Voice, first: str, last: str) -> str:
    """«вт, 1 декабря – пн, 14 декабря»; one day alone."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    shown = v.words.date(start, style="day")
    return shown if start == end else f"{shown} – {v.words.date(end, style='day')}"


def days(v: Voice, first: str, last: str) -> str:
    return v.count("shared.days", (date.fromisoformat(last) - date.fromisoformat(first)).days + 1)


def hours(v: Voice, start: datetime, end: datetime) -> str:
    """«08:00–20:00»."""
    return f"{v.clock(start)}–{v.clock(end)}"


def shift(v: Voice, pair: list[str]) -> str:
    """«вт, 1 декабря, 08:00–20:00»."""
    start, end = (moment(text) for text in pair)
    assert start is not None
    assert end is not None
    return f"{v.day(start)}, {hours(v, start, end)}"


def exchange(v: Voice, facts: dict[str, Any]) -> Html:
    """What is given, and what for."""
    what = facts["what"]
    back = v("shared.swap.back", shift=shift(v, what[1])) if len(what) > 1 else v("shared.swap.nothing")
    return lines(v("shared.swap.gives", shift=shift(v, what[0])), back)
