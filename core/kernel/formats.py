"""How a language writes dates, durations, distances, numbers and telephones; locale and zone always given.

English is British: day before month, a 24-hour clock, as a Russian company's papers have it.
"""

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Literal

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from babel.units import format_unit

DateStyle = Literal["long", "short", "brief", "day"]

NARROW = "\u202f"
_CLDR = {"ru": "ru_RU", "en": "en_GB"}
_SHORT_DATE = {"ru": "dd.MM.yyyy", "en": "dd/MM/yyyy"}
_BRIEF_DATE = {"ru": "dd.MM", "en": "d MMM"}
_DAY = "EEE, d MMMM"


@cache
def _locale(locale: str) -> Locale:
    return Locale.parse(_CLDR[locale])


def _local(value: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    if value.tzinfo is None:
        raise ValueError("a moment must be aware")
    if zone is None:
        raise ValueError("a moment is shown in a zone: name it")
    return value.astimezone(zone)


def number(value: int | float | Decimal, locale: str) -> str:
    """«−1 234,5»: at most three digits after the comma, thousands parted by a narrow no-break space, a real minus."""
    text = format_decimal(value, format="#,##0.###", locale=_locale(locale)).replace("-", "\u2212")
    return text.replace("\u00a0", NARROW) if locale == "ru" else text


def date(value: dt.date | dt.datetime, locale: str, zone: dt.tzinfo | None = None, style: DateStyle = "long") -> str:
    """A day: long «21 ноября 2026 г.», short «21.11.2026», brief «21.11», day «сб, 21 ноября»."""
    day = _local(value, zone).date() if isinstance(value, dt.datetime) else value
    if style == "day":
        return format_date(day, format=_DAY, locale=_locale(locale))
    named = {"long": "long", "short": _SHORT_DATE[locale], "brief": _BRIEF_DATE[locale]}
    return format_date(day, format=named[style], locale=_locale(locale))


def time(value: dt.datetime, locale: str, zone: dt.tzinfo) -> str:
    """«14:32» as clocks in ``zone`` show it."""
    return format_time(_local(value, zone), format="HH:mm", locale=_locale(locale))


def datetime(value: dt.datetime, locale: str, zone: dt.tzinfo, style: DateStyle = "short") -> str:
    """«21.11.2026, 14:32», or the day in another style before the time."""
    return f"{date(value, locale, zone, style)}, {time(value, locale, zone)}"


def zone_name(value: dt.datetime, zone: dt.tzinfo) -> str:
    """How far the zone's clocks stand from UTC at that moment: «UTC+3»."""
    offset = _local(value, zone).utcoffset() or dt.timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "-" if offset < dt.timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else "UTC"


def duration(value: dt.timedelta | float, locale: str) -> str:
    """«2 ч 15 мин»: two biggest of days, hours, minutes; rounded to a minute, never less than one."""
    seconds = value.total_seconds() if isinstance(value, dt.timedelta) else value
    minutes = max(1, int(abs(seconds) / 60 + 0.5))
    days, rest = divmod(minutes, 24 * 60)
    if days:
        days, hours, minutes = *divmod(int(minutes / 60 + 0.5), 24), 0
    else:
        hours, minutes = divmod(rest, 60)
    parts = [(days, "duration-day"), (hours, "duration-hour"), (minutes, "duration-minute")]
    return " ".join(_unit(amount, unit, locale) for amount, unit in parts if amount)


def distance(metres: float, locale: str) -> str:
    """«350 м» (to ten metres beyond a hundred), «1,2 км» below ten kilometres, then «42 км»."""
    metres = abs(metres)
    rounded = round(metres) if metres < 100 else round(metres / 10) * 10
    if rounded < 1000:
        return _unit(rounded, "length-meter", locale)
    kilometres = round(metres / 1000, 1) if metres < 9950 else round(metres / 1000)
    return _unit(kilometres, "length-kilometer", locale)


def _unit(amount: float, unit: str, locale: str) -> str:
    return format_unit(amount, unit, length="short", locale=_locale(locale)).replace(" ", "\u00a0")


def phone(value: str, region: str = "RU") -> str:
    """«+7 916 123-45-67»; a bare national number is of ``region``, what is no number comes back as it was."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(number):
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
