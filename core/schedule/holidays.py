"""Public holidays of a country, from the library `holidays`, which is loaded only when somebody asks."""

from functools import lru_cache

from core.kernel.errors import Refusal
from core.schedule.rules import Holidays

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
