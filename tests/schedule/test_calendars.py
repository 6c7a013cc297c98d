"""Business calendars: hours, holidays, nights and changes of clocks; and that they say what a slow oracle says."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.company.rules import MAX_SLA_MINUTES
from core.kernel.errors import Refusal
from core.schedule.calendars import (
    ALWAYS,
    LEAST_WEEK,
    MOST_DAYS,
    Calendar,
    Span,
    add,
    calendar_of,
    checked,
    moment_at,
    spans,
)
from tests.sla.oracle import FIRST, HOURS, LAST, Case, changes, judge, random_case

OFFICE = [["09:00", "18:00"]]
DAYS = {
    "2027-01-01": {"kind": "holiday", "hours": [], "name": "Новый год"},
    "2027-02-20": {"kind": "extra", "hours": [["10:00", "14:00"]], "name": "За понедельник"},
    "2027-02-19": {"kind": "short", "hours": [["09:00", "17:00"]], "name": "Перед праздником"},
    "2027-02-22": {"kind": "holiday", "hours": [], "name": "Выходной"},
}


def data(**changed: Any) -> dict[str, Any]:
    return {"zone": "Europe/Moscow", "week": [OFFICE] * 5 + [[], []], "days": DAYS} | changed


def at(text: str) -> datetime:
    """A moment of Moscow."""
    return datetime.fromisoformat(f"{text}+03:00")


DUES = [
    ("2027-03-01T10:00", 60, "2027-03-01T11:00"),
    ("2027-03-01T17:30", 60, "2027-03-02T09:30"),
    ("2027-03-01T03:00", 60, "2027-03-01T10:00"),
    ("2027-03-05T17:00", 60, "2027-03-05T18:00"),
    ("2027-03-05T17:00", 61, "2027-03-08T09:01"),
    ("2026-12-31T17:00", 120, "2027-01-04T10:00"),
    ("2027-02-19T16:00", 120, "2027-02-20T11:00"),
    ("2027-02-20T13:00", 120, "2027-02-23T10:00"),
    ("2027-03-06T12:00", 0, "2027-03-06T12:00"),
]


@pytest.mark.parametrize(("start", "minutes", "due"), DUES)
def test_when_the_time_is_over(start: str, minutes: int, due: str) -> None:
    assert add(calendar_of(data()), at(start), timedelta(minutes=minutes))[0] == at(due)


def test_every_interval_says_why() -> None:
    pause = Span(at("2027-02-19T10:00"), at("2027-02-19T12:00"), "pause", "ждём деталь")
    due, intervals = add(calendar_of(data()), at("2027-02-18T17:00"), timedelta(hours=9), [pause])
    told = [(one.start, one.kind, one.note) for one in intervals]
    assert told == [
        (at("2027-02-18T17:00"), "work", ""),
        (at("2027-02-18T18:00"), "off", ""),
        (at("2027-02-19T09:00"), "work", "Перед праздником"),
        (at("2027-02-19T10:00"), "pause", "ждём деталь"),
        (at("2027-02-19T12:00"), "work", "Перед праздником"),
        (at("2027-02-19T17:00"), "off", ""),
        (at("2027-02-20T10:00"), "work", "За понедельник"),
    ]
    assert due == at("2027-02-20T12:00")
    assert intervals[-1].end == due


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """The night from Thursday to the holiday is worked; the one from the holiday to Saturday is not."""
    week = [[["22:00", "06:00"]]] * 7
    found = spans(calendar_of(data(week=week)), at("2026-12-31T20:00"), at("2027-01-02T22:00"))
    assert [(one.start, one.kind) for one in found] == [
        (at("2026-12-31T20:00"), "off"),
        (at("2026-12-31T22:00"), "work"),
        (at("2027-01-01T06:00"), "holiday"),
        (at("2027-01-02T00:00"), "off"),
    ]


def test_a_skipped_hour_counts_for_nothing_and_a_repeated_one_twice() -> None:
    berlin = calendar_of({"zone": "Europe/Berlin", "week": [[["00:00", "24:00"]]] * 7})
    spring, autumn = datetime(2027, 3, 27, 23, tzinfo=UTC), datetime(2027, 10, 30, 22, tzinfo=UTC)
    for midnight, hours in ((spring, 23), (autumn, 25)):
        assert add(berlin, midnight, timedelta(hours=hours))[0] == midnight + timedelta(hours=hours)
    nights = calendar_of({"zone": "Europe/Berlin", "week": [[["02:00", "03:00"]]] * 7})
    assert [one.kind for one in spans(nights, spring, spring + timedelta(hours=23))] == ["off"]
    worked = [one for one in spans(nights, autumn, autumn + timedelta(hours=25)) if one.counts]
    assert [one.end - one.start for one in worked] == [timedelta(hours=2)]


def test_around_the_clock_is_elapsed_time() -> None:
    start = at("2027-03-06T12:00:07.000001")
    due, intervals = add(ALWAYS, start, timedelta(days=30))
    assert (due, len(intervals)) == (start + timedelta(days=30), 1)
    assert moment_at(intervals, 0.8) == start + timedelta(days=24)


def test_what_never_comes_is_refused() -> None:
    with pytest.raises(Refusal, match="too_far"):
        add(Calendar(UTC, ((),) * 7), at("2027-03-06T12:00"), timedelta(minutes=1))


BAD: list[tuple[dict[str, Any], str]] = [
    ({"zone": "Mars/Base"}, "zone"),
    ({"zone": ""}, "zone"),
    ({"week": [OFFICE] * 6}, "week"),
    ({"week": [[]] * 7}, "week"),
    ({"week": [[["09:00", "18:59"]], *[[]] * 6]}, "week"),
    ({"week": [[["09:00", "09:00"]]] * 7}, "week"),
    ({"week": [[["9", "18"]]] * 7}, "week"),
    ({"week": [[["24:00", "06:00"]]] * 7}, "week"),
    ({"week": [[["09:00", "18:00:30"]]] * 7}, "week"),
    ({"week": ["09:00"] * 7}, "week"),
    ({"days": []}, "days"),
    ({"days": {"2027-13-01": DAYS["2027-01-01"]}}, "2027-13-01"),
    ({"days": {"2027-01-01": {"kind": "feast", "hours": []}}}, "2027-01-01"),
    ({"days": {"2027-01-01": {"kind": "holiday", "hours": OFFICE}}}, "2027-01-01"),
    ({"days": {"2027-01-01": {"kind": "short", "hours": []}}}, "2027-01-01"),
    ({"days": {"2027-01-01": {"kind": "holiday", "hours": [], "name": 5}}}, "2027-01-01"),
]


@pytest.mark.parametrize(("changed", "field"), BAD)
def test_what_is_no_calendar_is_refused_at_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(data(**changed))
    assert (refused.value.code, refused.value.data["field"]) == ("schedule.bad_calendar", field)


def test_the_longest_promise_by_the_shortest_week_is_due_some_day() -> None:
    """What was checked when it was saved must never keep an order from being made."""
    holidays = {
        (at("2027-01-01T00:00") + timedelta(days=n)).date().isoformat(): DAYS["2027-01-01"] for n in range(MOST_DAYS)
    }
    shortest = checked(data(week=[[["09:00", "19:00"]], *[[]] * 6], days=holidays))
    assert shortest.minutes == LEAST_WEEK
    assert add(shortest, at("2027-01-01T00:00"), timedelta(minutes=MAX_SLA_MINUTES))[0].year == 2046


ZONES = sorted(available_timezones())
CHANGED = (
    *("Europe/Berlin", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Almaty"),
    *("America/Nuuk", "Europe/Volgograd", "Pacific/Chatham", "Africa/Cairo", "America/Santiago", "Africa/Casablanca"),
)


@pytest.mark.parametrize("zone", CHANGED)
def test_it_says_what_the_oracle_says_when_clocks_are_changed(zone: str) -> None:
    rng = random.Random(zone)
    for change in rng.sample(known := changes(zone), min(6, len(known))):
        assert judge(random_case(rng, zone, change)) is None


minutes = st.integers(0, 900)
hours = st.lists(st.sampled_from(HOURS), max_size=2)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    week = draw(st.lists(hours, min_size=7, max_size=7))
    week[draw(st.integers(0, 6))] = [["09:00", "18:00"]]
    start = draw(st.integers(FIRST // 60, LAST // 60))
    pauses = [
        (start + begin, start + begin + length)
        for begin, length in draw(st.lists(st.tuples(minutes, minutes), max_size=3))
    ]
    told = {"zone": draw(st.sampled_from(ZONES)), "week": week, "days": {}}
    return Case(told, start, draw(minutes), tuple(sorted(pauses)))


@settings(max_examples=60)
@given(cases())
def test_it_says_what_the_oracle_says(case: Case) -> None:
    assert judge(case) is None


@settings(max_examples=60)
@given(cases(), st.integers(1, 60_000_000), st.integers(1, 3_600_000_000))
def test_parts_of_minutes_are_exact(case: Case, late: int, length: int) -> None:
    """What counts is as long as it is to be, to the microsecond, and two parts are as long as the whole."""
    calendar = calendar_of(case.data)
    start = datetime.fromtimestamp(case.start * 60, UTC) + timedelta(microseconds=late)
    first, second = timedelta(microseconds=length), timedelta(minutes=case.minutes + 1)
    half, _ = add(calendar, start, first)
    due, intervals = add(calendar, start, first + second)
    assert sum((one.end - one.start for one in intervals if one.counts), timedelta()) == first + second
    assert add(calendar, half, second)[0] == due
