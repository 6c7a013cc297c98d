"""Stops at a store in the engine: never late, never free of charge, and the van that has the part goes."""

import random
from array import array
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dispatch.planning.insert import insert_urgent
from core.dispatch.planning.instance import Pickups, read_instance
from core.dispatch.planning.solve import plan
from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import driven, faults, legs, objective
from tests.dispatch.planning.test_engine import best_by_enumeration
from tests.dispatch.planning.test_insert import cheapest_by_trial


def with_stores(day, seed, share):
    """Some orders need what some vans have not got, of one of two kits; stores are where orders are, or aside."""
    draw = random.Random(seed)
    places = [[round(55.75 + draw.uniform(-0.2, 0.2), 5), round(37.62 + draw.uniform(-0.3, 0.3), 5)] for _ in range(3)]
    lacks = {
        one["id"]: {order["id"]: draw.randrange(2) for order in day["orders"] if draw.random() < share}
        for one in day["technicians"]
    }
    kits = [[[0, 0], [1, 0]], [[1, 1800], [2, 0]]]
    return day | {"pickups": {"stores": places, "kits": kits, "lacks": lacks, "seconds": 900}}


def read(day):
    told = day["pickups"]
    numbers = array("h")
    for one in day["technicians"]:
        numbers.extend(told["lacks"][one["id"]].get(order["id"], -1) for order in day["orders"])
    kits = tuple(tuple(tuple(choice) for choice in kit) for kit in told["kits"])
    found = Pickups(tuple(tuple(place) for place in told["stores"]), kits, numbers, told["seconds"])
    return replace(read_instance({name: part for name, part in day.items() if name != "pickups"}), pickups=found)


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_tiny_day_is_planned_as_well_as_can_be(seed, share):
    day = with_stores(make_day(seed, 5, 2), seed, share)
    found = plan(read(day), 0, most=3_000)
    assert not faults(day, found.routes)
    assert found.objective == objective(day, found.routes) == best_by_enumeration(day)


days = st.fixed_dictionaries(
    {
        "breaks": st.booleans(),
        "open_end": st.booleans(),
        "replan": st.booleans(),
        "two_windows": st.sampled_from([0.0, 1.0]),
        "longer": st.sampled_from([0.5, 1.0, 4.0]),
    }
)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**9),
    orders=st.integers(1, 30),
    technicians=st.integers(1, 8),
    share=st.sampled_from([0.1, 0.5, 1.0]),
    kind=days,
)
def test_every_plan_can_be_driven_and_its_cost_is_true(seed, orders, technicians, share, kind):
    day = with_stores(make_day(seed, orders, technicians, **kind), seed, share)
    found = plan(read(day), 0, most=400)
    assert faults(day, found.routes) == []
    assert found.objective == objective(day, found.routes)
    again = plan(replace(read(day), current=found.routes), 0, most=0)
    assert again.objective <= found.objective


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9), orders=st.integers(2, 25), share=st.sampled_from([0.2, 0.6]), kind=days)
def test_an_urgent_order_pays_its_way_by_the_store(seed, orders, share, kind):
    """Where it lacks nothing its price is the least of all places; else it is never below it, and always the true
    one of the place that was chosen."""
    day = with_stores(make_day(seed, orders, 4, **kind), seed, share)
    urgent = day["orders"][-1] | {"priority": "urgent", "drop_penalty": 86_400}
    rest = day | {"orders": day["orders"][:-1]}
    routes = {name: list(route) for name, route in plan(read(rest), 0, most=800).routes.items()}
    day = day | {"orders": [*rest["orders"], urgent], "current_plan": {"routes": routes}}
    found = insert_urgent(read(day), urgent["id"])
    cheapest = cheapest_by_trial(day, urgent["id"])
    if found is None:
        return
    after = {**routes, **found.routes}
    assert faults(day, after) == []
    assert found.cost == objective(day, after) - objective(rest, routes)
    if not found.moved and not found.put_off:
        assert cheapest is not None
        assert found.cost >= cheapest


def test_whose_van_has_the_part_is_sent():
    """Two technicians at one door: the one who lacks the part would drive by the store."""
    team = [
        {"id": name, "start": [55.75, 37.62], "end": None, "skills": [], "shift": [0, 36_000]}
        for name in ("has", "not")
    ]
    work = [{"id": "o", "location": [55.80, 37.62], "duration": 600, "windows": [[0, 36_000]], "skills": []}]
    work = [one | {"priority": "normal", "drop_penalty": 14_400, "technician": None} for one in work]
    travel = {"model": "haversine", "detour_factor": 1.3, "speed_kmh": 30, "stop_overhead_s": 180}
    stores = {"stores": [[55.77, 37.70]], "kits": [[[0, 0]]], "seconds": 900, "lacks": {"has": {}, "not": {"o": 0}}}
    day = {"travel": travel, "technicians": team, "orders": work, "pickups": stores}
    assert plan(read(day), 0, most=200).routes == {"has": ("o",), "not": ()}
    found = insert_urgent(read(day), "o")
    assert found is not None
    assert found.technician == "has"
    alone = day | {"technicians": team[1:]}
    assert plan(read(alone), 0, most=200).travel == driven(day, team[1], work)
    assert legs(day, team[1], work)[0] > legs(day, team[0], work)[0] + 900
