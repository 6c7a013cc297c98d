"""Feasibility in constant time: forward and backward labels of a route, with several windows, waiting and a break.

A technician with a break is at each place in one of two states, break still to come or break done, and each state has
its earliest departure and its latest arrival. Earlier is never worse, so these four numbers decide every insertion
exactly (forward time slack, Savelsbergh 1992, for two states).

Where something must be fetched, the link to the first order that lacks a kit leads by a store, its stay included. That
stop may move when an order comes or goes. An insertion never makes a route infeasible; a removal may.
"""

from typing import NamedTuple

import numpy as np

from core.dispatch.planning.jit import kernel
from core.dispatch.planning.problem import NEVER, Ints, Problem

PLACE, LINK, OUT_DONE, OUT_OPEN, BY_DONE, BY_OPEN = range(6)
COLUMNS = 6


class Routes(NamedTuple):
    """`stop` [m, most+2, 6]: place; travel to the next; earliest departure with the break done, and with the break
    still to come; latest arrival, likewise. Stop 0 is the start, stop size+1 the end. An empty route's link is 0:
    nobody drives. `version` [m] changes with the route; `route_of` [n] is -1 for absent orders. `fetch` [m]: the stop
    before which the store comes; 0: none does."""

    stop: Ints
    size: Ints
    load: Ints
    version: Ints
    route_of: Ints
    fetch: Ints


def most_stops(problem: Problem) -> int:
    """More orders than this are in no feasible route: their services alone outlast every shift."""
    longest = max(problem.shift_to - problem.shift_from, default=0)
    return int(np.count_nonzero(np.sort(problem.duration).cumsum(dtype=np.int64) <= longest))


def no_routes(problem: Problem, most: int) -> Routes:
    """Room for `most` orders on each route; the stops are still to be set."""
    m, n = problem.allowed.shape
    return Routes(
        stop=np.zeros((m, most + 2, COLUMNS), np.int32),
        size=np.zeros(m, np.int32),
        load=np.zeros(m, np.int32),
        version=np.arange(m, dtype=np.int64),
        route_of=np.full(n, -1, np.int32),
        fetch=np.zeros(m, np.int32),
    )


def empty_routes(problem: Problem, most: int) -> Routes:
    """Routes with room for `most` orders each."""
    m, n = problem.allowed.shape
    routes = no_routes(problem, most)
    for route in range(m):
        routes.stop[route, 0, PLACE] = n + route
        routes.stop[route, 1, PLACE] = n + m + route
        relabel(problem, routes, route)
    return routes


@kernel
def start_of_service(problem: Problem, order: int, arrival: int) -> int:
    """Waits for the first window that is still open; NEVER when none is."""
    for window in range(problem.window_at[order], problem.window_at[order + 1]):
        if arrival <= problem.window_to[window]:
            return max(arrival, int(problem.window_from[window]))
    return NEVER


@kernel
def latest_arrival(problem: Problem, order: int, start: int) -> int:
    """To begin no later than `start`; -NEVER when no window opens by then."""
    latest = -NEVER
    for window in range(problem.window_at[order], problem.window_at[order + 1]):
        if problem.window_from[window] <= start:
            latest = min(start, int(problem.window_to[window]))
    return latest


@kernel
def arrival_done(problem: Problem, route: int, done: int, open_: int, link: int) -> int:
    """Earliest arrival with the break behind: it was done before, or is taken on this drive."""
    arrival = done + link
    if open_ < NEVER and max(open_, int(problem.rest_from[route])) <= problem.rest_to[route]:
        arrival = min(arrival, max(open_ + link, int(problem.rest_from[route])) + int(problem.rest[route]))
    return arrival


@kernel
def by_store(problem: Problem, kit: int, before: int, after: int) -> int:
    """Seconds from a place to another by the store that costs least, the stay there included."""
    least, seconds = NEVER, 0
    for at in range(problem.kit_at[kit], problem.kit_at[kit + 1]):
        store = problem.kit_store[at]
        way = problem.travel[before, store] + problem.travel[store, after]
        if way + problem.kit_extra[at] < least:
            least, seconds = way + problem.kit_extra[at], way
    return int(seconds + problem.stay[0])


