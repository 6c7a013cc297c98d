"""The best plan of routes that were seen, against trying all of them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dispatch.planning import pool as kept
from core.dispatch.planning import solve
from core.dispatch.planning.instance import read_instance
from core.dispatch.planning.pool import MOST_KEPT, Pool
from core.dispatch.planning.problem import build_problem
from core.dispatch.planning.timing import empty_routes, insert_stop, most_stops
from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import faults, objective

ORDERS, TECHNICIANS = 6, 3
PROBLEM = build_problem(read_instance(make_day(1, ORDERS, TECHNICIANS)))

routes = st.lists(st.integers(0, ORDERS - 1), min_size=1, max_size=4, unique=True).map(tuple)
pools = st.lists(st.tuples(st.integers(0, TECHNICIANS - 1), routes, st.integers(1, 50)), max_size=12)


def pool_of(seen):
    pool = Pool(TECHNICIANS)
    for route, stops, cost in seen:
        pool._keep(route, stops, cost)
    return pool


def cost_of(problem, pool, plan):
    done = [order for stops in plan.values() for order in stops]
    assert len(done) == len(set(done)), "an order in two routes"
    left = set(range(ORDERS)) - set(done)
    return sum(pool.known[route, frozenset(stops)][0] for route, stops in plan.items()) + sum(
        int(problem.penalty[order]) for order in left
    )


def cheapest(problem, pool):
    """By trying every choice of a route, or of none, for each technician."""
    choices = [[None, *(key for key in pool.known if key[0] == route)] for route in range(TECHNICIANS)]
    found = []
    for choice in product(*choices):
        taken = {route: tuple(stops) for route, stops in filter(None, choice)}
        if sum(map(len, taken.values())) == len({order for stops in taken.values() for order in stops}):
            found.append(cost_of(problem, pool, taken))
    return min(found)


@settings(max_examples=80, deadline=None)
@given(seen=pools, penalties=st.lists(st.integers(0, 40), min_size=ORDERS, max_size=ORDERS))
def test_it_is_as_cheap_as_can_be(seen, penalties):
    problem = PROBLEM._replace(penalty=np.array(penalties, np.int64))
    pool = pool_of(seen)
    found = pool.best(problem, {}, 5.0)
    assert found is not None
    assert cost_of(problem, pool, found) == cheapest(problem, pool)


def test_without_time_it_is_what_it_began_with():
    pool = pool_of([(0, (0, 1), 30), (1, (2,), 5), (0, (0, 1, 2), 10)])
    problem = PROBLEM._replace(penalty=np.full(ORDERS, 100))
    found = pool.best(problem, {0: (0, 1), 1: (2,)}, 0.0)
    assert found is None or cost_of(problem, pool, found) <= 335


def test_of_one_set_of_orders_the_quickest_way_is_kept_and_the_oldest_routes_go():
    pool = pool_of([(0, (1, 0), 20), (0, (0, 1), 30), (1, (0, 1), 7)])
    assert pool.known == {(0, frozenset({0, 1})): (20, (1, 0)), (1, frozenset({0, 1})): (7, (0, 1))}
    pool = pool_of((0, (at,), 1) for at in range(MOST_KEPT + 3))
    assert [min(stops) for _, stops in pool.known] == list(range(3, MOST_KEPT + 3))


def test_only_what_changed_is_looked_at_again():
    standing = empty_routes(PROBLEM, most_stops(PROBLEM))
    order = int(np.nonzero(PROBLEM.allowed[0])[0][0])
    insert_stop(PROBLEM, standing, 0, 0, order)
    pool = Pool(TECHNICIANS)
    pool.add(standing)
    assert list(pool.known) == [(0, frozenset({order}))]
    pool.known.clear()
    pool.add(standing)
    assert not pool.known
    standing.version[0] += 100
    pool.add(standing)
    assert pool.known


@pytest.mark.parametrize(
    "kind",
    [{}, {"region": True, "breaks": True}, {"two_windows": 0.5, "locked": 0.2}, {"longer": 3.0}, {"replan": True}],
)
def test_a_plan_in_rounds_can_be_driven_and_its_cost_is_true(kind, monkeypatch, capfd):
    monkeypatch.setattr(solve, "LEAST_POOLED", 0.0)
    monkeypatch.setattr(solve, "LEAST_AN_ORDER", 0.0)
    day = make_day(5, 30, 8, **kind)
    found = solve.plan(read_instance(day), 0.6)
    assert capfd.readouterr().out == "", "who asked may read answers there"
    assert faults(day, found.routes) == []
    assert found.objective == objective(day, found.routes)


def test_a_plan_of_more_routes_than_are_kept_still_stands(monkeypatch):
    """Six thousand technicians: what the plan is made of may not be forgotten."""
    monkeypatch.setattr(kept, "MOST_KEPT", 3)
    monkeypatch.setattr(solve, "LEAST_POOLED", 0.0)
    monkeypatch.setattr(solve, "LEAST_AN_ORDER", 0.0)
    day = make_day(5, 30, 8)
    assert faults(day, solve.plan(read_instance(day), 0.3).routes) == []
