"""Who fits and how well, as tables; the sum is always the score."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.dispatch import crew_of, need
from core.dispatch.crew import Crew, across
from core.dispatch.helping import helps
from core.dispatch.rules import DEFAULT_WEIGHTS, OUTSIDE, REJECTIONS, SWITCHES, TERMS, Candidate, JobNeed, Way, pay
from core.dispatch.scoring import judge, left, rank, score

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 3, 2), date(2026, 3, 1)
HOUR = timedelta(hours=1)
JOB = JobNeed(1, 1, NOW, lat=55.75, lon=37.6, areas=frozenset({1}), skills={"cold": 1}, day=TODAY)
IVAN = Candidate(7, "Иван", on_duty=True, skills={"cold": 1}, areas=frozenset({1}), lat=55.75, lon=37.6)
LATER = ((NOW + HOUR, NOW + 9 * HOUR),)

HARD: list[tuple[dict[str, Any], dict[str, Any], str | None, str]] = [
    ({}, {}, None, ""),
    ({"active": False}, {}, "inactive", ""),
    ({"contractor": True}, {}, "contractor", ""),
    ({"refused": "declined"}, {}, "declined", ""),
    ({"refused": "no_answer"}, {}, "no_answer", ""),
    ({"refused": "taken_away"}, {}, "taken_away", ""),
    ({"stopped": True}, {}, "stopped", ""),
    ({"skills": {"heat": 5}}, {}, "skill", "cold"),
    ({"skills": {}}, {"skills": {}}, None, ""),
    ({}, {"skills": {"cold": 1, "gas": 1}}, "skill", "gas"),
    ({"skills": {"cold": 2}}, {"skills": {"cold": 3}}, "level", "cold"),
    ({"skills": {"cold": 3}}, {"skills": {"cold": 3}}, None, ""),
    ({}, {"certificates": frozenset({"volt"})}, "certificate", "volt"),
    ({"certificates": {"volt": YESTERDAY}}, {"certificates": frozenset({"volt"})}, "certificate", "volt"),
    ({"certificates": {"volt": TODAY}}, {"certificates": frozenset({"volt"})}, None, ""),
    ({"certificates": {"volt": None}}, {"certificates": frozenset({"volt"})}, None, ""),
    ({"certificates": {"volt": TODAY}}, {"certificates": frozenset({"volt"}), "day": date(2026, 3, 3)}, "certificate",
     "volt"),
    ({}, {"vehicles": frozenset({"truck"})}, "vehicle", "truck"),
    ({"kit": frozenset({"truck"})}, {"vehicles": frozenset({"truck"})}, None, ""),
    ({"kit": frozenset({"truck"})}, {"tools": frozenset({"ladder"})}, "tool", "ladder"),
    ({"areas": frozenset({2})}, {}, "area", ""),
    ({"areas": frozenset()}, {}, None, ""),
    ({"areas": frozenset({2})}, {"areas": None}, None, ""),
    ({"areas": frozenset({2})}, {"areas": frozenset()}, "area", ""),
    ({"on_duty": False}, {}, "off_shift", ""),
    ({"on_duty": False, "shifts": ((NOW - HOUR, NOW + HOUR),)}, {}, None, ""),
    ({"on_duty": False, "shifts": LATER}, {}, "off_shift", ""),
    ({"on_duty": False, "shifts": ((NOW - 9 * HOUR, NOW),)}, {}, "off_shift", ""),
    ({"on_duty": False, "shifts": LATER}, {"wanted_to": NOW + 2 * HOUR}, None, ""),
    ({}, {"wanted_from": NOW + 11 * HOUR}, None, ""),
    ({}, {"wanted_from": NOW + 24 * HOUR}, "off_shift", ""),
    ({"shifts": ((NOW + 23 * HOUR, NOW + 31 * HOUR),)}, {"wanted_from": NOW + 24 * HOUR}, None, ""),
    ({"away": ((NOW - HOUR, NOW + HOUR),)}, {}, "absent", ""),
    ({"away": ((NOW - 2 * HOUR, NOW),)}, {}, None, ""),
    ({"open_jobs": 7}, {}, None, ""),
    ({"open_jobs": 8}, {}, "full", ""),
]  # fmt: skip


@pytest.mark.parametrize(("who", "what", "expected", "missing"), HARD)
def test_hard_rules_say_no(who: dict[str, Any], what: dict[str, Any], expected: str | None, missing: str) -> None:
    found = score(replace(JOB, **what), replace(IVAN, **who))
    assert (found.rejected, found.detail) == (expected, missing)
    assert expected is None or (expected in REJECTIONS and found.terms == ())


def test_every_hard_rule_has_a_case() -> None:
    assert {expected for _, _, expected, _ in HARD} == {None, *REJECTIONS} - {"by_phone"}


def test_contractors_are_asked_by_the_bot_where_a_rule_set_lets_the_robot() -> None:
    """They come by no rota of ours; a dispatcher who asks for them asks those with a telephone only, too."""
    one = replace(IVAN, contractor=True, by_bot=False, on_duty=False)
    for off, expected in (((), "contractor"), (("contractor",), "by_phone"), (tuple(OUTSIDE), None)):
        assert judge(JOB, Crew.of([one]), off=off).all()[0].rejected == expected
    assert judge(JOB, Crew.of([replace(one, by_bot=True)]), off={"contractor"}).fits == 1


@pytest.mark.parametrize("rule", SWITCHES)
def test_a_rule_that_is_switched_off_rejects_nobody(rule: str) -> None:
    who, what = next((who, what) for who, what, expected, _ in HARD if expected == rule)
    judged = judge(replace(JOB, **what), Crew.of([replace(IVAN, **who)]), off={rule})
    assert judged.fits == 1


FAR = {"lat": 55.80}
DUE = {"due_at": NOW + HOUR}
ALONE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, float]]] = [
    # term, the job, who would be chosen without it, who with it; weights beside the usual
    ("travel", {}, FAR, {}, {}),
    ("priority", {"priority": "urgent"}, FAR, {}, {"travel": 0}),
    ("busy", {}, {"busy": 40.0}, {}, {}),
    ("load", {}, {"open_jobs": 1}, {}, {}),
    ("shift", {"wanted_to": NOW + 2 * HOUR}, {"on_duty": False, "shifts": LATER}, {}, {}),
    ("late", DUE, {"busy": 80.0}, {"busy": 55.0}, {"busy": 0, "slack": 0}),
    ("slack", DUE, {"busy": 30.0}, {}, {"busy": 0}),
    ("responsible", {}, {}, {"responsible": True}, {}),
    ("often", {}, {"visits": 1}, {"visits": 3}, {}),
    ("asset", {}, {}, {"knows_asset": True}, {}),
    ("return", {"before": 8}, {}, {}, {}),
    ("level", {}, {}, {"skills": {"cold": 4}}, {}),
    ("rating", {}, {"rating": 4.0}, {"rating": 5.0}, {}),
    ("parts", {}, {"lacks": 1.0}, {"lacks": 0.5}, {}),
    ("cost", {}, {"hourly_rate": 900.0}, {"hourly_rate": 500.0}, {}),
    ("fair", {}, {"today": 300.0}, {"today": 60.0}, {}),
]


@pytest.mark.parametrize(("term", "what", "first", "second", "weights"), ALONE)
def test_a_term_alone_changes_the_choice(
    term: str, what: dict[str, Any], first: dict[str, Any], second: dict[str, Any], weights: dict[str, float]
) -> None:
    job = replace(JOB, **what)
    team = [replace(IVAN, **first), replace(IVAN, member_id=8, **second)]
    assert rank(job, team, {**weights, term: 0.0})[0].member_id == 7
    with_it = rank(job, team, weights)
    assert with_it[0].member_id == 8
    own = [{told["code"]: told["minutes"] for told in one.terms} for one in with_it]
    assert own[0].get(term, 0.0) < own[1].get(term, 0.0)


def test_every_term_has_its_proof() -> None:
    assert [term for term, *_ in ALONE] == list(TERMS)
    assert {*TERMS, "max_open"} == set(DEFAULT_WEIGHTS)


TERM_VALUES: list[tuple[dict[str, Any], dict[str, Any], dict[str, float]]] = [
    ({}, {}, {"travel": 3.0}),
    ({"lat": None}, {}, {"travel": 30.0}),
    ({}, {"lat": None}, {"travel": 30.0}),
    ({"open_jobs": 2}, {}, {"travel": 3.0, "load": 30.0}),
    ({"busy": 40.0}, {"wanted_from": NOW + HOUR}, {"travel": 3.0}),
    ({"visits": 50}, {}, {"travel": 3.0, "often": -15.0}),
    ({}, {"before": 8}, {"travel": 3.0}),
    ({"skills": {"cold": 5}}, {"skills": {"cold": 3}}, {"travel": 3.0, "level": -8.0}),
    ({"skills": {"cold": 5, "gas": 1}}, {"skills": {"cold": 1, "gas": 1}}, {"travel": 3.0}),
    ({"rating": 3.5}, {}, {"travel": 3.0, "rating": 6.0}),
    ({"rating": 4.5}, {}, {"travel": 3.0}),
    ({}, {"priority": "urgent"}, {"travel": 3.0, "priority": 3.0}),
    ({}, {"priority": "low"}, {"travel": 3.0, "priority": -1.5}),
    ({"busy": 57.0}, DUE, {"travel": 3.0, "busy": 57.0, "slack": 15.0}),
    ({"busy": 67.0}, DUE, {"travel": 3.0, "busy": 67.0, "late": 10.0, "slack": 15.0}),
    ({}, {"due_at": NOW - 9 * HOUR, "priority": "low"}, {"travel": 3.0, "priority": -1.5, "late": 120.0, "slack": 7.5}),
    ({"on_duty": False, "shifts": LATER}, {"wanted_to": NOW + 2 * HOUR}, {"travel": 3.0, "shift": 30.0}),
    ({"lacks": 0.5}, {}, {"travel": 3.0, "parts": 15.0}),
    ({"hourly_rate": 1000.0}, {"duration": 117}, {"travel": 3.0, "cost": 4.0}),
    ({"today": 300.0}, {}, {"travel": 3.0}),
]


@pytest.mark.parametrize(("who", "what", "expected"), TERM_VALUES)
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


def test_the_best_comes_first_and_the_rejected_last() -> None:
    team = [
        replace(IVAN, member_id=1, active=False),
        replace(IVAN, member_id=2, open_jobs=1),
        replace(IVAN, member_id=3),
        replace(IVAN, member_id=4, skills={}),
        replace(IVAN, member_id=5, skills={}),
    ]
    judged = judge(JOB, Crew.of(team))
    assert [one.member_id for one in judged.all()] == [3, 2, 1, 4, 5]
    assert [one.member_id for one in judged.best(1)] == [3]
    assert judged.rejected() == [("skill", "cold", (4, 5)), ("inactive", "", (1,))]


@pytest.mark.parametrize("size", [0, 1, 10_000])
def test_a_crew_of_any_size_is_judged(size: int) -> None:
    judged = judge(JOB, Crew.of([replace(IVAN, member_id=n, lat=None) for n in range(1, size + 1)]))
    assert (judged.fits, len(judged.best(3)), judged.rejected()) == (size, min(size, 3), [])


HELP: list[tuple[dict[str, Any], list[str]]] = [
    ({"on_duty": False, "shifts": LATER}, ["later", "contractor"]),
    ({"on_duty": False, "shifts": LATER, "away": LATER}, ["contractor"]),
    ({"on_duty": False, "went_home": NOW - HOUR}, ["overtime", "contractor"]),
    ({"on_duty": False, "went_home": NOW - 9 * HOUR}, ["contractor"]),
    ({"areas": frozenset({2})}, ["area", "contractor"]),
    ({"skills": {}}, ["skill", "contractor"]),
    ({"open_jobs": 9}, ["full", "contractor"]),
    ({"refused": "no_answer"}, ["no_answer", "contractor"]),
    ({"stopped": True}, ["contractor"]),
    ({"skills": {}, "areas": frozenset({2})}, ["contractor"]),
]


@pytest.mark.parametrize(("who", "expected"), HELP)
def test_where_nobody_fits_it_says_what_would_help(who: dict[str, Any], expected: list[str]) -> None:
    found = helps(judge(JOB, Crew.of([replace(IVAN, **who)])))
    assert [one["how"] for one in found] == expected


def test_the_soonest_to_come_and_the_nearest_are_named() -> None:
    team = [
        replace(IVAN, member_id=1, on_duty=False, shifts=((NOW + 3 * HOUR, NOW + 9 * HOUR),)),
        replace(IVAN, member_id=2, on_duty=False, shifts=((NOW + 2 * HOUR, NOW + 9 * HOUR),)),
        replace(IVAN, member_id=3, areas=frozenset({2}), lat=56.5),
        replace(IVAN, member_id=4, areas=frozenset({2})),
    ]
    later, area, _ = helps(judge(JOB, Crew.of(team)))
    assert (later["id"], later["at"]) == (2, (NOW + 2 * HOUR).isoformat())
    assert (area["id"], area["n"]) == (4, 2)


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
    today=NUMBERS,
    responsible=st.booleans(),
    visits=st.integers(0, 9),
    knows_asset=st.booleans(),
    rating=st.none() | st.floats(1, 5),
    lacks=st.floats(0, 1),
    hourly_rate=st.floats(0, 5000),
)


@given(
    st.lists(CANDIDATES, min_size=1, max_size=4),
    st.sampled_from(("low", "normal", "high", "urgent")),
    st.dictionaries(st.sampled_from(TERMS), st.floats(-100, 100)),
)
def test_the_terms_add_up_exactly(team: list[Candidate], priority: str, weights: dict[str, float]) -> None:
    for found in rank(replace(JOB, priority=priority, due_at=NOW + HOUR), team, weights):
        assert found.rejected is None
        assert sum(term["minutes"] for term in reversed(found.terms)) == found.score


@pytest.mark.parametrize(
    ("rate", "minutes", "earned"),
    [("900", 60, "900.00"), ("900", 90, "1350.00"), ("700", 25, "291.67"), ("0.01", 30, "0.01"), ("0", 60, None)],
)
def test_planned_time_is_paid_by_the_hour(rate: str, minutes: int, earned: str | None) -> None:
    assert pay(Decimal(rate), minutes) == (None if earned is None else Decimal(earned))


AWAY = (55.85, 37.6)
BEYOND, FAR_NORTH = (55.80, 37.6, 60.0), (55.95, 37.6, 30.0)


def extra(route: Any, lat: float = AWAY[0], lon: float = AWAY[1], **job: Any) -> float:
    """Minutes of travel that a visit adds, in the north if not said otherwise."""
    found = score(replace(JOB, lat=lat, lon=lon, **job), replace(IVAN, route=tuple(route)))
    return next(term["minutes"] for term in found.terms if term["code"] == "travel")


def test_who_passes_by_anyway_is_near() -> None:
    assert extra([BEYOND]) < extra([]) / 2 + 3
    assert extra([FAR_NORTH]) == pytest.approx(3, abs=1)
    job = replace(JOB, lat=AWAY[0], lon=AWAY[1])
    passing = replace(IVAN, member_id=8, lat=55.75, open_jobs=1, route=(FAR_NORTH,))
    idle = replace(IVAN, member_id=9, lat=55.75)
    assert [one.member_id for one in rank(job, [idle, passing])] == [8, 9]


def test_a_visit_that_would_come_too_late_goes_first() -> None:
    stops = ((55.76, 37.6, 120.0), (55.77, 37.6, 120.0))
    assert extra(stops, due_at=NOW + HOUR) > extra(stops)
    soon = score(replace(JOB, lat=55.78, due_at=NOW + HOUR), replace(IVAN, route=stops))
    codes = [term["code"] for term in soon.terms]
    assert "late" not in codes


@example(route=[], lat=55.75, lon=37.6)
@given(
    st.lists(st.tuples(st.floats(55.5, 56), st.floats(37.3, 37.9), st.floats(10, 120)), max_size=8),
    st.floats(55.5, 56),
    st.floats(37.3, 37.9),
)
def test_the_cheapest_place_is_found(route: list[tuple[float, float, float]], lat: float, lon: float) -> None:
    def way(a: Any, b: Any) -> float:
        one, other = np.array(a[:2]), np.array(b[:2])
        return float(across(one[:1], one[1:], other[:1], other[1:])[0])

    points = [(55.75, 37.6), *route]
    spot = (lat, lon)
    first = way(points[0], spot) or 3  # whoever is there already still parks; between two visits nobody does
    tried = [
        (way(points[n], spot) if n else first)
        + (way(spot, points[n + 1]) - way(points[n], points[n + 1]) if n + 1 < len(points) else 0)
        for n in range(len(points))
    ]
    assert extra(route, lat, lon) == pytest.approx(min(tried), abs=0.4)


@pytest.mark.parametrize("tools", [frozenset({"ladder"}), frozenset({"a crane that nobody has"})], ids=["some", "none"])
def test_only_where_those_who_are_left_are_matters(tools: frozenset[str]) -> None:
    job, people = replace(need(), tools=tools), crew_of(600)
    whole = judge(job, Crew.of(people))
    nowhere = Crew.of([replace(one, lat=None, lon=None, route=()) for one in people])
    near = left(job, nowhere, {}, ())
    assert 0 < len(near) < len(people) / 2
    ways = {one.member_id: Way(one.lat, one.lon, one.route) for one in people if one.member_id in near}
    judged = judge(job, nowhere.placed(ways))
    assert judged.best(600) == whole.best(600)
    assert judged.rejected() == whole.rejected()
    assert [(rule, one.member_id) for rule, one in judged.almost() if one.member_id in near] == [
        (rule, one.member_id) for rule, one in whole.almost() if one.member_id in near
    ]