@kernel
def link_fetching(problem: Problem, routes: Routes, route: int) -> None:
    """The store comes on the way to the first stop that lacks a kit."""
    routes.fetch[route] = 0
    if len(problem.kit_store) == 0:
        return
    stop = routes.stop[route]
    for at in range(1, routes.size[route] + 1):
        kit = problem.lacks[stop[at, PLACE], route]
        if kit >= 0:
            stop[at - 1, LINK] = by_store(problem, kit, stop[at - 1, PLACE], stop[at, PLACE])
            routes.fetch[route] = at
            return


@kernel
def relabel(problem: Problem, routes: Routes, route: int) -> None:
    """All labels of a route, after its stops have changed."""
    stop, size = routes.stop[route], routes.size[route]
    for at in range(size + 1):
        stop[at, LINK] = problem.travel[stop[at, PLACE], stop[at + 1, PLACE]]
    if size == 0:
        stop[0, LINK] = 0
    link_fetching(problem, routes, route)
    _label_forward(problem, routes, route)
    _label_backward(problem, routes, route)


@kernel
def _label_forward(problem: Problem, routes: Routes, route: int) -> None:
    stop, size = routes.stop[route], routes.size[route]
    rests = problem.rest[route] >= 0
    stop[0, OUT_DONE] = NEVER if rests else problem.shift_from[route]
    stop[0, OUT_OPEN] = problem.shift_from[route] if rests else NEVER
    for at in range(1, size + 1):
        order, link = stop[at, PLACE], stop[at - 1, LINK]
        done, open_ = stop[at - 1, OUT_DONE], stop[at - 1, OUT_OPEN]
        begin = start_of_service(problem, order, arrival_done(problem, route, done, open_, link))
        stop[at, OUT_DONE] = min(NEVER, begin + problem.duration[order])
        begin = start_of_service(problem, order, open_ + link) if open_ < NEVER else NEVER
        stop[at, OUT_OPEN] = min(NEVER, begin + problem.duration[order])


@kernel
def _label_backward(problem: Problem, routes: Routes, route: int) -> None:
    stop, size = routes.stop[route], routes.size[route]
    stop[size + 1, BY_DONE] = problem.shift_to[route]
    stop[size + 1, BY_OPEN] = -NEVER
    for at in range(size, 0, -1):
        order, link = stop[at, PLACE], stop[at, LINK]
        done, open_ = stop[at + 1, BY_DONE], stop[at + 1, BY_OPEN]
        leave = done - link
        stop[at, BY_DONE] = latest_arrival(problem, order, leave - problem.duration[order])
        leave = open_ - link
        rest = problem.rest[route]
        if rest >= 0 and problem.rest_from[route] + rest <= done:
            leave = max(leave, min(problem.rest_to[route], done - link - rest))
        stop[at, BY_OPEN] = latest_arrival(problem, order, leave - problem.duration[order])


@kernel
def fits_between(problem: Problem, routes: Routes, route: int, at: int, order: int, to: int, on: int) -> bool:
    """Whether `order` can be served after stop `at`, `to` seconds from it and `on` seconds before the next stop."""
    stop = routes.stop[route]
    long = problem.duration[order]
    if problem.rest[route] < 0:
        begin = start_of_service(problem, order, stop[at, OUT_DONE] + to)
        return bool(begin + long + on <= stop[at + 1, BY_DONE])
    done, open_ = stop[at, OUT_DONE], stop[at, OUT_OPEN]
    begin = start_of_service(problem, order, arrival_done(problem, route, done, open_, to))
    done = begin + long
    begin = start_of_service(problem, order, open_ + to) if open_ < NEVER else NEVER
    open_ = min(NEVER, begin + long)
    if open_ < NEVER and open_ + on <= stop[at + 1, BY_OPEN]:
        return True
    return bool(arrival_done(problem, route, done, open_, on) <= stop[at + 1, BY_DONE])


