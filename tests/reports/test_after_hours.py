"""Hours outside of working hours: counted as a slow minute-by-minute oracle counts them, priced to the kopeck."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.company.rules import CHOICES
from core.orders.stints import Stay, stays
from core.reports.rules import after_hours, billed_hours, grand_total, outside, parts, share
from core.schedule.calendars import ALWAYS, calendar_of
from tests.sla.oracle import Case, changes, random_case, works

ZONES = (
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
)
OFFICE = calendar_of({"zone": "Europe/Berlin", "week": [[["09:00", "18:00"]]] * 5 + [[], []], "days": {}})
BERLIN = ZoneInfo("Europe/Berlin")


def stay_of(case: Case) -> Stay:
    """A stay of the case's minutes, off the trail that its steps would leave."""
    end, at = case.start + case.minutes, case.start
    trail = [{"verb": "arrive", "state": "on_site", "at": moment(at)}]
    for begin, stop in case.pauses:
        if at <= begin < stop <= end:
            trail.append({"verb": "pause", "state": "paused", "at": moment(begin)})
            trail.append({"verb": "resume", "state": "on_site", "at": moment(stop)})
            at = stop
    (found,) = stays([*trail, {"verb": "finish", "state": "done", "at": moment(end)}])
    return found


def moment(minutes: int) -> datetime:
    return datetime.fromtimestamp(minutes * 60, UTC)


def by_minutes(case: Case, stay: Stay) -> tuple[int, int]:
    """How many minutes were worked, and how many of them outside, one by one."""
    zone, breaks = ZoneInfo(case.data["zone"]), [(a.timestamp() // 60, b.timestamp() // 60) for a, b in stay.pauses]
    worked = [at for at in range(case.start, case.start + case.minutes) if not any(a <= at < b for a, b in breaks)]
    return len(worked), sum(not works(case.data, at, zone) for at in worked)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.sampled_from(ZONES), st.booleans())
def test_minutes_outside_are_those_of_the_oracle(rng: random.Random, zone: str, near_change: bool) -> None:
    known = changes(zone)
    case = random_case(rng, zone, rng.choice(known) if near_change and known else None)
    stay = stay_of(case)
    worked, away = by_minutes(case, stay)
    stretches = stay.worked(moment(case.start + case.minutes))
    came, left, pause = stay.minutes(moment(case.start + case.minutes))
    assert outside(stretches, calendar_of(case.data)) == away
    assert (left - came) // timedelta(minutes=1) - pause == worked


@pytest.mark.parametrize(
    ("start", "end", "away"),
    [
        ((2026, 3, 27, 16, 0), (2026, 3, 27, 20, 0), 120),
        ((2026, 3, 28, 23, 30), (2026, 3, 29, 4, 0), 210),  # spring leaves an hour out
        ((2026, 10, 24, 23, 30), (2026, 10, 25, 4, 0), 330),  # autumn repeats one
        ((2026, 10, 26, 9, 0), (2026, 10, 26, 18, 0), 0),
        ((2026, 10, 26, 8, 59), (2026, 10, 26, 18, 1), 2),
        ((2026, 10, 26, 9, 0), (2026, 10, 26, 9, 0), 0),
    ],
)
def test_the_clocks_are_changed(start: tuple[int, ...], end: tuple[int, ...], away: int) -> None:
    came, left = (datetime(*one, tzinfo=BERLIN).astimezone(UTC) for one in (start, end))  # type: ignore[arg-type, misc]
    assert outside([(came, left)], OFFICE) == away
    assert outside([(came, left)], ALWAYS) == 0


def test_who_still_works_or_stands_still_is_counted_until_now() -> None:
    came = datetime(2026, 10, 26, 16, 30, 20, tzinfo=BERLIN)
    stay = Stay(1, came)
    assert outside(stay.worked(came.replace(hour=18, minute=45)), OFFICE) == 45
    paused = Stay(1, came, paused_at=came.replace(hour=18, minute=15))
    assert outside(paused.worked(came.replace(hour=23)), OFFICE) == 15
    assert Stay(1, came).worked(came) == []


@pytest.mark.parametrize(
    ("minutes", "away", "step", "minimum", "after"),
    [
        (120, 0, 30, 60, "0"),
        (120, 60, 30, 60, "1"),
        (120, 61, 30, 60, "1.5"),
        (120, 120, 30, 60, "2"),
        (20, 10, 30, 60, "0.5"),
        (20, 20, 30, 60, "1"),  # the least that is billed lies outside too
        (125, 121, 30, 60, "2.5"),
        (65, 64, 60, 0, "2"),
        (0, 0, 30, 60, "0"),
    ],
)
def test_what_is_billed_of_it(minutes: int, away: int, step: int, minimum: int, after: str) -> None:
    assert after_hours(minutes, away, step, billed_hours(minutes, step, minimum)) == D(after)


@given(st.data(), st.sampled_from(CHOICES["labour_step"]), st.integers(0, 480), st.integers(1, 9))
def test_a_part_is_never_more_than_the_whole(data: st.DataObject, step: int, minimum: int, people: int) -> None:
    minutes = data.draw(st.integers(0, 3000))
    away = data.draw(st.integers(0, minutes))
    hours = billed_hours(minutes, step, minimum)
    after = after_hours(minutes, away, step, hours)
    assert 0 <= after <= hours
    assert after * 60 >= min(away, hours * 60)
    assert share(hours * people, after, hours) == after * people
    assert share(D(0), after, hours) == 0


def test_an_hour_outside_is_a_part_of_its_own() -> None:
    inside, late = parts(D("3.5"), D("1600.33"), D("1.5"), 150)
    assert (inside.quantity, inside.price.amount, inside.percent) == (D(2), D("1600.33"), 100)
    assert (late.quantity, late.price.amount, late.percent) == (D("1.5"), D("2400.50"), 150)
    assert grand_total([[inside, late]]).amount == D("3200.66") + D("3600.75")
    assert [part.quantity for part in parts(D(2), D(100), D(2), 200)] == [D(2)]
    assert [part.quantity for part in parts(D(2), D(100))] == [D(2)]
    assert grand_total([parts(D(0), D(100))]).amount == 0
