"""The least that a plan can cost, against trying all plans, and against itself when it remembers less."""

from itertools import permutations, product

import pytest

from benchmarks import least as measure
from benchmarks.least import least
from core.dispatch.planning.instance import read_instance
from core.dispatch.planning.solve import plan
from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import faults, objective

KINDS = [{}, {"breaks": True}, {"region": True}, {"two_windows": 0.5}, {"longer": 3.0}, {"locked": 0.4}]


def cheapest(day):
    """By trying each order with each technician, and with none, in every order of visit."""
    team, orders = [one["id"] for one in day["technicians"]], [one["id"] for one in day["orders"]]
    best = None
    for given in product([None, *team], repeat=len(orders)):
        shares = [[order for order, who in zip(orders, given, strict=True) if who == one] for one in team]
        for ways in product(*(list(permutations(share)) for share in shares)):
            routes = dict(zip(team, map(list, ways), strict=True))
            if not faults(day, routes):
                cost = objective(day, routes)
                best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_plan_of_a_small_day_costs_less_and_one_costs_that(kind, seed):
    day = make_day(seed, 5, 2, **kind)
    assert least(read_instance(day), 0.2).bound == pytest.approx(cheapest(day), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_remembers_to_begin_with_does_not_matter(kind, monkeypatch):
    monkeypatch.setattr(measure, "MOST_WHOLE", 0)
    instance = read_instance(make_day(3, 24, 5, **kind))
    monkeypatch.setattr(measure, "REMEMBERED", 1)
    few = least(instance, 0.3)
    monkeypatch.setattr(measure, "REMEMBERED", 24)
    assert few.bound == pytest.approx(least(instance, 0.3).bound, rel=2 * measure.NEAR_ENOUGH)


def test_without_room_to_write_all_routes_down_the_bound_is_a_bound(monkeypatch):
    monkeypatch.setattr(measure, "MOST_WHOLE", 10)
    instance = read_instance(make_day(2, 30, 7, breaks=True, longer=2.0))
    found = least(instance, 0.3)
    assert 0 < found.bound <= min(found.found, plan(instance, 1.0).objective)
    assert found.found < 1.2 * found.bound
