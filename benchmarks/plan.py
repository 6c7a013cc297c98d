"""The day planner against other engines and against the best plans known, in CPU seconds of one thread.

Own days, made from seeds: a thousand orders for two hundred technicians against VROOM's quickest run, smaller ones
against VROOM's most thorough one. VROOM comes with `pip install pyvroom`; without it, or without the files below, that
row is missing. `NARYAD_PLAN_SAMPLES` names a folder of days with `best.json` (objective and VROOM's best of each),
`NARYAD_SOLOMON` one with Solomon's C101, R101, RC201, R104 and RC208 as text files.
"""

import importlib.util
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.dispatch.planning.insert import insert_urgent
from core.dispatch.planning.instance import Instance, Order, Technician, Travel, read_instance
from core.dispatch.planning.problem import allowed_pairs, build_problem, travel_matrix
from core.dispatch.planning.solve import plan, warm_up
from tests.dispatch.planning.days import make_day
from tests.dispatch.planning.judge import objective

DAYS: list[dict[str, Any]] = [
    {"seed": 1, "orders": 20, "technicians": 5},
    {"seed": 2, "orders": 60, "technicians": 14, "region": True, "breaks": True},
    {"seed": 3, "orders": 80, "technicians": 25, "replan": True},
    {"seed": 6, "orders": 200, "technicians": 50, "two_windows": 0.3},
    {"seed": 7, "orders": 300, "technicians": 65, "locked": 0.1},
]
LARGE: dict[str, Any] = {"seed": 11, "orders": 1000, "technicians": 200}
# Distance alone, rounded down to tenths, as the exact methods have it.
SOLOMON = {"C101": 8273, "R101": 16377, "RC201": 12618, "R104": 9715, "RC208": 7761}
INSERTIONS = 200
Row = dict[str, Any]


def run() -> list[Row]:
    warm_up()
    return [*_samples(), *_against_vroom(), *_large(), *_solomon(), *_insertions()]


def _row(name: str, value: float, limit: float | None, unit: str = "ratio") -> Row:
    return {
        "name": f"plan: {name}",
        "value": value,
        "unit": unit,
        "limit": limit,
        "holds": None if limit is None else value <= limit,
    }


def mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def _samples() -> Iterator[Row]:
    folder = os.environ.get("NARYAD_PLAN_SAMPLES")
    if not folder:
        return
    best = json.loads((Path(folder) / "best.json").read_text())
    days = {name: read_instance(json.loads((Path(folder) / f"{name}.json").read_text())) for name in best}
    for seconds, limit in ((5, 1.02), (60, 1.005)):
        costs = {name: plan(day, seconds).objective for name, day in days.items()}
        ratios = [costs[name] / best[name]["objective"] for name in best]
        yield _row(f"samples in {seconds} s, mean over the best known", mean(ratios), limit)
        yield _row(f"samples in {seconds} s, worst over the best known", max(ratios), 1.08)
    yield _row("samples in 60 s, mean over VROOM's best", mean([costs[n] / best[n]["vroom_best"] for n in best]), 0.95)


def own_days() -> list[tuple[dict[str, Any], Instance]]:
    return [(day, read_instance(day)) for day in (make_day(**kind) for kind in DAYS)]


def _against_vroom() -> Iterator[Row]:
    if not importlib.util.find_spec("vroom"):
        return
    days = own_days()
    theirs = [objective(day, vroom_plan(instance, 5)[0]) for day, instance in days]
    for budget in (5, 60):
        ratios = [plan(days[n][1], budget).objective / theirs[n] for n in range(len(days))]
        yield _row(f"own days in {budget} s, mean over VROOM's most thorough", mean(ratios), 0.95)


def _large() -> Iterator[Row]:
    if not importlib.util.find_spec("vroom"):
        return
    day = make_day(**LARGE)
    instance = read_instance(day)
    routes, seconds = vroom_plan(instance, 0)
    theirs = objective(day, routes)
    yield _row("VROOM's quickest, 1000 orders", seconds, None, "CPU s")
    for budget, limit in ((5, 0.98), (30, 0.93)):
        yield _row(f"1000 orders in {budget} s over VROOM's quickest", plan(instance, budget).objective / theirs, limit)


