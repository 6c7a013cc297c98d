"""A day and a time window chosen by buttons alone: nothing is remembered between presses.

The day travels as `20261125`, the window as `20261125-1215` (from 12 to 15 o'clock) in the buttons' extra.
"""

import calendar
from datetime import date, datetime, timedelta, tzinfo

from babel.dates import get_day_names, get_month_names

from bot.shared.voice import Voice
from bot.view import Button

HOURS = ((9, 12), (12, 15), (15, 18), (18, 21))
WHOLE_DAY = (8, 21)
DAYS_AHEAD = 60
IDLE = "idle"


def first_day(now: datetime, zone: tzinfo) -> date:
    """The first day that still has a window: today until its last window is nearly over."""
    local = now.astimezone(zone)
    return local.date() if local.hour + 1 < HOURS[-1][1] else local.date() + timedelta(days=1)


def day_code(day: date) -> str:
    return f"{day:%Y%m%d}"


def read_day(code: str) -> date | None:
    try:
        return datetime.strptime(code, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return None


def read_window(code: str, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """The window's ends, aware; None for what is no window of ours."""
    day_part, _, hours = code.partition("-")
    day = read_day(day_part)
    if day is None or len(hours) != 4 or not hours.isascii() or not hours.isdigit():
        return None
    first, last = int(hours[:2]), int(hours[2:])
    if not 0 <= first < last <= 23:
        return None
    return _at(day, first, zone), _at(day, last, zone)


def _at(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone)


def day_rows(
    v: Voice, verb: str, id: int, revision: int, today: date, shown: date | None = None
) -> list[tuple[Button, ...]]:
    """A month as a grid of days; days gone by and too far away are dots that do nothing.

    A press sends `verb` with extra `20261125`, the arrows `m20261201` (another month).
    """
    last = today + timedelta(days=DAYS_AHEAD)
    first = (shown or today).replace(day=1)
    first = min(max(first, today.replace(day=1)), last.replace(day=1))
    locale = v.words.locale
    rows = [_head(verb, id, revision, first, today, last, locale)]
    names = get_day_names("short", locale=locale)
    rows.append(tuple(Button(names[n].capitalize(), IDLE) for n in range(7)))
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    cells = [tuple(_cell(verb, id, revision, day, first.month, today, last) for day in week) for week in weeks]
    return [*rows, *(week for week in cells if any(button.verb != IDLE for button in week))]


def _head(verb: str, id: int, revision: int, first: date, today: date, last: date, locale: str) -> tuple[Button, ...]:
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    name = get_month_names("wide", context="stand-alone", locale=locale)[first.month].capitalize()
    back = (
        Button("‹", verb, id, revision, f"m{day_code(before)}") if before >= today.replace(day=1) else Button("·", IDLE)
    )
    forth = Button("›", verb, id, revision, f"m{day_code(after)}") if after <= last else Button("·", IDLE)
    return back, Button(f"{name} {first.year}", IDLE), forth


def _cell(verb: str, id: int, revision: int, day: date, month: int, today: date, last: date) -> Button:
    if day.month != month or not today <= day <= last:
        return Button("·", IDLE)
    label = f"[{day.day}]" if day == today else str(day.day)
    return Button(label, verb, id, revision, day_code(day))


def window_rows(v: Voice, verb: str, id: int, revision: int, day: date, now: datetime) -> list[tuple[Button, ...]]:
    """Windows of that day which are not over yet, two in a row, and the whole day."""
    local = now.astimezone(v.zone)
    left = [(a, b) for a, b in HOURS if day > local.date() or b > local.hour + 1]
    buttons = [Button(f"{a}:00–{b}:00", verb, id, revision, f"{day_code(day)}-{a:02}{b:02}") for a, b in left]
    rows = [tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]
    whole = f"{day_code(day)}-{WHOLE_DAY[0]:02}{WHOLE_DAY[1]:02}"
    return [*rows, (v.button("shared.window.any", verb, id, revision, whole),)]
