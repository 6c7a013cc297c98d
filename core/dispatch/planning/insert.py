"""An urgent order into routes that run: the cheapest place that moves nobody, else one that moves few.

Nobody is moved as long as every visit keeps its technician and starts inside its windows, if later than before. Where
there is no such place, a less important order makes room and takes the cheapest place elsewhere, perhaps by moving one
more in turn, or is put off when its penalty is the lesser evil. Only the travel that is looked at is ever computed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from core.dispatch.planning.instance import MOST_MOVED, Instance
from core.dispatch.planning.jit import kernel
from core.dispatch.planning.problem import NEVER, Ints, Problem, bare_problem, places_of
from core.dispatch.planning.timing import (
    LINK,
    PLACE,
    Routes,
    cheapest_place,
    insert_stop,
    no_routes,
    relabel,
    remove_stops,
)
from core.dispatch.planning.travel import Radians, Seconds, travel_seconds

WIDTH = 12


@dataclass(frozen=True, slots=True)
class Insertion:
    """`routes` are the changed ones, new, by technician. `moved` orders go to another technician or another place in
    the day, `put_off` ones to none: these customers are to be told. `cost`: extra travel and penalties, seconds."""

    technician: str
    routes: Mapping[str, tuple[str, ...]]
    moved: tuple[str, ...]
    put_off: tuple[str, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class _Way:
    """`seats`: (order, route, stop to come after), in the order in which they are taken; each next one has left the
    route by then. Route -1: put off."""

    cost: int
    seats: tuple[tuple[int, int, int], ...]


def insert_urgent(instance: Instance, order: str, most_moved: int = MOST_MOVED) -> Insertion | None:
    """`instance.current` are the running routes, `order` is not in them. None when even moving `most_moved` others
    makes no place that costs less than the order's penalty."""
    if not instance.technicians:
        return None
    desk = _Desk(instance, most_moved)
    way = desk.best_way(desk.number[order], most_moved, frozenset())
    return desk.insertion(way) if way and way.cost < desk.problem.penalty[desk.number[order]] else None


