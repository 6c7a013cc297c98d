"""When things are due, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.company.rules import RULES
from core.sla.rules import KINDS, deadlines, near_at, policy_for

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SLA = RULES["sla"]


def minutes(due: dict[str, datetime]) -> tuple[int, ...]:
    return tuple(int((due[kind] - AT).total_seconds() // 60) for kind in KINDS)


CASES: list[tuple[str, dict[str, Any], int | None, int | None, tuple[int, int, int]]] = [
    ("urgent", {}, None, None, (10, 120, 480)),
    ("high", {}, None, None, (20, 240, 960)),
    ("normal", {}, None, None, (60, 1440, 2880)),
    ("low", {}, None, None, (240, 4320, 10080)),
    ("urgent", {"urgent": {"arrival": 60}}, None, None, (10, 60, 480)),
    ("urgent", {"high": {"arrival": 60}}, None, None, (10, 120, 480)),
    ("urgent", {"urgent": {"arrival": 0, "response": "5", "resolution": True}}, None, None, (10, 120, 480)),
    ("urgent", {"urgent": "soon", "sla": 1}, None, None, (10, 120, 480)),
    ("urgent", {}, 30, 90, (10, 120, 480)),
    ("urgent", {}, 300, 420, (10, 420, 780)),
    ("urgent", {}, 300, None, (10, 360, 720)),
    ("urgent", {}, None, 200, (10, 200, 560)),
]


@pytest.mark.parametrize(("priority", "terms", "wanted_from", "wanted_to", "expected"), CASES)
def test_what_is_due_when(
    priority: str, terms: dict[str, Any], wanted_from: int | None, wanted_to: int | None, expected: tuple[int, ...]
) -> None:
    window = [None if m is None else AT + timedelta(minutes=m) for m in (wanted_from, wanted_to)]
    assert minutes(deadlines(AT, priority, policy_for(SLA, terms), *window)) == expected


def test_a_contract_leaves_the_companys_rules_alone() -> None:
    before = {priority: dict(kinds) for priority, kinds in SLA.items()}
    policy_for(SLA, {"urgent": {"arrival": 1}})
    assert before == SLA


def test_the_warning_comes_at_four_fifths() -> None:
    assert near_at(AT, AT + timedelta(minutes=100)) == AT + timedelta(minutes=80)


def test_deadlines_are_elapsed_time_whatever_the_clocks_on_the_wall_do() -> None:
    before_the_change = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    due = deadlines(before_the_change, "urgent", SLA)
    assert due["arrival"] - before_the_change == timedelta(hours=2)
