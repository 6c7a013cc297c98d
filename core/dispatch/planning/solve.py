"""The engine's door: a plan for one day in a given number of CPU seconds."""

import math
import time
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.dispatch.planning.instance import Break, Instance, Order, Pickups, Technician, Travel
from core.dispatch.planning.pool import Pool
from core.dispatch.planning.problem import Problem, build_problem
from core.dispatch.planning.reasons import why_dropped
from core.dispatch.planning.search import ABSENT, BEST, Search, anneal, best_of, go_to, mean_size, new_search
from core.dispatch.planning.timing import (
    LINK,
    Routes,
    empty_routes,
    fits_between,
    insert_stop,
    most_stops,
    ways_between,
)

REMOVED = 10.0
CROWDED = 0.08
HEATS = {False: (1.0, 0.003), True: (4.0, 0.02)}
CHUNK_SECONDS = 0.015
FIRST_CHUNK = 20
FIRST_STEP = 10
LEAST_POOLED, LEAST_AN_ORDER, LONG_ROUTES = 4.0, 0.05, 9.0
"""In less CPU seconds, or less of them an order, or where technicians have more stops in the mean, one cooling is
better: the longer routes are, the fewer of them fit together."""
ROUNDS = ((0.0, 0.30, 0.36), (0.4, 0.52, 0.58), (0.4, 0.73, 0.79), (0.4, 0.90, 0.95))
"""From how cool each begins (0: hot, 1: cold), at which share of the time it is cold, and until which a plan of the
routes that were seen is chosen."""

