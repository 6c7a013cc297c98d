"""Who would be where when: shifts, queues, what waits for tomorrow. Tables; no desk."""

from datetime import date
from itertools import pairwise

import pytest

from core.kernel.errors import Refusal
from core.replay.rules import Done, PastJob, Worker, check_period, figures, judged_orders, outside, stay_of, truth
from core.replay.side import Side

HOUR = 3600
HOME, NEAR, FAR = (55.75, 37.60), (55.76, 37.61), (55.62, 37.71)
ANN = Worker(1, "Ann", HOME, ((0, 8 * HOUR), (24 * HOUR, 32 * HOUR)))


def job(number: int, at: int = 0, place: tuple[float, float] | None = NEAR, **more: object) -> PastJob:
    return PastJob(number, number, "", at, HOUR, 60, place, **more)  # type: ignore[arg-type]


def side(*jobs: PastJob, pause: int = 0) -> Side:
    return Side([], {1: ANN}, {one.id: one for one in jobs}, pause)


def given(made: Side) -> dict[int, tuple[int, int]]:
    return {one.job_id: (one.start, one.end) for one in made.visits()}


def test_a_queue_is_driven_one_after_the_other() -> None:
    made = side(job(1), job(2, place=FAR), job(3))
    for number in (1, 2, 3):
        made.give(number, 1, 0)
    visits = sorted(made.visits(), key=lambda one: one.start)
    assert visits[2].job_id == 2, "the planner drives to the near ones first"
    assert all(later.start >= sooner.end + later.travel for sooner, later in pairwise(visits))
    assert [one.travel > 0 for one in visits] == [True, False, True]


def test_whoever_has_set_out_goes_on() -> None:
    made = side(job(1, place=FAR), job(2))
    made.give(1, 1, 0)
    made.settle(600)
    made.give(2, 1, 600)
    visits = sorted(made.visits(), key=lambda one: one.start)
    assert [one.job_id for one in visits] == [1, 2]


def test_a_job_is_had_after_a_pause_and_not_before_it_is_wanted() -> None:
    slow, quick = side(job(1), pause=900), side(job(1))
    for made in (slow, quick):
        made.give(1, 1, 0)
    assert given(slow)[1][0] - given(quick)[1][0] == 900
    late = side(job(1, window=(5 * HOUR, 6 * HOUR)))
    late.give(1, 1, 0)
    assert given(late)[1][0] == 5 * HOUR


def test_what_would_begin_after_the_shift_waits_for_the_next() -> None:
    many = [job(number) for number in range(1, 11)]
    made = side(*many)
    for one in many:
        made.give(one.id, 1, 0)
    starts = sorted(start for start, _ in given(made).values())
    assert sum(start < 8 * HOUR for start in starts) == 8
    assert all(start >= 24 * HOUR for start in starts[8:])


def test_a_job_at_night_waits_for_the_morning_or_is_done_without_a_shift() -> None:
    made = side(job(1, at=20 * HOUR), job(2, at=40 * HOUR), job(3, at=40 * HOUR))
    made.give(1, 1, 20 * HOUR)
    assert given(made)[1][0] >= 24 * HOUR
    for number in (2, 3):
        made.settle(40 * HOUR)
        made.give(number, 1, 40 * HOUR)
    second, third = given(made)[2], given(made)[3]
    assert second[0] >= 40 * HOUR
    assert third[0] >= second[1], "nobody is in two places"


def test_what_came_before_stays_where_it_was() -> None:
    made = side(job(1, held=True, member=1, arrived=2 * HOUR), job(2))
    assert given(made)[1] == (2 * HOUR, 3 * HOUR)
    made.give(2, 1, 0)
    assert given(made)[1] == (2 * HOUR, 3 * HOUR)


STAYS = ((100, 1000, 900), (100, None, 3600), (None, None, 3600), (1000, 100, 3600), (0, 13 * HOUR, 3600))


def test_a_stay_that_was_none_is_as_planned() -> None:
    for arrived, left, seconds in STAYS:
        assert stay_of(arrived, left, 60) == seconds


def test_time_outside_of_shifts() -> None:
    for start, end, seconds in ((0, HOUR, 0), (7 * HOUR, 9 * HOUR, HOUR), (9 * HOUR, 10 * HOUR, HOUR)):
        assert outside(start, end, ANN.shifts) == seconds


def test_the_truth_begins_at_home_with_each_shift() -> None:
    jobs = [
        job(1, member=1, arrived=HOUR),
        job(2, member=1, arrived=3 * HOUR),
        job(3, member=1, arrived=25 * HOUR),
        job(4, member=1, arrived=45 * HOUR),
        job(5),
    ]
    visits = truth(jobs, {1: ANN}, [0, 24 * HOUR])
    assert [one.travel > 0 for one in visits] == [True, False, True, True]


def test_figures() -> None:
    """Two promises, one kept; the one without a visit is missed once its time is over; what came before counts only as
    load."""
    jobs = {
        1: job(1, due=2 * HOUR, member=1, arrived=HOUR),
        2: job(2, due=2 * HOUR),
        3: job(3, held=True, member=1, arrived=8 * HOUR),
    }
    assert judged_orders(jobs.values(), now=HOUR) == {1}
    due = judged_orders(jobs.values(), now=3 * HOUR)
    visits = [Done(1, 1, HOUR, 2 * HOUR, 600, 5.0), Done(3, 1, 8 * HOUR, 9 * HOUR, 0, 0.0)]
    found = figures(visits, jobs, {1: ANN, 2: Worker(2, "Bob")}, [1, 2], due, nobody=1)
    assert (found.visits, found.due, found.met, found.sla, found.left) == (1, 2, 1, 50.0, 1)
    assert (found.km, found.travel, found.overtime, found.reach) == (5.0, 10, 60, 60)
    assert (found.load, found.spread) == ({"1": 130, "2": 0}, 130)
    assert figures([], {}, {}, [], [], 0).sla is None


def test_a_period() -> None:
    day = date(2026, 11, 20)
    check_period(date(2026, 10, 21), day, day)
    with pytest.raises(Refusal, match="too_long"):
        check_period(date(2026, 10, 20), day, day)
