"""How long a job stood at each stage, and when people were on site: a table of timelines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.orders.rules import TRANSITIONS
from core.orders.stints import stays, stints

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
WAITS = {"ru": "Ждёт пропуск", "en": "Waits for a pass"}
STATE = {verb: rule.target for verb, rule in TRANSITIONS.items()}


def trail(*steps: tuple[int, str, Any]) -> list[dict[str, Any]]:
    """(minute, verb, state or the stage's name); None: where the verb always leads."""
    told = []
    for minute, verb, what in steps:
        name = {"stage": what} if verb == "stage" else {"state": what or STATE[verb]}
        told.append({"verb": verb, "at": (START + timedelta(minutes=minute)).isoformat(), **name})
    return told


GIVEN = ((0, "offer", None), (5, "accept", None), (20, "travel", None), (50, "arrive", None))


@pytest.mark.parametrize(
    ("steps", "now", "expected"),
    [
        ((), 7, [("new", 7)]),
        (GIVEN[:1], 3, [("offered", 3)]),
        (GIVEN, 90, [("offered", 5), ("assigned", 15), ("travelling", 30), ("on_site", 40)]),
        ((*GIVEN, (110, "finish", None)), 500,
         [("offered", 5), ("assigned", 15), ("travelling", 30), ("on_site", 60)]),
        ((*GIVEN, (110, "finish", None), (300, "close", None)), 500,
         [("offered", 5), ("assigned", 15), ("travelling", 30), ("on_site", 60)]),
        ((*GIVEN, (60, "pause", None), (80, "resume", "on_site")), 100,
         [("offered", 5), ("assigned", 15), ("travelling", 30), ("on_site", 30), ("paused", 20)]),
        ((*GIVEN, (110, "finish", None), (115, "step_back", "on_site")), 120,
         [("offered", 5), ("assigned", 15), ("travelling", 30), ("on_site", 70)]),
        ((*GIVEN[:3], (24, "step_back", "assigned")), 30, [("offered", 5), ("assigned", 25)]),
        (((2, "assign", None), (12, "unassign", None)), 20, [("new", 10), ("assigned", 10)]),
        (((2, "assign", None), (12, "stage", WAITS), (42, "travel", None)), 50,
         [("new", 2), ("assigned", 10), ("Ждёт пропуск", 30), ("travelling", 8)]),
        (((5, "cancel", None), (65, "restore", "new")), 70, [("new", 10)]),
    ],
)  # fmt: skip
def test_time_at_each_stage(steps: Any, now: int, expected: list[tuple[str, int]]) -> None:
    found = stints(trail(*steps), START, START + timedelta(minutes=now))
    assert [((one.name or {}).get("ru", one.state), one.seconds / 60) for one in found] == expected


def test_the_stage_it_stands_at_runs() -> None:
    found = stints(trail(*GIVEN), START, START + timedelta(minutes=60))
    assert [one.state for one in found if one.running] == ["on_site"]
    over = stints(trail(*GIVEN, (110, "finish", None)), START, START + timedelta(minutes=200))
    assert not [one for one in over if one.running]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (GIVEN[:3], []),
        (GIVEN, [(50, None, 0)]),
        ((*GIVEN, (110, "finish", None), (115, "close", None)), [(50, 110, 0)]),
        ((*GIVEN, (60, "pause", None), (80, "resume", "on_site"), (110, "finish", None)), [(50, 110, 20)]),
        ((*GIVEN, (60, "pause", None), (80, "travel", None), (95, "arrive", None), (130, "finish", None)),
         [(50, 60, 0), (95, 130, 0)]),
        ((*GIVEN, (60, "pause", None), (70, "unassign", None)), [(50, 60, 0)]),
        ((*GIVEN, (60, "cancel", None)), [(50, 60, 0)]),
        ((*GIVEN, (110, "finish", None), (115, "step_back", "on_site"), (120, "finish", None)), [(50, 120, 0)]),
        ((*GIVEN, (51, "step_back", "travelling"), (70, "arrive", None)), [(70, None, 0)]),
        ((*GIVEN, (55, "stage", WAITS), (60, "finish", None)), [(50, 60, 0)]),
    ],
)  # fmt: skip
def test_time_on_site(steps: Any, expected: list[tuple[int, int | None, int]]) -> None:
    def minute(at: datetime | None) -> int | None:
        return None if at is None else int((at - START).total_seconds() // 60)

    found = stays([{**one, "member_id": 5} for one in trail(*steps)])
    assert [(minute(one.arrived_at), minute(one.left_at), one.pause.seconds // 60) for one in found] == expected
    assert {one.member_id for one in found} <= {5}


@pytest.mark.parametrize(
    ("steps", "now", "expected"),
    [
        (GIVEN, 80, (50, 80, 0)),
        ((*GIVEN, (60, "pause", None)), 80, (50, 60, 0)),
        ((*GIVEN, (60, "pause", None), (70, "resume", "on_site")), 80, (50, 80, 10)),
        ((*GIVEN, (60, "pause", None), (70, "resume", "on_site"), (75, "pause", None)), 80, (50, 75, 10)),
        ((*GIVEN, (60, "finish", None)), 80, (50, 60, 0)),
        ((*GIVEN, (60, "finish", None), (61, "step_back", "on_site")), 80, (50, 80, 0)),
    ],
)
def test_time_until_now(steps: Any, now: int, expected: tuple[int, int, int]) -> None:
    (stay,) = stays([{**one, "member_id": 5} for one in trail(*steps)])
    came, left, pause = stay.minutes(START + timedelta(minutes=now, seconds=59))
    assert ((came - START).seconds // 60, (left - START).seconds // 60, pause) == expected