Told = Callable[[float, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`routes`: ids of orders by id of technician, in order of visit. `dropped`: the orders in none of them, and why
    (`reasons.REASONS`). `travel`, with the time at stores, and `penalty` are seconds; the objective is their sum."""

    routes: Mapping[str, tuple[str, ...]]
    dropped: Mapping[str, str]
    travel: int
    penalty: int

    @property
    def objective(self) -> int:
        return self.travel + self.penalty


def plan(
    instance: Instance,
    seconds: float,
    seed: int = 1,
    *,
    problem: Problem | None = None,
    most: int | None = None,
    told: Told | None = None,
) -> Plan:
    """`seconds` are CPU seconds of this thread; `told(elapsed, objective)` hears of progress. With `most` iterations
    instead, the same seed gives the same plan. `problem` stands in for the instance's travel model."""
    clock = _Clock(seconds, most)
    problem = build_problem(instance) if problem is None else problem
    routes = empty_routes(problem, most_stops(problem))
    _take_over(instance, problem, routes)
    search = new_search(problem, routes, seed)
    if instance.orders and instance.technicians:
        anneal(problem, routes, search, 1 + len(instance.orders) // FIRST_STEP, 0.0, 1.0)
        _improve(problem, routes, search, clock, told)
    return _as_plan(instance, problem, search)


def warm_up() -> None:
    """Compile all kernels, or read them from the disk."""
    rest = Break(600, (4_000, 8_000))
    team = tuple(Technician(str(at), (0.0, 0.0), None, (0, 36_000), rest=rest if at else None) for at in range(2))
    work = tuple(Order(str(at), (0.0, at / 100), 600, ((0, 9_000), (10_000, 36_000))) for at in range(4))
    fetch = Pickups(((0.0, 0.02),), (((0, 0),),), array("h", [-1, 0, -1, -1, 0, -1, -1, -1]), 600)
    plan(Instance(Travel(1.4, 30.0), team, work, {"0": ("1",)}, pickups=fetch), 0.0)


class _Clock:
    """How much of the time, or of the iterations, is gone."""

    def __init__(self, seconds: float, most: int | None) -> None:
        self.began = time.thread_time()
        self.seconds = seconds
        self.most = most
        self.done = 0

    @property
    def elapsed(self) -> float:
        return time.thread_time() - self.began

    @property
    def share(self) -> float:
        """1 at the end."""
        if self.most is not None:
            return self.done / self.most if self.most else 1.0
        return self.elapsed / self.seconds if self.seconds > 0 else 1.0


def _take_over(instance: Instance, problem: Problem, routes: Routes) -> None:
    """Begin with the routes that run now, as far as they still fit."""
    orders = {order.id: at for at, order in enumerate(instance.orders)}
    for route, technician in enumerate(instance.technicians):
        for name in instance.current.get(technician.id, ()):
            order = orders.get(name, -1)
            if order < 0 or routes.route_of[order] >= 0 or not problem.allowed[route, order]:
                continue
            last = routes.size[route]
            to, on = ways_between(problem, routes, route, last, order)
            if fits_between(problem, routes, route, last, order, to, on):
                insert_stop(problem, routes, route, last, order)


def _improve(problem: Problem, routes: Routes, search: Search, clock: _Clock, told: Told | None) -> None:
    """Cool down, and when there is time put together the best of what was seen, warm up a little and cool down again.
    Where many orders find no room at first, it is hotter: what matters then is which are served, and these choices are
    far apart."""
    leg = _mean_leg(routes)
    hot, cold = (leg * heat for heat in HEATS[bool(search.tally[ABSENT] > CROWDED * len(routes.route_of))])
    if clock.most is not None or clock.seconds < _least_pooled(routes):
        _cool(problem, routes, search, clock, (hot, cold, 1.0), None, told)
        return
    pool = Pool(len(routes.size))
    for warmth, until, chosen in ROUNDS:
        _cool(problem, routes, search, clock, (hot * (cold / hot) ** warmth, cold, until), pool, told)
        go_to(problem, routes, search, best_of(search))
        pool.add(routes)
        found = pool.best(problem, best_of(search), max(0.05, (chosen - clock.share) * clock.seconds))
        if found is not None:
            go_to(problem, routes, search, found)


def _least_pooled(routes: Routes) -> float:
    """From how many seconds on rounds are worth it."""
    return max(LEAST_POOLED, LEAST_AN_ORDER * len(routes.route_of)) if mean_size(routes) <= LONG_ROUTES else math.inf


def _cool(
    problem: Problem,
    routes: Routes,
    search: Search,
    clock: _Clock,
    heats: tuple[float, float, float],
    pool: Pool | None,
    told: Told | None,
) -> None:
    """`heats`: at the beginning, at the end, and at which share of the time that is. How many iterations fit between
    two looks at the clock is measured."""
    hot, cold, until = heats
    begin, chunk = clock.share, FIRST_CHUNK
    while (share := clock.share) < until:
        before = clock.elapsed
        if clock.most is not None:
            chunk = min(max(1, clock.most // 100), clock.most - clock.done)
        heat = hot * (cold / hot) ** ((share - begin) / (until - begin))
        anneal(problem, routes, search, chunk, heat, REMOVED)
        clock.done += chunk
        chunk = max(1, int(chunk * min(2.0, CHUNK_SECONDS / max(1e-6, clock.elapsed - before))))
        if pool is not None:
            pool.add(routes)
        if told:
            told(clock.elapsed, int(search.tally[BEST]))


def _mean_leg(routes: Routes) -> float:
    used = [routes.stop[route, : size + 1, LINK] for route, size in enumerate(routes.size) if size]
    return max(1.0, float(np.concatenate(used).mean())) if used else 1.0


def _as_plan(instance: Instance, problem: Problem, search: Search) -> Plan:
    orders = instance.orders
    routes = {
        technician.id: tuple(orders[at].id for at in search.best_place[route, 1 : search.best_size[route] + 1])
        for route, technician in enumerate(instance.technicians)
    }
    done = {order for route in routes.values() for order in route}
    unused = empty_routes(problem, 1)
    dropped = {
        order.id: why_dropped(instance, problem, unused, at) for at, order in enumerate(orders) if order.id not in done
    }
    penalty = sum(order.drop_penalty for order in orders if order.id in dropped)
    return Plan(routes, dropped, int(search.tally[BEST]) - penalty, penalty)