def vroom_plan(instance: Instance, level: int) -> tuple[dict[str, list[str]], float]:
    """Routes, and CPU seconds. Who may do an order is told by one skill an order; penalties by priorities."""
    import vroom

    n, m = len(instance.orders), len(instance.technicians)
    allowed, given = allowed_pairs(instance.orders, instance.technicians), vroom.Input()
    given.set_durations_matrix("car", travel_matrix(instance).astype(np.uint32))
    for at, one in enumerate(instance.technicians):
        rest = one.rest and vroom.Break(1, [vroom.TimeWindow(*one.rest.window)], one.rest.duration)
        ends = {"end": n + m + at} if one.end else {}
        skills, shift = set((np.nonzero(allowed[at])[0] + 1).tolist()), vroom.TimeWindow(*one.shift)
        breaks = [rest] if rest else []
        given.add_vehicle(vroom.Vehicle(at, start=n + at, time_window=shift, skills=skills, breaks=breaks, **ends))
    for at, order in enumerate(instance.orders):
        windows, priority = [vroom.TimeWindow(*window) for window in order.windows], min(100, order.drop_penalty // 900)
        given.add_job(
            vroom.Job(at, at, default_service=order.duration, skills={at + 1}, priority=priority, time_windows=windows)
        )
    began = time.process_time()
    steps = given.solve(exploration_level=level, nb_threads=1).routes
    seconds = time.process_time() - began
    routes: dict[str, list[str]] = {one.id: [] for one in instance.technicians}
    for _, step in steps[steps["type"] == "job"].iterrows():
        routes[instance.technicians[int(step["vehicle_id"])].id].append(instance.orders[int(step["id"])].id)
    return routes, seconds


def _solomon() -> Iterator[Row]:
    folder = Path(os.environ.get("NARYAD_SOLOMON", ""))
    if not os.environ.get("NARYAD_SOLOMON"):
        return
    gaps = []
    for name, best in SOLOMON.items():
        instance, points = _read_solomon((folder / f"{name}.txt").read_text())
        tenths = np.floor(10 * np.hypot(*(points[:, None] - points).transpose(2, 0, 1))).astype(np.int32)
        gaps.append(plan(instance, 30, problem=build_problem(instance, tenths)).objective / best - 1)
        yield _row(f"Solomon {name} in 30 s over the best known", 100 * gaps[-1], None, "%")
    yield _row("Solomon, mean over the best known", 100 * sum(gaps) / len(gaps), 1.0, "%")


def _read_solomon(text: str) -> tuple[Instance, Any]:
    """Times in tenths; the first row is the depot. The points stand in the order of a problem's places."""
    rows = [[float(word) for word in line.split()] for line in text.splitlines() if _is_numbers(line)]
    (vehicles, capacity), (_, x, y, _, _, closes, _) = rows[0], rows[1]
    team = tuple(
        Technician(f"t{at}", (0, 0), (0, 0), (0, int(10 * closes)), capacity=int(capacity))
        for at in range(int(vehicles))
    )
    work = tuple(
        Order(
            f"o{int(number)}",
            (0, 0),
            int(10 * service),
            ((int(10 * ready), int(10 * due)),),
            drop_penalty=1_000_000,
            load=int(demand),
        )
        for number, _, _, demand, ready, due, service in rows[2:]
    )
    places = [[row[1], row[2]] for row in rows[2:]] + [[x, y]] * (2 * len(team))
    return Instance(Travel(1, 1), team, work, {}), np.array(places)


def _is_numbers(line: str) -> bool:
    words = line.split()
    return len(words) in (2, 7) and all(word.replace(".", "", 1).isdigit() for word in words)


def _insertions() -> Iterator[Row]:
    """Every time another order of the large day is the urgent one, and is taken out of the routes first."""
    day = make_day(**LARGE)
    routes = plan(read_instance(day), 5).routes
    urgent = [order["id"] for order in day["orders"]][:INSERTIONS]
    spent, told = [], 0
    for name in urgent:
        running = {who: [order for order in route if order != name] for who, route in routes.items()}
        instance = read_instance(day | {"current_plan": running})
        spent.append(_cpu(lambda instance=instance, name=name: insert_urgent(instance, name)))  # type: ignore[misc]
        found = insert_urgent(instance, name)
        told = max(told, len(found.moved) + len(found.put_off) if found else 0)
    yield _row("an urgent order into 1000, 99th of 100", 1000 * sorted(spent)[int(0.99 * len(spent))], 100, "CPU ms")
    yield _row("customers moved by an urgent order, most", told, 2, "customers")


def _cpu(act: Callable[[], object]) -> float:
    began = time.thread_time()
    act()
    return time.thread_time() - began


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201
