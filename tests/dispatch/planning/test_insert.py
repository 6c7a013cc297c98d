import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dispatch.planning import insert
from core.dispatch.planning.insert import insert_urgent
from core.dispatch.planning.instance import read_instance
from core.dispatch.planning.solve import plan
from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import driven, faults, objective


def day_under_way(seed, orders, technicians, **kind):
    """A planned day, and one urgent order of it that is not in the routes yet."""
    day = make_day(seed, orders, technicians, **kind)
    urgent = day["orders"][-1] | {"priority": "urgent", "drop_penalty": 86_400}
    rest = day | {"orders": day["orders"][:-1]}
    routes = {name: list(route) for name, route in plan(read_instance(rest), 0, most=1_500).routes.items()}
    return day | {"orders": [*rest["orders"], urgent], "current_plan": {"routes": routes}}, urgent["id"]


def cheapest_by_trial(day, urgent):
    """Extra travel of the best single place, by trying every one; None when there is none."""
    routes = day["current_plan"]["routes"]
    orders = {order["id"]: order for order in day["orders"]}
    best = None
    for technician in day["technicians"]:
        route = routes[technician["id"]]
        before = driven(day, technician, [orders[name] for name in route])
        for at in range(len(route) + 1):
            tried = [*route[:at], urgent, *route[at:]]
            if not faults(day, {technician["id"]: tried}):
                extra = driven(day, technician, [orders[name] for name in tried]) - before
                best = extra if best is None else min(best, extra)
    return best


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**9),
    orders=st.integers(2, 40),
    technicians=st.integers(1, 8),
    breaks=st.booleans(),
    open_end=st.booleans(),
    two_windows=st.sampled_from([0.0, 1.0]),
    longer=st.sampled_from([0.5, 1.0, 4.0]),
)
def test_the_cheapest_place_is_found_or_few_are_moved(seed, orders, technicians, **kind):
    day, urgent = day_under_way(seed, orders, technicians, **kind)
    before = day["current_plan"]["routes"]
    found = insert_urgent(read_instance(day), urgent)
    cheapest = cheapest_by_trial(day, urgent)
    if found is None:
        assert cheapest is None
        return
    after = {**before, **found.routes}
    assert faults(day, after) == []
    assert urgent in after[found.technician]
    assert len(found.moved) + len(found.put_off) <= 2
    assert objective(day, after) - objective(day, before) == found.cost - 86_400
    gone = {name for route in before.values() for name in route} - {name for route in after.values() for name in route}
    assert gone == set(found.put_off)
    if cheapest is not None:
        assert (found.cost, found.moved, found.put_off) == (cheapest, (), ())


@pytest.fixture(scope="module")
def full_days():
    return [day_under_way(seed, 40, 4, longer=2.0) for seed in range(12)]


def test_others_stay_where_they_are_unless_moved(full_days):
    moved = 0
    for day, urgent in full_days:
        found = insert_urgent(read_instance(day), urgent)
        if found is None:
            continue
        told = {urgent, *found.moved, *found.put_off}
        for name, route in found.routes.items():
            stay = [order for order in day["current_plan"]["routes"][name] if order not in told]
            assert [order for order in route if order not in told] == stay
        moved += bool(found.moved or found.put_off)
    assert moved


def test_nobody_is_moved_when_nobody_may_be(full_days):
    for day, urgent in full_days:
        found = insert_urgent(read_instance(day), urgent, most_moved=0)
        assert (found and found.cost) == cheapest_by_trial(day, urgent)


def test_an_order_of_less_worth_never_makes_others_give_way(full_days):
    for day, urgent in full_days:
        day["orders"][-1]["drop_penalty"] = 1
        assert insert_urgent(read_instance(day), urgent) is None


def test_what_the_last_question_left_behind_is_not_read(full_days):
    for day, urgent in full_days:
        instance = read_instance(day)
        found = insert_urgent(instance, urgent)
        insert._kept[:] = np.random.default_rng(1).integers(-10_000, 10_000, len(insert._kept), np.int32)
        assert insert_urgent(instance, urgent) == found


def test_without_technicians_there_is_no_place():
    day = make_day(1, 1, 0)
    assert insert_urgent(read_instance(day), "o1") is None


def test_a_thousand_orders_of_two_hundred_technicians_take_well_under_a_tenth_of_a_second():
    day, urgent = day_under_way(2, 1_000, 200)
    instance = read_instance(day)
    insert_urgent(instance, urgent)
    spent = []
    for _ in range(20):
        began = time.thread_time()
        insert_urgent(instance, urgent)
        spent.append(time.thread_time() - began)
    assert sorted(spent)[len(spent) // 2] < 0.1