class _Desk:
    """The running routes as arrays; travel is filled in as it is needed."""

    def __init__(self, instance: Instance, most_moved: int) -> None:
        n, m = len(instance.orders), len(instance.technicians)
        self.instance = instance
        self.number = {order.id: at for at, order in enumerate(instance.orders)}
        self.places: Radians = places_of(instance)
        self.problem: Problem = bare_problem(instance, _matrix(len(self.places)))
        self.nowhere = np.zeros(len(self.places), np.bool_)
        self.nowhere[n + m : n + 2 * m] = [technician.end is None for technician in instance.technicians]
        self.known: set[int] = set()
        for store in range(n + 2 * m, len(self.places)):
            self._learn(store)
        runs = [
            [self.number[name] for name in instance.current.get(technician.id, ()) if name in self.number]
            for technician in instance.technicians
        ]
        self.routes: Routes = no_routes(self.problem, max(map(len, runs)) + most_moved + 1)
        self._take_over(runs)

    def _take_over(self, runs: list[list[int]]) -> None:
        """The routes as they run, and the travel between all stops of each: somebody may leave it."""
        self.routes.size[:] = [len(run) for run in runs]
        orders = np.array([order for run in runs for order in run], np.int32)
        pairs = np.empty((2, sum((len(run) + 2) * (len(run) + 3) // 2 for run in runs)), np.int32)
        seat(self.problem, self.routes, orders, pairs)
        self._measure(pairs[0], pairs[1])
        label_all(self.problem, self.routes)

    def _measure(self, a: Ints, b: Ints) -> None:
        seconds = travel_seconds(self.instance.travel, self.places[a], self.places[b])
        seconds[self.nowhere[a] | self.nowhere[b]] = 0
        self.problem.travel[a, b] = self.problem.travel[b, a] = seconds

    def _learn(self, place: int) -> None:
        """Travel between an order, or a store, and all other places."""
        if place not in self.known:
            everywhere = np.arange(len(self.places))
            self._measure(np.full_like(everywhere, place), everywhere)
            self.known.add(place)

    def best_way(self, order: int, most_moved: int, fixed: frozenset[int]) -> _Way | None:
        """To seat `order` without touching the `fixed` ones. Moving nobody comes before any price."""
        self._learn(order)
        extra, route, after = cheapest_of_all(self.problem, self.routes, order)
        if route >= 0:
            return _Way(extra, ((order, route, after),))
        ways = list(self._ways_by_moving(order, most_moved, fixed | {order})) if most_moved else []
        return min(ways, key=lambda way: way.cost, default=None)

    def _ways_by_moving(self, order: int, most_moved: int, fixed: frozenset[int]) -> Iterator[_Way]:
        rows = np.zeros((len(self.instance.orders), 4), np.int64)
        found = rooms(self.problem, self.routes, order, rows)
        for cost, route, at, after in rows[:found][np.argsort(rows[:found, 0], kind="stable")][:WIDTH].tolist():
            out = int(self.routes.stop[route, at, PLACE])
            if out in fixed:
                continue
            yield _Way(cost + int(self.problem.penalty[out]), ((order, route, after), (out, -1, at)))
            with self._exchanged(route, at, after, order):
                onward = self.best_way(out, most_moved - 1, fixed | {out})
            if onward:
                yield _Way(cost + onward.cost, ((order, route, after), *onward.seats))

    @contextmanager
    def _exchanged(self, route: int, at: int, after: int, order: int) -> Iterator[None]:
        """`order` behind stop `after` of the route without its stop `at`, for a while."""
        out = int(self.routes.stop[route, at, PLACE])
        remove_stops(self.problem, self.routes, route, at, 1)
        insert_stop(self.problem, self.routes, route, after, order)
        yield
        remove_stops(self.problem, self.routes, route, after + 1, 1)
        insert_stop(self.problem, self.routes, route, at - 1, out)

    def insertion(self, way: _Way) -> Insertion:
        changed: set[int] = set()
        for at, (order, route, after) in enumerate(way.seats):
            for out, _, _ in way.seats[at + 1 : at + 2]:
                stops = self.routes.stop[route, 1 : self.routes.size[route] + 1, PLACE].tolist()
                remove_stops(self.problem, self.routes, route, stops.index(out) + 1, 1)
            if route >= 0:
                insert_stop(self.problem, self.routes, route, after, order)
                changed.add(route)
        ids = [order.id for order in self.instance.orders]
        others = way.seats[1:]
        return Insertion(
            technician=self.instance.technicians[way.seats[0][1]].id,
            routes={
                self.instance.technicians[route].id: tuple(
                    ids[order] for order in self.routes.stop[route, 1 : self.routes.size[route] + 1, PLACE]
                )
                for route in sorted(changed)
            },
            moved=tuple(ids[order] for order, route, _ in others if route >= 0),
            put_off=tuple(ids[order] for order, route, _ in others if route < 0),
            cost=way.cost,
        )


_kept = np.empty(0, np.int32)


def _matrix(places: int) -> Seconds:
    """Room for the travel between all places. Its memory is that of the last question, whose travel is still in it:
    memory that is new costs more than the rest of an insertion, and nobody reads what was not measured."""
    global _kept
    if len(_kept) < places * places:
        _kept = np.empty(places * places * 5 // 4, np.int32)
    return _kept[: places * places].reshape(places, places)


@kernel
def seat(problem: Problem, routes: Routes, orders: Ints, pairs: Ints) -> None:
    """The stops of all routes out of their orders, one route's behind the other's, as many as the routes' sizes say;
    and every pair of stops of the same route."""
    m, n = problem.allowed.shape
    seen, filled = 0, 0
    for route in range(m):
        stop, size = routes.stop[route], routes.size[route]
        stop[0, PLACE] = n + route
        stop[size + 1, PLACE] = n + m + route
        for at in range(1, size + 1):
            order = orders[seen]
            stop[at, PLACE] = order
            routes.load[route] += problem.load[order]
            routes.route_of[order] = route
            seen += 1
        for one in range(size + 2):
            for other in range(one, size + 2):
                pairs[0, filled], pairs[1, filled] = stop[one, PLACE], stop[other, PLACE]
                filled += 1


@kernel
def label_all(problem: Problem, routes: Routes) -> None:
    for route in range(len(routes.size)):
        relabel(problem, routes, route)


@kernel
def cheapest_of_all(problem: Problem, routes: Routes, order: int) -> tuple[int, int, int]:
    """Extra travel, route, stop to come after; route -1 when it fits nowhere."""
    best, chosen, behind = NEVER, -1, -1
    for fit in range(problem.fit_at[order], problem.fit_at[order + 1]):
        route = int(problem.fits[fit])
        extra, after = cheapest_place(problem, routes, route, order)
        if extra < best:
            best, chosen, behind = extra, route, after
    return best, chosen, behind


@kernel
def rooms(problem: Problem, routes: Routes, order: int, rows: Ints) -> int:
    """Every stop of less worth that makes room for `order` by leaving: travel added, route, stop, and the stop of the
    shortened route to come after, one in a row. Returns their number."""
    found = 0
    for fit in range(problem.fit_at[order], problem.fit_at[order + 1]):
        route = int(problem.fits[fit])
        for at in range(1, routes.size[route] + 1):
            out = routes.stop[route, at, PLACE]
            if problem.penalty[out] >= problem.penalty[order]:
                continue
            before = length(routes, route)
            remove_stops(problem, routes, route, at, 1)
            relabel(problem, routes, route)
            extra, after = cheapest_place(problem, routes, route, order)
            if extra < NEVER:
                rows[found, 0], rows[found, 1] = length(routes, route) + extra - before, route
                rows[found, 2], rows[found, 3] = at, after
                found += 1
            insert_stop(problem, routes, route, at - 1, out)
    return found


@kernel
def length(routes: Routes, route: int) -> int:
    """Seconds of travel on a route."""
    total = 0
    for at in range(routes.size[route] + 1):
        total += routes.stop[route, at, LINK]
    return total
