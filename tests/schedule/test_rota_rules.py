"""What a rota means, said once more by a slow day-by-day oracle in another library's zones."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.kernel.errors import Refusal
from core.kernel.words import LOCALES, words
from core.schedule.holidays import countries, public_holidays
from core.schedule.rules import (
    DAY,
    LEAST_REST,
    MOST_CYCLE,
    MOST_DAYS,
    Stretch,
    by_day,
    clock_of,
    cycle_day,
    expand,
    gaps,
    minute_of,
    moment,
    night_minutes,
    rota_of,
    troubles,
)

LONG, NIGHT = ["08:00", "20:00"], ["20:00", "08:00"]
TWO_TWO = {"zone": "Europe/Moscow", "starts_on": "2027-01-01", "cycle": [[LONG], [LONG], [], []]}
DAY_NIGHT = {**TWO_TWO, "cycle": [[LONG], [NIGHT], [], []]}
ZONES = ["Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Yekaterinburg", "UTC",
         "America/Havana", "Pacific/Apia"]  # fmt: skip
MOSCOW = ZoneInfo("Europe/Moscow")


def starts(data: dict[str, Any], since: str, days: int, **more: Any) -> list[str]:
    first = date.fromisoformat(since)
    found = expand(rota_of(data), first, first + days * DAY, **more)
    zone = ZoneInfo(data["zone"])
    return [f"{one.start.astimezone(zone):%d %H:%M}–{one.end.astimezone(zone):%d %H:%M}" for one in found]


def test_two_by_two_with_nights() -> None:
    assert starts(DAY_NIGHT, "2027-01-01", 6) == [
        *("01 08:00–01 20:00", "02 20:00–03 08:00", "05 08:00–05 20:00", "06 20:00–07 08:00")
    ]
    assert starts(DAY_NIGHT, "2026-12-31", 3) == ["01 08:00–01 20:00", "02 20:00–03 08:00"]


def test_two_brigades_share_a_rota_by_where_each_begins() -> None:
    anchor = date(2027, 1, 1)
    assert [one[:2] for one in starts(TWO_TWO, "2027-01-01", 8, first=0, anchor=anchor)] == ["01", "02", "05", "06"]
    assert [one[:2] for one in starts(TWO_TWO, "2027-01-01", 8, first=2, anchor=anchor)] == ["03", "04", "07", "08"]


def test_a_day_and_a_night_at_a_stretch() -> None:
    assert starts({**TWO_TWO, "cycle": [[["09:00", "09:00"]], [], [], []]}, "2027-01-01", 5) == [
        "01 09:00–02 09:00",
        "05 09:00–06 09:00",
    ]


def test_holidays_are_free_and_their_eves_short() -> None:
    week = {**TWO_TWO, "starts_on": "2027-01-04", "cycle": [[["09:00", "18:00"]]] * 5 + [[], []]}
    given_ = {**week, "country": "RU", "holidays": "off", "short": 60}
    holidays = public_holidays("RU", (2026, 2027))
    assert starts(given_, "2027-11-01", 7, holidays=holidays) == [
        *("01 09:00–01 18:00", "02 09:00–02 18:00", "03 09:00–03 17:00")
    ]
    assert len(starts(week, "2027-11-01", 7, holidays=holidays)) == 5
    assert "RU" in countries()
    assert public_holidays("RU", (2027,)).days[date(2027, 1, 1)] == "Новогодние каникулы"
    assert public_holidays("RU", (2027,), "en").days[date(2027, 1, 7)] == "Christmas Day"


@pytest.mark.parametrize(
    ("country", "years", "code"),
    [("ZZ", (2027,), "unknown_country"), ("RU", (1900,), "bad_years"), ("RU", (), "bad_years")],
)
def test_holidays_of_nowhere_and_never(country: str, years: tuple[int, ...], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        public_holidays(country, years)
    assert refused.value.code == f"schedule.{code}"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"zone": "Mars/Base"}, "zone", "zone"),
    ({"zone": "../etc"}, "zone", "zone"),
    ({"starts_on": "soon"}, "starts_on", "starts_on"),
    ({"starts_on": None}, "starts_on", "starts_on"),
    ({"cycle": []}, "cycle", "empty"),
    ({"cycle": None}, "cycle", "empty"),
    ({"cycle": [[]] * 7}, "cycle", "idle"),
    ({"cycle": [[LONG]] * (MOST_CYCLE + 1)}, "cycle", "long"),
    ({"cycle": [["08:00"]]}, "cycle", "hours"),
    ({"cycle": [[["08:00", "33:00"]]]}, "cycle", "hours"),
    ({"cycle": [[["24:00", "08:00"]]]}, "cycle", "hours"),
    ({"cycle": [[["8", "20"]]]}, "cycle", "hours"),
    ({"cycle": [[["08:00", "20:00", "22:00"]]]}, "cycle", "hours"),
    ({"cycle": [[["00:00", "01:00"]] * 5]}, "cycle", "hours"),
    ({"cycle": [[NIGHT], [["07:00", "15:00"]]]}, "cycle", "overlap"),
    ({"cycle": [[NIGHT, ["09:00", "21:00"]]]}, "cycle", "overlap"),
    ({"cycle": [[["07:00", "15:00"]], [NIGHT]]}, "cycle", "overlap"),
    ({"cycle": [[["09:00", "09:00"], ["10:00", "11:00"]]]}, "cycle", "overlap"),
    ({"country": "Russia"}, "country", "country"),
    ({"holidays": "maybe"}, "holidays", "holidays"),
    ({"short": -1}, "short", "short"),
    ({"short": "60"}, "short", "short"),
]


@pytest.mark.parametrize(("changed", "field", "why"), BAD)
def test_what_is_no_rota_is_refused_at_its_field(changed: dict[str, Any], field: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        rota_of({**TWO_TWO, **changed})
    assert (refused.value.code, refused.value.data["field"]) == (f"schedule.bad_rota.{why}", field)
    assert all(words("bot", locale).has(f"error.{refused.value.code}") for locale in LOCALES)


def test_the_colliding_day_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        rota_of({**TWO_TWO, "cycle": [[LONG], [NIGHT], [["06:00", "14:00"]]]})
    assert refused.value.data["day"] == 3


def test_a_period_is_a_period() -> None:
    rota, day = rota_of(TWO_TWO), date(2027, 1, 1)
    with pytest.raises(Refusal, match="bad_period"):
        expand(rota, day, day - DAY)
    with pytest.raises(Refusal, match="long_period"):
        expand(rota, day, day + (MOST_DAYS + 1) * DAY)
    assert expand(rota, day, day) == []


def test_spring_and_autumn_nights_have_the_hours_that_the_clock_gave_them() -> None:
    berlin = {**TWO_TWO, "zone": "Europe/Berlin", "cycle": [[NIGHT]]}
    for day, hours in ((date(2027, 3, 27), 11), (date(2027, 10, 30), 13), (date(2027, 6, 1), 12)):
        (night,) = expand(rota_of(berlin), day, day + DAY)
        assert night.end - night.start == timedelta(hours=hours)


spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440))


@st.composite
def cycles(draw: st.DrawFn) -> list[list[list[str]]]:
    """Cycles whose shifts don't collide: one shift a day at most, of twelve hours at most, or a free day."""
    days = []
    for _ in range(draw(st.integers(1, 9))):
        start, length = draw(st.integers(0, 719)), draw(st.integers(1, 720))
        days.append([[clock_of(start), clock_of(start + length)]] if draw(st.booleans()) else [])
    return days if any(days) else [*days, [LONG]]


