"""When things are due, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.company.rules import RULES
from core.schedule.calendars import Span, calendar_of
from core.sla.rules import KINDS, legs, policy_for, warnings, way

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SLA = RULES["sla"]
OFFICE = calendar_of({"zone": "Europe/Moscow", "week": [[["09:00", "18:00"]]] * 5 + [[], []], "days": {}})
"""AT is noon of a Monday there: 360 minutes to the evening, and then 540 a day."""

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


def due(started_at: datetime, minutes: dict[str, int], *window: datetime | None, **how: Any) -> dict[str, datetime]:
    ways = legs(
        started_at,
        minutes,
        *([how["calendar"]] if how else []),
        **dict(zip(("wanted_from", "wanted_to"), window, strict=False)),
    )
    return {kind: way(started_at, ways[kind], **how)[0] for kind in KINDS}


def elapsed(ends: dict[str, datetime]) -> tuple[int, ...]:
    return tuple(int((ends[kind] - AT).total_seconds() // 60) for kind in KINDS)


@pytest.mark.parametrize(("priority", "terms", "wanted_from", "wanted_to", "expected"), CASES)
def test_what_is_due_when(
    priority: str, terms: dict[str, Any], wanted_from: int | None, wanted_to: int | None, expected: tuple[int, ...]
) -> None:
    window = [None if m is None else AT + timedelta(minutes=m) for m in (wanted_from, wanted_to)]
    assert elapsed(due(AT, policy_for(SLA, terms)[priority], *window)) == expected


OFFICE_CASES = [
    ((10, 120, 360), None, (10, 120, 360)),
    ((10, 361, 900), None, (10, 15 * 60 + 361, 15 * 60 + 900)),
    ((10, 120, 480), 300, (10, 300, 15 * 60 + 660)),
    ((10, 120, 480), 600, (10, 600, 15 * 60 + 720)),
]


@pytest.mark.parametrize(("minutes", "wanted_to", "expected"), OFFICE_CASES)
def test_what_is_due_by_a_calendar(minutes: tuple[int, ...], wanted_to: int | None, expected: tuple[int, ...]) -> None:
    """The customer's time is theirs, whatever our hours; the work that remains after it is ours."""
    window = (None, AT + timedelta(minutes=wanted_to)) if wanted_to else ()
    assert elapsed(due(AT, dict(zip(KINDS, minutes, strict=True)), *window, calendar=OFFICE)) == expected


def test_pauses_move_all_that_comes_after_them() -> None:
    pause = Span(AT + timedelta(minutes=60), AT + timedelta(minutes=90), "pause", "ждём деталь")
    minutes = {"response": 10, "arrival": 120, "resolution": 480}
    assert elapsed(due(AT, minutes, calendar=OFFICE, pauses=[pause])) == (10, 150, 15 * 60 + 510)


def test_a_contract_leaves_the_companys_rules_alone() -> None:
    before = {priority: dict(kinds) for priority, kinds in SLA.items()}
    policy_for(SLA, {"urgent": {"arrival": 1}})
    assert before == SLA


def test_warnings_come_at_shares_of_what_counts() -> None:
    _, around = way(AT, legs(AT, SLA["urgent"])["resolution"])
    assert warnings(around, [80]) == [AT + timedelta(minutes=384)]
    _, office = way(AT, legs(AT, {"response": 1, "arrival": 1, "resolution": 600}, OFFICE)["resolution"], OFFICE)
    assert warnings(office, [50, 80]) == [AT + timedelta(minutes=300), AT + timedelta(minutes=15 * 60 + 480)]


def test_around_the_clock_is_elapsed_time_whatever_the_clocks_on_the_wall_do() -> None:
    before_the_change = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ends = due(before_the_change, SLA["urgent"])
    assert ends["arrival"] - before_the_change == timedelta(hours=2)
