"""The pure rules: states, stages, words."""

import itertools
from typing import Any

import pytest

from core.kernel.errors import Refusal
from core.orders.rules import (
    BACK_CLEARS,
    DEFAULT_LIFECYCLE,
    ENTRY_KINDS,
    LAST_STEP,
    OPEN,
    OVER,
    PRECEDENCE,
    STATES,
    TRANSITIONS,
    back_state,
    first_stage,
    order_state,
    resume_state,
    summary_of,
    validate_stages,
)

ORDER_STATES = [
    ([], "new"),
    (["new"], "new"),
    (["offered", "new"], "offered"),
    (["done", "new"], "new"),
    (["done", "assigned"], "assigned"),
    (["paused", "travelling"], "travelling"),
    (["travelling", "on_site"], "on_site"),
    (["paused", "assigned"], "paused"),
    (["done", "closed"], "done"),
    (["done", "cancelled"], "done"),
    (["closed", "cancelled"], "closed"),
    (["closed", "closed"], "closed"),
    (["cancelled", "cancelled"], "cancelled"),
    (["closed", "new"], "new"),
]


@pytest.mark.parametrize(("jobs", "expected"), ORDER_STATES)
def test_an_order_is_what_its_jobs_are(jobs: list[str], expected: str) -> None:
    assert order_state(jobs) == expected
    assert order_state(reversed(jobs)) == expected


def test_an_order_is_over_only_when_all_its_jobs_are() -> None:
    for jobs in itertools.product(STATES, repeat=3):
        assert (order_state(jobs) in OVER) == all(job in OVER for job in jobs)
        assert order_state(jobs) in jobs


def test_the_table_names_known_states_and_leaves_none_out() -> None:
    assert sorted(PRECEDENCE) == sorted(STATES)
    for rule in TRANSITIONS.values():
        assert set(rule.sources) <= set(STATES)
        assert rule.target is None or rule.target in STATES
    reached = {rule.target for rule in TRANSITIONS.values()}
    assert set(STATES) - {"paused"} <= reached | {"paused"}
    assert all(state in TRANSITIONS["cancel"].sources for state in OPEN)
    assert {f"job.{verb}" for verb in TRANSITIONS} <= set(ENTRY_KINDS)


def test_what_is_over_is_left_only_by_a_step_back_from_done_or_when_a_merge_is_undone() -> None:
    leaving = {(verb, state) for verb, rule in TRANSITIONS.items() for state in rule.sources if state in OVER}
    assert leaving == {("close", "done"), ("step_back", "done"), ("restore", "cancelled")}


@pytest.mark.parametrize(
    ("arrived", "travelled", "state"),
    [(True, True, "on_site"), (True, False, "on_site"), (False, True, "travelling"), (False, False, "assigned")],
)
def test_a_pause_ends_where_it_began(arrived: bool, travelled: bool, state: str) -> None:
    assert resume_state(arrived, travelled) == state


@pytest.mark.parametrize(
    ("state", "travelled", "before"),
    [
        ("travelling", True, "assigned"),
        ("on_site", True, "travelling"),
        ("on_site", False, "assigned"),
        ("done", True, "on_site"),
    ],
)
def test_a_step_back_knows_the_step_before(state: str, travelled: bool, before: str) -> None:
    assert back_state(state, travelled) == before
    assert LAST_STEP[state] in BACK_CLEARS[state]


def without(state: str) -> list[dict[str, Any]]:
    return [stage for stage in DEFAULT_LIFECYCLE if stage["state"] != state]


BAD_STAGES: list[tuple[list[dict[str, Any]], str]] = [
    (without("paused"), "missing"),
    ([*DEFAULT_LIFECYCLE, DEFAULT_LIFECYCLE[0]], "code"),
    ([*DEFAULT_LIFECYCLE, {"code": "", "state": "new", "name": {"ru": "а", "en": "a"}}], "code"),
    ([*DEFAULT_LIFECYCLE, {"code": "x", "state": "lost", "name": {"ru": "а", "en": "a"}}], "state"),
    ([*DEFAULT_LIFECYCLE, {"code": "x", "state": "new", "name": {"ru": "а"}}], "name"),
    ([*DEFAULT_LIFECYCLE, {"code": "x", "state": "new", "name": {"ru": "а", "en": "a"}, "guards": ["moon"]}], "guard"),
]


@pytest.mark.parametrize(("stages", "reason"), BAD_STAGES)
def test_a_lifecycle_must_be_whole(stages: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        validate_stages(stages)
    assert (refused.value.code, refused.value.data["reason"]) == ("orders.bad_lifecycle", reason)


def test_the_default_lifecycle_is_whole() -> None:
    validate_stages(DEFAULT_LIFECYCLE)
    assert [first_stage(DEFAULT_LIFECYCLE, state)["state"] for state in STATES] == list(STATES)


@pytest.mark.parametrize(
    ("words", "summary"),
    [
        ("Не морозит", "Не морозит"),
        ("\n\n  Течёт вода  \nсо вчера", "Течёт вода"),
        ("", ""),
        ("слово " * 60, "слово " * 32 + "слово…"),
        ("Ж" * 300, "Ж" * 199 + "…"),
    ],
)
def test_a_summary_is_the_first_line_cut_at_a_word(words: str, summary: str) -> None:
    assert summary_of(words) == summary
    assert len(summary) <= 200
