from functools import cache
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dispatch.planning.instance import read_instance
from core.dispatch.planning.solve import plan
from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import driven, faults, in_time, objective

DAYS = {
    "plain": {},
    "breaks": {"region": True, "breaks": True},
    "two windows": {"two_windows": 0.8, "breaks": True, "region": True},
    "oversubscribed": {"longer": 3.0},
    "open end, locks": {"open_end": True, "locked": 0.5},
    "mid-day": {"replan": True, "breaks": True, "longer": 2.0},
}


def best_by_enumeration(day):
    """The optimum of a tiny day: every order to every technician or to none, every set in every order of visit."""
    orders = day["orders"]

    @cache
    def cheapest(who, chosen):
        technician = day["technicians"][who]
        routes = ([orders[at] for at in way] for way in permutations(chosen))
        fits = [route for route in routes if not faults(day, {technician["id"]: [stop["id"] for stop in route]})]
        return min((driven(day, technician, route) for route in fits), default=None)

    best = None
    for choice in product(range(-1, len(day["technicians"])), repeat=len(orders)):
        parts = [
            cheapest(who, tuple(at for at, chosen in enumerate(choice) if chosen == who))
            for who in range(len(day["technicians"]))
        ]
        if None in parts:
            continue
        cost = sum(parts) + sum(orders[at]["drop_penalty"] for at, chosen in enumerate(choice) if chosen < 0)
        best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("seed", range(6))
def test_a_tiny_day_is_planned_as_well_as_can_be(kind, seed):
    day = make_day(seed, 5, 2, **DAYS[kind])
    found = plan(read_instance(day), 0, most=3_000)
    assert not faults(day, found.routes)
    assert found.objective == objective(day, found.routes) == best_by_enumeration(day)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**9),
    orders=st.integers(1, 40),
    technicians=st.integers(1, 12),
    region=st.booleans(),
    breaks=st.booleans(),
    replan=st.booleans(),
    open_end=st.booleans(),
    locked=st.sampled_from([0.0, 0.3, 1.0]),
    two_windows=st.sampled_from([0.0, 0.5, 1.0]),
    longer=st.sampled_from([0.0, 1.0, 4.0]),
)
def test_every_plan_can_be_driven_and_its_cost_is_true(seed, orders, technicians, **kind):
    day = make_day(seed, orders, technicians, **kind)
    found = plan(read_instance(day), 0, most=400)
    assert faults(day, found.routes) == []
    assert found.objective == objective(day, found.routes)
    assert found.dropped.keys() == {order["id"] for order in day["orders"]} - {
        name for route in found.routes.values() for name in route
    }


def test_the_same_seed_gives_the_same_plan():
    instance = read_instance(make_day(3, 40, 8, breaks=True))
    assert plan(instance, 0, 5, most=2_000) == plan(instance, 0, 5, most=2_000)
    assert plan(instance, 0, 5, most=2_000).routes != plan(instance, 0, 6, most=2_000).routes


def test_the_time_given_is_the_time_taken():
    import time

    instance = read_instance(make_day(4, 60, 12))
    plan(instance, 0)
    began = time.thread_time()
    plan(instance, 0.5)
    assert 0.5 <= time.thread_time() - began < 1.0


def test_more_time_is_never_worse_than_the_running_routes():
    day = make_day(5, 60, 12)
    before = plan(read_instance(day), 0, most=5_000)
    day["current_plan"] = {"routes": before.routes}
    assert plan(read_instance(day), 0).objective <= before.objective


def test_running_routes_are_taken_over_only_as_far_as_they_hold():
    day = make_day(6, 20, 4)
    everything = [order["id"] for order in day["orders"]]
    day["current_plan"] = {"t1": ["nobody", *everything], "t2": everything, "t99": everything}
    found = plan(read_instance(day), 0)
    assert not faults(day, found.routes)
    assert in_time(day, day["technicians"][0], [o for o in day["orders"] if o["id"] in found.routes["t1"]][:1])


def test_progress_only_gets_better():
    heard = []
    plan(read_instance(make_day(7, 50, 10)), 0, most=3_000, told=lambda elapsed, cost: heard.append(cost))
    assert heard == sorted(heard, reverse=True)
    assert heard[0] > heard[-1]


@pytest.mark.parametrize(("orders", "technicians"), [(0, 0), (0, 3), (3, 0)])
def test_a_day_without_orders_or_technicians_is_planned_too(orders, technicians):
    day = make_day(8, orders, technicians)
    found = plan(read_instance(day), 1)
    assert found.routes == {technician["id"]: () for technician in day["technicians"]}
    assert found.dropped == {order["id"]: "no_technicians" for order in day["orders"]}