def oracle(data: dict[str, Any], since: date, days: int) -> list[tuple[date, datetime, datetime]]:
    """Day by day, in the zones of `dateutil`, stepping through the cycle by hand."""
    zone = tz.gettz(data["zone"])
    number, found = 0, []
    start = date.fromisoformat(data["starts_on"])
    while start + number * DAY < since:
        number += 1
    for n in range(number, number + days):
        day = start + n * DAY
        for begin, end in data["cycle"][n % len(data["cycle"])]:
            ends_on = day if end > begin else day + DAY
            pair = []
            for on, text in ((day, begin), (ends_on, end)):
                naive = datetime.fromisoformat(f"{on} {text}")
                pair.append(tz.resolve_imaginary(naive.replace(tzinfo=zone)).astimezone(UTC))
            if pair[1] > pair[0]:
                found.append((day, pair[0], pair[1]))
    return found


@settings(max_examples=150)
@given(cycles(), st.sampled_from(ZONES), st.integers(0, 700), st.integers(0, 60))
@example([[["01:30", "02:30"]]], "Europe/Berlin", 0, 60)
@example([[["02:30", "03:10"]]], "Europe/Berlin", 80, 20)
@example([[["23:30", "00:30"]]], "America/Havana", 60, 30)
def test_a_rota_is_what_the_slow_oracle_says(cycle: Any, zone: str, ahead: int, days: int) -> None:
    data = {**TWO_TWO, "zone": zone, "cycle": cycle}
    since = date(2027, 1, 1) + ahead * DAY
    found = [(one.day, one.start, one.end) for one in expand(rota_of(data), since, since + days * DAY)]
    assert found == oracle(data, since, days)


def test_an_hour_that_comes_twice_ends_where_the_clock_is_sure_again() -> None:
    """In Casablanca three o'clock comes once on the night when two o'clock comes twice; `dateutil` thinks otherwise."""
    data = {**TWO_TWO, "zone": "Africa/Casablanca", "cycle": [[["00:00", "03:00"]]]}
    [night] = expand(rota_of(data), date(2027, 2, 7), date(2027, 2, 8))
    assert (night.start, night.end) == (datetime(2027, 2, 6, 23, tzinfo=UTC), datetime(2027, 2, 7, 3, tzinfo=UTC))


