"""Public holidays of a country, from the library `holidays`, which is loaded only when somebody asks."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from core.kernel.errors import Refusal
from core.schedule.rules import DAY, Holidays, clock_of, minute_of

YEARS = range(2000, 2100)
MOST_YEARS = 12


@lru_cache(maxsize=64)
def public_holidays(country: str, years: tuple[int, ...], locale: str = "ru") -> Holidays:
    """The holidays of these years by their names in the reader's language where the library knows them. A country is
    two letters (RU, KZ, DE); "" has none. `schedule.unknown_country`, `schedule.bad_years`."""
    if not country:
        return Holidays()
    if not years or len(years) > MOST_YEARS or not all(year in YEARS for year in years):
        raise Refusal("schedule.bad_years", first=YEARS.start, last=YEARS.stop - 1)
    if country not in countries():
        raise Refusal("schedule.unknown_country", country=country[:10])
    import holidays

    wanted = {"ru": "ru", "en": "en_US"}[locale]
    spoken = holidays.country_holidays(country).supported_languages
    found = holidays.country_holidays(country, years=years, language=wanted if wanted in spoken else None)
    return Holidays({day: str(name)[:100] for day, name in sorted(found.items())})


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """Two-letter codes of every country that the library knows."""
    import holidays

    return tuple(sorted(code for code in holidays.list_supported_countries() if len(code) == 2))


def with_holidays(data: Mapping[str, Any], found: Holidays, year: int, short: int) -> dict[str, Any]:
    """The data of a business calendar with the holidays of a year as free days, and with the working days before them
    `short` minutes shorter. Days that stand in the calendar already stay."""
    days = dict(data["days"])
    day, last = date(year, 1, 1), date(year, 12, 31)
    while day <= last:
        hours = data["week"][day.weekday()]
        key = day.isoformat()
        if key not in days and day in found.days:
            days[key] = {"kind": "holiday", "hours": [], "name": found.days[day]}
        elif key not in days and short and hours and found.eve(day) and (left := _shorter(hours, short)):
            days[key] = {"kind": "short", "hours": left, "name": found.days[day + DAY]}
        day += timedelta(days=1)
    return {**data, "days": dict(sorted(days.items()))}


def _shorter(hours: list[list[str]], minutes: int) -> list[list[str]]:
    """The last hours of a day end earlier; nothing when they would be over before they begin."""
    *rest, (start, end) = sorted(hours)
    begin, stop = minute_of(start) or 0, minute_of(end) or 0
    stop = (stop if stop > begin else stop + 1440) - minutes
    return [*rest, [start, clock_of(stop)]] if stop > begin else rest
