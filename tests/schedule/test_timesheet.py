"""Hours of a day, by what was planned and what was pressed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.schedule.timesheet import DayHours, Turn, sheet, total

MOSCOW = ZoneInfo("Europe/Moscow")
FIRST = date(2027, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(4)]
NOW = datetime(2027, 3, 3, 12, tzinfo=MOSCOW)


def at(hour: float) -> datetime:
    """Hours after the first day's midnight."""
    return datetime(2027, 3, 1, tzinfo=MOSCOW) + timedelta(hours=hour)


def days(*turns: Turn, **more: list) -> list[DayHours]:  # type: ignore[type-arg]
    given_ = {"away": [], "visits": [], "ways": []} | more
    return sheet(DAYS, turns, given_["away"], given_["visits"], given_["ways"], NOW, MOSCOW)


@pytest.mark.parametrize(
    ("turn", "codes", "worked", "night", "overtime", "doubt"),
    [
        (Turn(at(9), at(18), at(9), at(18)), ["came"], [540, 0], 0, 0, False),
        (Turn(at(9), at(18), at(8.5), at(19)), ["came", "over"], [630, 0], 0, 90, False),
        (Turn(at(9), at(18), at(10), at(12)), ["came"], [120, 0], 0, 0, False),
        (Turn(at(20), at(32), at(20), at(32)), ["came", "night"], [240, 480], 480, 0, False),
        (Turn(at(9), at(18)), ["unknown"], [0, 0], 0, 0, True),
        (Turn(at(9), at(18), at(9)), ["came"], [540, 0], 0, 0, True),
    ],
)
def test_a_shift_in_the_timesheet(
    turn: Turn, codes: list[str], worked: list[int], night: int, overtime: int, doubt: bool
) -> None:
    found = days(turn)
    assert found[0].codes == codes
    assert [day.worked for day in found[:2]] == worked
    assert (total(found).night, total(found).overtime, total(found).doubt) == (night, overtime, doubt)


def test_what_runs_counts_until_now_and_what_comes_is_planned() -> None:
    found = days(Turn(at(57), at(66), at(57)), Turn(at(81), at(90)))
    assert (found[2].worked, found[2].codes, found[2].doubt) == (180, ["came"], False)
    assert (found[3].planned, found[3].codes) == (540, [])


def test_whoever_is_away_is_not_expected() -> None:
    found = days(Turn(at(9), at(18)), Turn(at(33), at(42)), away=[(DAYS[0], DAYS[1], "vacation")])
    assert [day.codes for day in found] == [["vacation"], ["vacation"], ["free"], ["free"]]
    assert (total(found).planned, total(found).doubt) == (0, False)
    came_all_the_same = days(Turn(at(9), at(18), at(9), at(13)), away=[(DAYS[0], DAYS[0], "dayoff")])
    assert came_all_the_same[0].codes == ["came"]


def test_stays_and_ways_are_cut_at_midnight() -> None:
    found = days(visits=[(at(23), at(25))], ways=[(at(22), at(23)), (at(-5), at(1))])
    assert [(day.on_site, day.travel) for day in found[:2]] == [(60, 120), (60, 0)]


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 1800)), max_size=6), st.sampled_from(["Europe/Berlin", "UTC"])
)
def test_nothing_is_lost_or_doubled_over_midnights_and_changes_of_clocks(
    told: list[tuple[int, int]], name: str
) -> None:
    zone = ZoneInfo(name)
    start = datetime(2027, 3, 26, tzinfo=UTC)
    turns = [
        Turn(begin, begin + timedelta(hours=8), begin, begin + timedelta(minutes=length))
        for begin, length in ((start + timedelta(hours=hour), length) for hour, length in told)
    ]
    listed = [date(2027, 3, 25) + timedelta(days=n) for n in range(12)]
    found = sheet(listed, turns, [], [], [], start + timedelta(days=30), zone)
    assert total(found).worked == sum(length for _, length in told)
    assert all(0 <= day.night <= day.worked for day in found)
    assert total(found).overtime == sum(max(length - 480, 0) for _, length in told)