@kernel
def cheapest_place(problem: Problem, routes: Routes, route: int, order: int) -> tuple[int, int]:
    """Extra travel and the stop to come after; NEVER when it fits nowhere."""
    best, after = NEVER, -1
    if routes.load[route] + problem.load[order] > problem.capacity[route]:
        return best, after
    if len(problem.kit_store) > 0 and (routes.fetch[route] > 0 or problem.lacks[order, route] >= 0):
        return cheapest_fetching(problem, routes, route, order)
    stop, away = routes.stop[route], problem.travel[order]
    last = problem.window_to[problem.window_at[order + 1] - 1]
    for at in range(routes.size[route] + 1):
        to = away[stop[at, PLACE]]
        if min(stop[at, OUT_DONE], stop[at, OUT_OPEN]) > last:
            break
        on = away[stop[at + 1, PLACE]]
        extra = to + on - stop[at, LINK]
        if extra < best and fits_between(problem, routes, route, at, order, to, on):
            best, after = extra, at
    return best, after


@kernel
def cheapest_fetching(problem: Problem, routes: Routes, route: int, order: int) -> tuple[int, int]:
    """As `cheapest_place`, where the order or somebody on the route lacks a kit. An order that lacks one and comes
    before the stop at a store takes that stop over; what this saves later counts for the price, not for the times."""
    best, after = NEVER, -1
    stop = routes.stop[route]
    last = problem.window_to[problem.window_at[order + 1] - 1]
    for at in range(routes.size[route] + 1):
        if min(stop[at, OUT_DONE], stop[at, OUT_OPEN]) > last:
            break
        to, on = ways_between(problem, routes, route, at, order)
        extra = to + on - stop[at, LINK] - saved_by(problem, routes, route, at, order)
        if extra < best and fits_between(problem, routes, route, at, order, to, on):
            best, after = extra, at
    return best, after


@kernel
def ways_between(problem: Problem, routes: Routes, route: int, at: int, order: int) -> tuple[int, int]:
    """Seconds from stop `at` to an order behind it, and from there to the next stop."""
    stop = routes.stop[route]
    before, behind = stop[at, PLACE], stop[at + 1, PLACE]
    to, on = problem.travel[order, before], problem.travel[order, behind]
    if len(problem.kit_store) == 0:
        return int(to), int(on)
    kit, fetch = problem.lacks[order, route], routes.fetch[route]
    if kit >= 0 and (fetch == 0 or at < fetch):
        return by_store(problem, kit, before, order), int(on)
    if fetch == at + 1:
        return int(to), by_store(problem, problem.lacks[behind, route], order, behind)
    return int(to), int(on)


@kernel
def saved_by(problem: Problem, routes: Routes, route: int, at: int, order: int) -> int:
    """Seconds that the later stop at a store took, which an order behind stop `at` takes over."""
    fetch, stop = routes.fetch[route], routes.stop[route]
    if problem.lacks[order, route] < 0 or at + 1 >= fetch:
        return 0
    return int(stop[fetch - 1, LINK] - problem.travel[stop[fetch - 1, PLACE], stop[fetch, PLACE]])


@kernel
def in_time(problem: Problem, routes: Routes, route: int) -> bool:
    """Whether the route can be driven; an empty one can."""
    stop, size = routes.stop[route], routes.size[route]
    done, open_ = stop[size, OUT_DONE], stop[size, OUT_OPEN]
    return bool(size == 0 or arrival_done(problem, route, done, open_, stop[size, LINK]) <= stop[size + 1, BY_DONE])


@kernel
def insert_stop(problem: Problem, routes: Routes, route: int, after: int, order: int) -> None:
    """Put the order behind stop `after`; labels are made anew."""
    stop, size = routes.stop[route], routes.size[route]
    for at in range(size + 1, after, -1):
        stop[at + 1, PLACE] = stop[at, PLACE]
    stop[after + 1, PLACE] = order
    routes.size[route] = size + 1
    routes.load[route] += problem.load[order]
    routes.route_of[order] = route
    relabel(problem, routes, route)


@kernel
def remove_stops(problem: Problem, routes: Routes, route: int, first: int, count: int) -> None:
    """Take `count` orders from stop `first` on out of the route. Labels are left as they were."""
    stop, size = routes.stop[route], routes.size[route]
    for at in range(first, first + count):
        routes.route_of[stop[at, PLACE]] = -1
        routes.load[route] -= problem.load[stop[at, PLACE]]
    for at in range(first, size + 2 - count):
        stop[at, PLACE] = stop[at + count, PLACE]
    routes.size[route] = size - count
