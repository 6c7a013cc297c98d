"""Dates, times and measures as people of each language write them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from core.kernel import formats
from core.kernel.formats import DateStyle

MOSCOW = ZoneInfo("Europe/Moscow")
MOMENT = dt.datetime(2026, 11, 20, 22, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("style", "ru", "en"),
    [
        ("long", "21 ноября 2026\u202fг.", "21 November 2026"),
        ("short", "21.11.2026", "21/11/2026"),
        ("brief", "21.11", "21 Nov"),
        ("day", "сб, 21 ноября", "Sat, 21 November"),
    ],
)
def test_a_day_is_the_zones_day(style: DateStyle, ru: str, en: str) -> None:
    def plain(text: str) -> str:
        return text.replace("\u00a0", "\u202f")

    assert plain(formats.date(MOMENT, "ru", MOSCOW, style)) == ru
    assert plain(formats.date(MOMENT, "en", MOSCOW, style)) == en
    assert formats.date(MOMENT.date(), "ru", None, "short") == "20.11.2026"


def test_a_moment_names_its_zone() -> None:
    assert formats.time(MOMENT, "en", MOSCOW) == "01:05"
    assert formats.datetime(MOMENT, "ru", MOSCOW) == "21.11.2026, 01:05"
    assert formats.zone_name(MOMENT, MOSCOW) == "UTC+3"
    assert formats.zone_name(MOMENT, ZoneInfo("Asia/Kolkata")) == "UTC+5:30"
    assert formats.zone_name(MOMENT, dt.UTC) == "UTC"
    with pytest.raises(ValueError, match="aware"):
        formats.time(MOMENT.replace(tzinfo=None), "ru", MOSCOW)
    with pytest.raises(ValueError, match="zone"):
        formats.date(MOMENT, "ru")


def test_summer_time_is_followed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    after = before + dt.timedelta(hours=1)
    assert formats.time(before, "ru", berlin) == formats.time(after, "ru", berlin) == "02:30"
    assert formats.zone_name(before, berlin) != formats.zone_name(after, berlin)


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (0, "1 мин", "1 min"),
        (59, "1 мин", "1 min"),
        (90, "2 мин", "2 mins"),
        (3600, "1 ч", "1 hr"),
        (8100, "2 ч 15 мин", "2 hrs 15 mins"),
        (-8100, "2 ч 15 мин", "2 hrs 15 mins"),
        (86399, "1 дн.", "1 day"),
        (200000, "2 дн. 8 ч", "2 days 8 hrs"),
    ],
)
def test_durations(seconds: int, ru: str, en: str) -> None:
    assert formats.duration(seconds, "ru").replace("\u00a0", " ") == ru
    assert formats.duration(dt.timedelta(seconds=seconds), "en").replace("\u00a0", " ") == en


@pytest.mark.parametrize(
    ("metres", "ru", "en"),
    [
        (0, "0 м", "0 m"),
        (7.4, "7 м", "7 m"),
        (347, "350 м", "350 m"),
        (996, "1 км", "1 km"),
        (1240, "1,2 км", "1.2 km"),
        (9949, "9,9 км", "9.9 km"),
        (42300, "42 км", "42 km"),
    ],
)
def test_distances(metres: float, ru: str, en: str) -> None:
    assert formats.distance(metres, "ru").replace("\u00a0", " ") == ru
    assert formats.distance(metres, "en").replace("\u00a0", " ") == en


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+79161234567", "+7 916 123-45-67"),
        ("8 (916) 123 45 67", "+7 916 123-45-67"),
        ("+4915123456789", "+49 1512 3456789"),
        ("доб. 12", "доб. 12"),
        ("", ""),
        ("<b>", "<b>"),
    ],
)
def test_telephones(value: str, shown: str) -> None:
    assert formats.phone(value) == shown