@settings(max_examples=60)
@given(cycles(), st.integers(0, 400), st.integers(0, 200), st.integers(0, 200))
def test_parts_of_a_period_are_the_whole(cycle: Any, ahead: int, one: int, other: int) -> None:
    rota = rota_of({**TWO_TWO, "cycle": cycle})
    since = date(2027, 1, 1) + ahead * DAY
    middle, end = since + one * DAY, since + (one + other) * DAY
    assert expand(rota, since, middle) + expand(rota, middle, end) == expand(rota, since, end)
    assert cycle_day(rota, since) == cycle_day(rota, since + len(cycle) * DAY)


def hours(*pairs: tuple[int, int]) -> list[tuple[datetime, datetime]]:
    """Hours after the midnight of some Friday."""
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    return [(midnight + timedelta(hours=a), midnight + timedelta(hours=b)) for a, b in pairs]


@pytest.mark.parametrize(
    ("shifts", "kinds"),
    [
        ([], []),
        ([(8, 20), (32, 44)], []),
        ([(8, 20), (19, 23)], ["overlap"]),
        ([(8, 20), (10, 12), (31, 35)], ["overlap"]),
        ([(8, 12), (14, 18)], []),
        ([(8, 20), (27, 35)], ["rest"]),
        ([(0, 24), (24, 48)], ["rest"]),
        ([(8, 16), (16, 24)], []),
        ([(8, 16), (16, 24), (24, 33)], ["rest"]),
    ],
)
def test_what_is_wrong_with_a_persons_shifts(shifts: list[tuple[int, int]], kinds: list[str]) -> None:
    assert [one.kind for one in troubles(hours(*shifts))] == kinds
    assert timedelta(hours=11) == LEAST_REST


@pytest.mark.parametrize(
    ("wanted", "shifts", "bare"),
    [
        ([(9, 18)], [], [(9, 18)]),
        ([(9, 18)], [(8, 20)], []),
        ([(9, 18)], [(8, 12), (14, 16)], [(12, 14), (16, 18)]),
        ([(9, 18)], [(10, 12), (11, 18)], [(9, 10)]),
        ([(9, 18), (33, 42)], [(0, 33)], [(33, 42)]),
    ],
)
def test_when_nobody_works(wanted: Any, shifts: Any, bare: Any) -> None:
    needs = [Stretch(*pair) for pair in hours(*wanted)]
    assert [(one.start, one.end) for one in gaps(needs, hours(*shifts))] == hours(*bare)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=8), st.integers(0, 40), st.integers(1, 20))
def test_bare_hours_are_those_that_no_shift_covers(told: list[tuple[int, int]], begin: int, length: int) -> None:
    shifts = [(start, start + size) for start, size in told]
    bare = gaps([Stretch(*hours((begin, begin + length))[0])], hours(*shifts))
    slow = [n for n in range(begin, begin + length) if not any(start <= n < end for start, end in shifts)]
    fast = [n for n in range(begin, begin + length) for one in bare if one.start <= hours((n, n + 1))[0][0] < one.end]
    assert fast == slow


def test_night_hours_and_days() -> None:
    night = (moment(date(2027, 1, 1), 20 * 60, MOSCOW), moment(date(2027, 1, 2), 8 * 60, MOSCOW))
    assert night_minutes(*night, MOSCOW) == 8 * 60
    assert night_minutes(moment(date(2027, 1, 1), 9 * 60, MOSCOW), night[0], MOSCOW) == 0
    berlin = ZoneInfo("Europe/Berlin")
    autumn = (moment(date(2027, 10, 30), 20 * 60, berlin), moment(date(2027, 10, 31), 8 * 60, berlin))
    assert night_minutes(*autumn, berlin) == 9 * 60
    parts = by_day(*night, MOSCOW)
    assert [(day, (stop - start) / timedelta(hours=1)) for day, start, stop in parts] == [
        (date(2027, 1, 1), 4), (date(2027, 1, 2), 8)]  # fmt: skip
    assert by_day(night[0], night[0], MOSCOW) == []


def test_a_midnight_that_comes_twice_ends_the_day_once() -> None:
    """Newfoundland once put its clocks back at a minute past midnight, into yesterday."""
    john = ZoneInfo("America/St_Johns")
    parts = by_day(datetime(2010, 11, 6, 20, tzinfo=UTC), datetime(2010, 11, 8, tzinfo=UTC), john)
    assert parts[-1][2] == datetime(2010, 11, 8, tzinfo=UTC)
    assert all(one[2] == other[1] for one, other in pairwise(parts))


@given(st.text(max_size=6))
@example("T0800")
@example("08:5０")
def test_minutes_are_read_strictly(text: str) -> None:
    found = minute_of(text)
    assert found is None or text == "24:00" or clock_of(found) == text
