"""Slack-based ruin and recreate (SISR, Christiaens & Vanden Berghe 2020) under simulated annealing, as kernels.

An iteration takes strings of neighbouring stops out of routes near a seed order and puts every absent order back at its
cheapest place, in one of several orders of insertion, now and then blinking over the best. Two things are added.
What the cheapest place in a route is, is remembered until that route changes, and a rejected change brings back the
old version with its memory: most look-ups cost nothing, and absent orders of an oversubscribed day may all be tried
every time. And absent orders are seeds too: the routes of those who might do them are opened around them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.dispatch.planning.jit import kernel
from core.dispatch.planning.problem import Ints, Problem
from core.dispatch.planning.timing import (
    COLUMNS,
    LINK,
    PLACE,
    Routes,
    cheapest_place,
    in_time,
    insert_stop,
    relabel,
    remove_stops,
)

LONGEST_STRING = 10
SPLIT = 0.5
SPLIT_GROWS = 0.99
BLINK = 0.01
MOST_TRIED = 20
ABSENT_SEED = 0.5
SEED_FIRST = 0.5
ANYWHERE = 0.5
STOPS = 1 << 16
KEY_ODDS = np.array([4, 2, 2, 2, 1, 2, 2, 2, 2, 1], np.float64).cumsum()

COST, BEST, VERSION, ABSENT, WORK, TOUCHED, MARK, FIRST, TRIED = range(9)

A = np.uint64(13)
B = np.uint64(7)
C = np.uint64(17)
D = np.uint64(11)


class Search(NamedTuple):
    """What one search keeps beside its routes. `memo` [fits, 2]: version and the packed cheapest place of an order in
    a route. `absent` and `work` are lists of orders, `touched` of routes; `tally` holds their lengths and the costs.
    `saved` keeps touched routes as they were; `best` the stops of the best plan."""

    tally: Ints
    random: NDArray[np.uint64]
    memo: Ints
    absent: Ints
    work: Ints
    sort: NDArray[np.float64]
    mark: Ints
    touched: Ints
    saved: Routes
    best_place: Ints
    best_size: Ints


def new_search(problem: Problem, routes: Routes, seed: int) -> Search:
    """A search that begins with these routes."""
    m, n = problem.allowed.shape
    search = Search(
        tally=np.zeros(9, np.int64),
        random=np.array([seed * 0x9E3779B97F4A7C15 + 0x1234567 & 0xFFFFFFFFFFFFFFFF], np.uint64),
        memo=np.full((len(problem.fits), 2), -1, np.int64),
        absent=np.zeros(n, np.int32),
        work=np.zeros(n, np.int32),
        sort=np.zeros(n),
        mark=np.zeros(m, np.int64),
        touched=np.zeros(m, np.int32),
        saved=Routes(*(array.copy() for array in routes)),
        best_place=np.zeros(routes.stop.shape[:2], np.int32),
        best_size=np.zeros(m, np.int32),
    )
    search.tally[VERSION] = m
    reckon(problem, routes, search)
    search.tally[BEST] = search.tally[COST]
    keep_best(routes, search)
    return search


def reckon(problem: Problem, routes: Routes, search: Search) -> None:
    """What these routes cost, and whom they leave out."""
    gone = np.nonzero(routes.route_of < 0)[0]
    search.absent[: len(gone)] = gone
    search.tally[ABSENT] = len(gone)
    search.tally[COST] = problem.penalty[gone].sum() + sum(
        int(routes.stop[route, : size + 1, LINK].sum()) for route, size in enumerate(routes.size)
    )


def best_of(search: Search) -> dict[int, tuple[int, ...]]:
    """The best plan: orders in order of visit, by route; only routes that have any."""
    return {
        route: tuple(search.best_place[route, 1 : size + 1].tolist())
        for route, size in enumerate(search.best_size.tolist())
        if size
    }


def go_to(problem: Problem, routes: Routes, search: Search, plan: Mapping[int, tuple[int, ...]]) -> None:
    """Go on from other routes, each of which can be driven."""
    m, n = problem.allowed.shape
    routes.route_of[:] = -1
    for route in range(m):
        stops = plan.get(route, ())
        routes.size[route] = len(stops)
        routes.stop[route, 1 : len(stops) + 1, PLACE] = stops
        routes.stop[route, len(stops) + 1, PLACE] = n + m + route
        routes.load[route] = problem.load[list(stops)].sum()
        routes.route_of[list(stops)] = route
        relabel(problem, routes, route)
        renew(routes, search, route)
    reckon(problem, routes, search)
    if search.tally[COST] < search.tally[BEST]:
        keep_best(routes, search)


@kernel
def uniform(random: Any) -> float:
    """In [0, 1): xorshift64."""
    state = random[0]
    state ^= state << A
    state ^= state >> B
    state ^= state << C
    random[0] = state
    return float((state >> D) * (1.0 / 9007199254740992.0))


@kernel
def keep_best(routes: Routes, search: Search) -> None:
    search.tally[BEST] = search.tally[COST]
    for route in range(len(routes.size)):
        size = routes.size[route]
        search.best_size[route] = size
        for at in range(1, size + 1):
            search.best_place[route, at] = routes.stop[route, at, PLACE]


@kernel
def copy_route(source: Routes, target: Routes, route: int) -> None:
    for at in range(source.size[route] + 2):
        for column in range(COLUMNS):
            target.stop[route, at, column] = source.stop[route, at, column]
    target.size[route] = source.size[route]
    target.load[route] = source.load[route]
    target.version[route] = source.version[route]
    target.fetch[route] = source.fetch[route]


@kernel
def touch(routes: Routes, search: Search, route: int) -> None:
    """Save a route before its first change in this iteration."""
    if search.mark[route] != search.tally[MARK]:
        search.mark[route] = search.tally[MARK]
        copy_route(routes, search.saved, route)
        search.touched[search.tally[TOUCHED]] = route
        search.tally[TOUCHED] += 1


@kernel
def renew(routes: Routes, search: Search, route: int) -> None:
    """A changed route gets a version that no route ever had."""
    search.tally[VERSION] += 1
    routes.version[route] = search.tally[VERSION]


@kernel
def ruin(problem: Problem, routes: Routes, search: Search, removed: float) -> None:
    """Take some `removed` orders out, in strings from routes around a seed; absent ones are tried with them."""
    absent, random = search.tally[ABSENT], search.random
    longest = min(float(LONGEST_STRING), mean_size(routes))
    strings = int(uniform(random) * (4.0 * removed / (1.0 + longest) - 1.0) + 1.0)
    wants = absent > 0 and uniform(random) < ABSENT_SEED
    first = draw_absent(search)
    seed = first if wants else int(uniform(random) * len(search.absent))
    search.tally[FIRST] = seed if wants and uniform(random) < SEED_FIRST else -1
    if wants and uniform(random) < ANYWHERE:
        ruin_anywhere(problem, routes, search, seed, strings, longest)
        return
    for order in problem.near[seed]:
        route = routes.route_of[order]
        if route < 0 or search.mark[route] == search.tally[MARK] or (wants and not problem.allowed[route, seed]):
            continue
        remove_string(problem, routes, search, route, order, longest)
        strings -= 1
        if strings <= 0:
            break


@kernel
def draw_absent(search: Search) -> int:
    """Some absent orders, or all, by chance come to the front of their list and on the work list; the first one."""
    absent = search.absent
    search.tally[TRIED] = min(MOST_TRIED, search.tally[ABSENT])
    for at in range(search.tally[TRIED]):
        other = at + int(uniform(search.random) * (search.tally[ABSENT] - at))
        absent[at], absent[other] = absent[other], absent[at]
        search.work[at] = absent[at]
    search.tally[WORK] = search.tally[TRIED]
    return int(absent[0])


@kernel
def keep_absent(search: Search, left: int) -> None:
    """What was tried and is left out again comes back on the list of absent orders."""
    tried, absent = search.tally[TRIED], search.tally[ABSENT]
    if left <= tried:
        for at in range(tried, absent):
            search.absent[at + left - tried] = search.absent[at]
    else:
        for at in range(absent - 1, tried - 1, -1):
            search.absent[at + left - tried] = search.absent[at]
    for at in range(left):
        search.absent[at] = search.work[at]
    search.tally[ABSENT] = absent + left - tried


@kernel
def ruin_anywhere(problem: Problem, routes: Routes, search: Search, seed: int, strings: int, longest: float) -> None:
    """Strings from routes of those who may do the seed, near or far: a penalty outweighs much travel."""
    begin, end = problem.fit_at[seed], problem.fit_at[seed + 1]
    for _ in range(min(strings, end - begin)):
        route = problem.fits[begin + int(uniform(search.random) * (end - begin))]
        size = routes.size[route]
        if size and search.mark[route] != search.tally[MARK]:
            order = routes.stop[route, 1 + int(uniform(search.random) * size), PLACE]
            remove_string(problem, routes, search, route, order, longest)


@kernel
def mean_size(routes: Routes) -> float:
    """Of the routes that have stops."""
    stops, used = 0, 0
    for size in routes.size:
        stops += size
        used += size > 0
    return stops / used if used else 1.0


@kernel
def remove_string(problem: Problem, routes: Routes, search: Search, route: int, order: int, longest: float) -> None:
    """Up to `longest` stops in a row that include the order; or, split, with some in the middle that stay."""
    touch(routes, search, route)
    stop, size = routes.stop[route], routes.size[route]
    length = int(uniform(search.random) * min(float(size), longest) + 1.0)
    at = 1
    while stop[at, PLACE] != order:
        at += 1
    stay = 0
    if 1 < length < size and uniform(search.random) < SPLIT:
        stay = 1
        while length + stay < size and uniform(search.random) > SPLIT_GROWS:
            stay += 1
    whole = length + stay
    low, high = max(1, at - whole + 1), min(at, size - whole + 1)
    first = low + int(uniform(search.random) * (high - low + 1))
    head = int(uniform(search.random) * length) + 1 if stay else length
    for count, begin in ((length - head, first + head + stay), (head, first)):
        for one in range(begin, begin + count):
            search.work[search.tally[WORK]] = stop[one, PLACE]
            search.tally[WORK] += 1
        if count:
            remove_stops(problem, routes, route, begin, count)
    relabel(problem, routes, route)
    renew(routes, search, route)


@kernel
def sort_work(problem: Problem, search: Search) -> None:
    """Put the work list into one of the orders of insertion; by chance is one of them."""
    amount = search.tally[WORK]
    draw = uniform(search.random) * KEY_ODDS[-1]
    which = 0
    while KEY_ODDS[which] <= draw:
        which += 1
    for at in range(amount):
        order = search.work[at]
        search.sort[at] = uniform(search.random) if which == 0 else problem.key[which - 1, order]
        if order == search.tally[FIRST]:
            search.sort[at] = -np.inf
    for at in range(1, amount):
        value, order = search.sort[at], search.work[at]
        to = at
        while to > 0 and search.sort[to - 1] > value:
            search.sort[to], search.work[to] = search.sort[to - 1], search.work[to - 1]
            to -= 1
        search.sort[to], search.work[to] = value, order


@kernel
def recreate(problem: Problem, routes: Routes, search: Search) -> int:
    """Insert all that is worth it; what stays out comes first on the work list, and its number is returned."""
    left = 0
    for at in range(search.tally[WORK]):
        order = search.work[at]
        best, chosen = problem.penalty[order] * STOPS, -1
        for fit in range(problem.fit_at[order], problem.fit_at[order + 1]):
            route = problem.fits[fit]
            memo = search.memo[fit]
            if memo[0] != routes.version[route]:
                extra, after = cheapest_place(problem, routes, route, order)
                memo[0] = routes.version[route]
                memo[1] = extra * STOPS + max(0, after)
            if memo[1] < best and uniform(search.random) >= BLINK:
                best, chosen = memo[1], route
        if chosen < 0:
            search.work[at] = search.work[left]
            search.work[left] = order
            left += 1
            continue
        touch(routes, search, chosen)
        insert_stop(problem, routes, chosen, best % STOPS, order)
        renew(routes, search, chosen)
    return left


@kernel
def change_of_cost(problem: Problem, routes: Routes, search: Search, left: int) -> int:
    change = 0
    for at in range(search.tally[TOUCHED]):
        route = search.touched[at]
        for one in range(routes.size[route] + 1):
            change += routes.stop[route, one, LINK]
        for one in range(search.saved.size[route] + 1):
            change -= search.saved.stop[route, one, LINK]
    for at in range(search.tally[TRIED]):
        change -= problem.penalty[search.absent[at]]
    for at in range(left):
        change += problem.penalty[search.work[at]]
    return change


@kernel
def all_in_time(problem: Problem, routes: Routes, search: Search) -> bool:
    """Whether the touched routes can be driven: a stop at a store that moved when an order left may make one late."""
    if len(problem.kit_store) > 0:
        for at in range(search.tally[TOUCHED]):
            if not in_time(problem, routes, search.touched[at]):
                return False
    return True


@kernel
def undo(routes: Routes, search: Search) -> None:
    for at in range(search.tally[WORK]):
        routes.route_of[search.work[at]] = -1
    for at in range(search.tally[TOUCHED]):
        route = search.touched[at]
        copy_route(search.saved, routes, route)
        for one in range(1, routes.size[route] + 1):
            routes.route_of[routes.stop[route, one, PLACE]] = route


@kernel
def anneal(problem: Problem, routes: Routes, search: Search, iterations: int, heat: float, removed: float) -> None:
    """`heat` is the temperature, in seconds of travel."""
    tally = search.tally
    for _ in range(iterations):
        tally[MARK] += 1
        tally[TOUCHED] = tally[WORK] = 0
        ruin(problem, routes, search, removed)
        sort_work(problem, search)
        left = recreate(problem, routes, search)
        change = change_of_cost(problem, routes, search, left)
        if change < -heat * np.log(1.0 - uniform(search.random)) and all_in_time(problem, routes, search):
            keep_absent(search, left)
            tally[COST] += change
            if tally[COST] < tally[BEST]:
                keep_best(routes, search)
        else:
            undo(routes, search)
