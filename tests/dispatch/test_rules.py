"""Who fits and how well, as tables; the sum is always the score."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dispatch.rules import (
    DEFAULT_WEIGHTS,
    REJECTIONS,
    Candidate,
    JobNeed,
    pay,
    rank,
    reasons,
    reject,
    score,
    travel_minutes,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
JOB = JobNeed(1, 1, NOW, lat=55.75, lon=37.6, areas=frozenset({1}), skills=frozenset({"cold"}))
IVAN = Candidate(7, "Иван", on_duty=True, skills={"cold": 3}, areas=frozenset({1}), lat=55.75, lon=37.6)

HARD: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {}, None),
    ({"active": False}, {}, "inactive"),
    ({"refused": "declined"}, {}, "declined"),
    ({"refused": "no_answer"}, {}, "no_answer"),
    ({"refused": "taken_away"}, {}, "taken_away"),
    ({"skills": {"heat": 5}}, {}, "skill"),
    ({"skills": {}}, {"skills": frozenset()}, None),
    ({}, {"skills": frozenset({"cold", "gas"})}, "skill"),
    ({"areas": frozenset({2})}, {}, "area"),
    ({"areas": frozenset()}, {}, None),
    ({"areas": frozenset({2})}, {"areas": None}, None),
    ({"areas": frozenset({2})}, {"areas": frozenset()}, "area"),
    ({"on_duty": False}, {}, "off_shift"),
    ({"on_duty": False, "shifts": ((NOW - HOUR, NOW + HOUR),)}, {}, None),
    ({"on_duty": False, "shifts": ((NOW + HOUR, NOW + 9 * HOUR),)}, {}, "off_shift"),
    ({"on_duty": False, "shifts": ((NOW - 9 * HOUR, NOW),)}, {}, "off_shift"),
    ({"on_duty": False, "shifts": ((NOW + HOUR, NOW + 9 * HOUR),)}, {"wanted_to": NOW + 2 * HOUR}, None),
    ({}, {"wanted_from": NOW + 11 * HOUR}, None),
    ({}, {"wanted_from": NOW + 24 * HOUR}, "off_shift"),
    ({"shifts": ((NOW + 23 * HOUR, NOW + 31 * HOUR),)}, {"wanted_from": NOW + 24 * HOUR}, None),
    ({"open_jobs": 7}, {}, None),
    ({"open_jobs": 8}, {}, "full"),
]


@pytest.mark.parametrize(("who", "what", "expected"), HARD)
def test_hard_rules_say_no(who: dict[str, Any], what: dict[str, Any], expected: str | None) -> None:
    found = score(replace(JOB, **what), replace(IVAN, **who))
    assert found.rejected == expected == reject(replace(JOB, **what), replace(IVAN, **who))
    assert expected is None or (expected in REJECTIONS and found.terms == ())


TERMS: list[tuple[dict[str, Any], dict[str, Any], dict[str, float]]] = [
    ({}, {}, {"travel": 3.0}),
    ({"lat": None}, {}, {"travel": 30.0}),
    ({}, {"lat": None}, {"travel": 30.0}),
    ({"open_jobs": 2}, {}, {"travel": 3.0, "load": 30.0}),
    ({"busy": 40.0}, {}, {"travel": 3.0, "busy": 40.0}),
    ({"busy": 40.0}, {"wanted_from": NOW + HOUR}, {"travel": 3.0}),
    ({"responsible": True}, {}, {"travel": 3.0, "responsible": -20.0}),
    ({"visits": 2}, {}, {"travel": 3.0, "often": -6.0}),
    ({"visits": 50}, {}, {"travel": 3.0, "often": -15.0}),
    ({"knows_asset": True}, {}, {"travel": 3.0, "asset": -10.0}),
    ({}, {"before": 7}, {"travel": 3.0, "return": -25.0}),
    ({}, {"before": 8}, {"travel": 3.0}),
    ({"skills": {"cold": 5}}, {}, {"travel": 3.0, "level": -8.0}),
    ({"skills": {"cold": 5, "gas": 1}}, {"skills": frozenset({"cold", "gas"})}, {"travel": 3.0, "level": 8.0}),
    ({"rating": 4.5}, {}, {"travel": 3.0, "rating": 0.0}),
    ({"rating": 3.5}, {}, {"travel": 3.0, "rating": 6.0}),
    ({"busy": 57.0}, {"due_at": NOW + HOUR}, {"travel": 3.0, "busy": 57.0}),
    ({"busy": 67.0}, {"due_at": NOW + HOUR}, {"travel": 3.0, "busy": 67.0, "late": 10.0}),
    ({"busy": 67.0}, {"due_at": NOW + HOUR, "priority": "urgent"}, {"travel": 3.0, "busy": 67.0, "late": 20.0}),
    ({}, {"due_at": NOW - 9 * HOUR, "priority": "low"}, {"travel": 3.0, "late": 120.0}),
    (
        {"on_duty": False, "shifts": ((NOW + HOUR, NOW + 9 * HOUR),)},
        {"wanted_to": NOW + 2 * HOUR},
        {"travel": 3.0, "shift": 30.0},
    ),
]


@pytest.mark.parametrize(("who", "what", "expected"), TERMS)
def test_each_term_costs_or_saves_minutes(
    who: dict[str, Any], what: dict[str, Any], expected: dict[str, float]
) -> None:
    found = score(replace(JOB, **what), replace(IVAN, **who))
    assert {term["code"]: term["minutes"] for term in found.terms} == expected
    assert found.score == sum(expected.values())


def test_a_company_weighs_as_it_likes() -> None:
    loaded = replace(IVAN, open_jobs=2)
    assert score(JOB, loaded, {"load": 1.0}).score == 5.0
    assert score(JOB, loaded, {"max_open": 2}).rejected == "full"
    assert DEFAULT_WEIGHTS["load"] == 15.0


def test_the_best_comes_first_and_the_rejected_last() -> None:
    team = [
        replace(IVAN, member_id=1, active=False),
        replace(IVAN, member_id=2, open_jobs=1),
        replace(IVAN, member_id=3),
        replace(IVAN, member_id=4, refused="declined"),
        replace(IVAN, member_id=5, refused="declined"),
    ]
    ranked = rank(JOB, team)
    assert [one.member_id for one in ranked] == [3, 2, 1, 4, 5]
    assert reasons(ranked) == (("declined", 2), ("inactive", 1))


def test_the_way_is_measured_through_a_city() -> None:
    assert travel_minutes(55.75, 37.6, 55.75, 37.6) == 3.0
    assert travel_minutes(55.75, 37.6, 55.84, 37.6) == pytest.approx(10.0075 * 1.4 / 28 * 60 + 3, abs=0.01)
    assert travel_minutes(None, 37.6, 55.75, 37.6) is None


NUMBERS = st.floats(0, 500)
CANDIDATES = st.builds(
    Candidate,
    member_id=st.integers(1, 99),
    name=st.just("x"),
    on_duty=st.booleans(),
    shifts=st.just(((NOW - HOUR, NOW + HOUR),)),
    skills=st.fixed_dictionaries({"cold": st.integers(1, 5)}),
    lat=st.none() | st.floats(-90, 90),
    lon=st.none() | st.floats(-180, 180),
    open_jobs=st.integers(0, 7),
    busy=NUMBERS,
    responsible=st.booleans(),
    visits=st.integers(0, 9),
    knows_asset=st.booleans(),
    rating=st.none() | st.floats(1, 5),
)


@given(
    CANDIDATES,
    st.sampled_from(("low", "normal", "high", "urgent")),
    st.dictionaries(st.sampled_from(sorted(set(DEFAULT_WEIGHTS) - {"max_open"})), st.floats(-100, 100)),
)
def test_the_terms_add_up_exactly(candidate: Candidate, priority: str, weights: dict[str, float]) -> None:
    found = score(replace(JOB, priority=priority, due_at=NOW + HOUR), candidate, weights)
    assert found.rejected is None
    total = 0.0
    for term in reversed(found.terms):
        total += term["minutes"]
    assert total == found.score


@pytest.mark.parametrize(
    ("rate", "minutes", "earned"),
    [("900", 60, "900.00"), ("900", 90, "1350.00"), ("700", 25, "291.67"), ("0.01", 30, "0.01"), ("0", 60, None)],
)
def test_planned_time_is_paid_by_the_hour(rate: str, minutes: int, earned: str | None) -> None:
    assert pay(Decimal(rate), minutes) == (None if earned is None else Decimal(earned))
