import copy

import pytest

from core.dispatch.planning.instance import InstanceError, read_instance
from core.dispatch.planning.solve import plan
from tests.dispatch.planning.days import make_day


def changed(path, value):
    """A small good day with one thing in it replaced, or taken out when the value is `...`."""
    day = copy.deepcopy(make_day(1, 3, 2, breaks=True))
    *way, last = path
    target = day
    for step in way:
        target = target[step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return day


ORDER, TECHNICIAN = ("orders", 0), ("technicians", 0)

BAD = [
    (("orders",), ..., "missing", "orders"),
    (("technicians",), None, "not_list", "technicians"),
    (("travel",), ..., "missing", "travel"),
    (("travel",), [], "not_object", "travel"),
    (("travel", "model"), "crow", "unknown_model", "travel.model"),
    (("travel", "speed_kmh"), 0, "not_positive", "travel.speed_kmh"),
    (("travel", "speed_kmh"), "28", "not_number", "travel.speed_kmh"),
    (("travel", "detour_factor"), float("nan"), "not_number", "travel.detour_factor"),
    (("travel", "stop_overhead_s"), -1, "not_positive", "travel.stop_overhead_s"),
    (ORDER, 7, "not_object", "orders[0]"),
    ((*ORDER, "id"), "", "not_id", "orders[0].id"),
    ((*ORDER, "id"), "o2", "duplicate", "orders"),
    ((*ORDER, "location"), [55.7], "not_point", "orders[0].location"),
    ((*ORDER, "location"), [95.0, 37.6], "not_point", "orders[0].location"),
    ((*ORDER, "location"), [float("nan"), 37.6], "not_point", "orders[0].location"),
    ((*ORDER, "location"), None, "not_point", "orders[0].location"),
    ((*ORDER, "duration"), -60, "out_of_range", "orders[0].duration"),
    ((*ORDER, "duration"), 60.5, "not_whole", "orders[0].duration"),
    ((*ORDER, "duration"), True, "not_whole", "orders[0].duration"),
    ((*ORDER, "duration"), float("inf"), "not_whole", "orders[0].duration"),
    ((*ORDER, "duration"), 10**30, "out_of_range", "orders[0].duration"),
    ((*ORDER, "windows"), [], "no_windows", "orders[0].windows"),
    ((*ORDER, "windows"), [[36_000, 28_800]], "reversed", "orders[0].windows"),
    ((*ORDER, "windows"), [[36_000]], "not_window", "orders[0].windows"),
    ((*ORDER, "windows"), [36_000, 39_600], "not_window", "orders[0].windows"),
    ((*ORDER, "skills"), "hvac", "not_list", "orders[0].skills"),
    ((*ORDER, "skills"), [1], "not_words", "orders[0].skills"),
    ((*ORDER, "priority"), "soon", "unknown_priority", "orders[0].priority"),
    ((*ORDER, "priority"), ["low"], "unknown_priority", "orders[0].priority"),
    ((*ORDER, "drop_penalty"), -1, "out_of_range", "orders[0].drop_penalty"),
    ((*ORDER, "technician"), 5, "not_id", "orders[0].technician"),
    ((*TECHNICIAN, "id"), "t2", "duplicate", "technicians"),
    ((*TECHNICIAN, "start"), ..., "missing", "technicians[0].start"),
    ((*TECHNICIAN, "shift"), [64_800, 28_800], "reversed", "technicians[0].shift"),
    ((*TECHNICIAN, "break", "window"), [5, 1], "reversed", "technicians[0].break.window"),
    ((*TECHNICIAN, "break", "duration"), ..., "missing", "technicians[0].break.duration"),
    (("current_plan",), [], "not_plan", "current_plan"),
    (("current_plan",), {"t1": "o1"}, "not_plan", "current_plan"),
]


@pytest.mark.parametrize(("path", "value", "code", "where"), BAD)
def test_what_is_malformed_is_refused_and_named(path, value, code, where):
    with pytest.raises(InstanceError) as caught:
        read_instance(changed(path, value))
    assert (caught.value.code, caught.value.where) == (code, where)


@pytest.mark.parametrize("raw", [None, [], "day", 5])
def test_a_day_is_an_object(raw):
    with pytest.raises(InstanceError) as caught:
        read_instance(raw)
    assert caught.value.code == "not_object"


def test_fields_that_nobody_reads_are_named():
    day = make_day(1, 1, 1) | {"weather": "rain"}
    day["orders"][0]["colour"] = "red"
    assert set(read_instance(day).strange) == {"weather", "orders[0].colour"}


def test_windows_are_sorted_and_those_that_touch_are_one():
    day = changed((*ORDER, "windows"), [[50_000, 60_000], [30_000, 36_000], [36_000, 40_000], [31_000, 32_000]])
    assert read_instance(day).orders[0].windows == ((30_000, 40_000), (50_000, 60_000))


def test_what_may_be_left_out_has_the_usual_value():
    day = make_day(1, 1, 1)
    for name in ("priority", "drop_penalty", "technician", "skills"):
        del day["orders"][0][name]
    del day["technicians"][0]["end"]
    instance = read_instance(day)
    assert (instance.orders[0].priority, instance.orders[0].drop_penalty) == ("normal", 14_400)
    assert instance.technicians[0].end is None


WHY = [
    ({"technician": "t99"}, "unknown_technician"),
    ({"technician": "t1", "skills": ["ropes"]}, "lock_without_skills"),
    ({"skills": ["ropes"]}, "skills"),
    ({"windows": [[0, 3_600]], "skills": []}, "past"),
    ({"windows": [[75_000, 90_000]], "duration": 36_000, "skills": []}, "windows"),
    ({"drop_penalty": 0, "skills": []}, "no_room"),
]


@pytest.mark.parametrize(("fields", "reason"), WHY)
def test_what_cannot_be_planned_is_left_out_with_its_reason(fields, reason):
    day = make_day(2, 8, 3)
    day["orders"][4] |= fields
    found = plan(read_instance(day), 0, most=200)
    assert found.dropped["o5"] == reason
    assert sum(map(len, found.routes.values())) == 8 - len(found.dropped)
