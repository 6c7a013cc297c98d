"""A day on paper: when stops begin, what stands against them, when a customer hears."""

from dataclasses import replace

import pytest

from core.dispatch.planning.instance import Break
from core.plan.rules import Day, Job, Person, difference, is_news, placed, routes_of, timed, way

HERE, THERE = (55.75, 37.60), (55.80, 37.70)
DRIVE = way(HERE, THERE)
H = 3600
PYOTR = Person(1, "Пётр", shift=(9 * H, 18 * H), start=HERE, skills=frozenset({"cold"}))
JOB = Job(10, 110, "assigned", 1, H, member_id=1, place=THERE)


def stop(job: Job, person: Person = PYOTR, now: int = 0) -> tuple[int, set[str]]:
    """When the one stop of a day begins, and what is wrong with it."""
    [visit] = timed(Day(now, {1: person}, {job.id: job}), person, [job.id])
    return visit.start, {code for code, _ in visit.wrong}


@pytest.mark.parametrize(
    ("changes", "start", "wrong"),
    [
        ({}, 9 * H + DRIVE, set()),
        ({"window": (12 * H, 15 * H)}, 12 * H, set()),
        ({"window": (6 * H, 9 * H)}, 9 * H + DRIVE, {"late"}),
        ({"due": 9 * H}, 9 * H + DRIVE, {"sla"}),
        ({"pinned": True, "planned": 11 * H}, 11 * H, set()),
        ({"pinned": True, "planned": 11 * H, "window": (12 * H, 15 * H)}, 11 * H, {"soon"}),
        ({"pinned": True, "planned": 9 * H}, 9 * H + DRIVE, {"pin"}),
        ({"floor": 13 * H, "told": 13 * H}, 13 * H, set()),
        ({"window": (17 * H + 1800, 20 * H)}, 17 * H + 1800, {"overtime"}),
        ({"skills": frozenset({"heat"})}, 9 * H + DRIVE, {"skills"}),
        ({"place": None}, 9 * H, {"no_place"}),
        ({"state": "on_site", "began": 10 * H, "skills": frozenset({"heat"})}, 10 * H, set()),
    ],
)
def test_a_stop(changes: dict[str, object], start: int, wrong: set[str]) -> None:
    assert stop(JOB._replace(**changes)) == (start, wrong)  # type: ignore[arg-type]


def test_a_window_in_the_past_is_said_to_be_past() -> None:
    assert stop(JOB._replace(window=(9 * H, 10 * H)), now=12 * H) == (12 * H + DRIVE, {"past"})


def test_without_a_shift_it_is_said() -> None:
    assert stop(JOB, replace(PYOTR, shift=None))[1] == {"no_shift"}


def test_a_break_is_taken_while_waiting_or_before_it_would_be_missed() -> None:
    rested = replace(PYOTR, rest=Break(45 * 60, (12 * H, 13 * H)))
    first, second = JOB._replace(window=(10 * H, 11 * H), duration=2 * H), JOB._replace(id=11, duration=3 * H)
    visits = timed(Day(0, {1: rested}, {10: first, 11: second}), rested, [10, 11])
    assert [visit.start for visit in visits] == [10 * H, 12 * H + 45 * 60]


def test_a_move_changes_two_routes_and_tells_who_knew_a_time() -> None:
    rashid = replace(PYOTR, id=2, name="Рашид")
    job = JOB._replace(seq=0, planned=9 * H + DRIVE, told=9 * H + DRIVE)
    day = Day(0, {1: PYOTR, 2: rashid}, {10: job})
    after, changed = placed(day, 10, 2, 14 * H)
    assert changed == {1: [], 2: [10]}
    told = difference(day, after, changed)
    assert (told["people"], told["tell"], told["late"], told["conflicts"]) == ([1, 2], 1, 0, [])
    assert routes_of(after) == {1: [], 2: [10]}


@pytest.mark.parametrize(
    ("start", "told", "window", "news"),
    [
        (600, 0, None, True),
        (599, 0, None, False),
        (-600, 0, None, True),
        (5000, None, None, False),
        (5000, None, (0, 4000), True),
        (4500, None, (0, 4000), False),
    ],
)
def test_what_is_news(start: int, told: int | None, window: tuple[int, int] | None, news: bool) -> None:
    assert is_news(start, told, window, 600) is news
