"""Slack-based ruin and recreate (SISR, Christiaens & Vanden Berghe 2020) under simulated annealing, as kernels.

An iteration takes strings of neighbouring stops out of routes near a seed order and puts every absent order back at its
cheapest place, in one of several orders of insertion, now and then blinking over the best. Two things are added.
What the cheapest place in a route is, is remembered until that route changes, and a rejected change brings back the
old version with its memory: most look-ups cost nothing, and absent orders of an oversubscribed day may all be tried
every time. And absent orders are seeds too: the routes of those who might do them are opened around them.
"""

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
    insert_stop,
    relabel,
    remove_stops,
)

LONGEST_STRING = 10
SPLIT = 0.5
SPLIT_GROWS = 0.99
BLINK = 0.01
ABSENT_SEED = 0.5
STOPS = 1 << 16
KEY_ODDS = np.array([4, 2, 2, 2, 1, 2, 2, 2, 2, 1], np.float64).cumsum()

COST, BEST, VERSION, ABSENT, WORK, TOUCHED, MARK = range(7)

A = np.uint64(13)
B = np.uint64(7)
C = np.uint64(17)
D = np.uint64(11)


class Search(NamedTuple):
    """What one search keeps beside its routes. `memo` [n, m, 2]: version and the packed cheapest place of an order in
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
        tally=np.zeros(7, np.int64),
        random=np.array([seed * 0x9E3779B97F4A7C15 + 0x1234567 & 0xFFFFFFFFFFFFFFFF], np.uint64),
        memo=np.full((n, m, 2), -1, np.int64),
        absent=np.zeros(n, np.int32),
        work=np.zeros(n, np.int32),
        sort=np.zeros(n),
        mark=np.zeros(m, np.int64),
        touched=np.zeros(m, np.int32),
        saved=Routes(*(array.copy() for array in routes)),
        best_place=np.zeros((m, n + 2), np.int32),
        best_size=np.zeros(m, np.int32),
    )
    gone = np.nonzero(routes.route_of < 0)[0]
    search.absent[: len(gone)] = gone
    search.tally[VERSION] = m
    search.tally[ABSENT] = len(gone)
    search.tally[COST] = problem.penalty[gone].sum() + sum(
        int(routes.stop[route, : routes.size[route] + 1, LINK].sum()) for route in range(m)
    )
    keep_best(routes, search)
    return search


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
    """Take some `removed` orders out, in strings from routes around a seed; all absent ones are on the work list."""
    absent = search.tally[ABSENT]
    n = len(search.absent)
    used = 0
    for size in routes.size:
        used += size > 0
    mean = max(1.0, (n - absent) / max(1, used))
    longest = min(float(LONGEST_STRING), mean)
    strings = int(uniform(search.random) * (4.0 * removed / (1.0 + longest) - 1.0) + 1.0)
    wants = absent > 0 and uniform(search.random) < ABSENT_SEED
    seed = search.absent[int(uniform(search.random) * absent)] if wants else int(uniform(search.random) * n)
    for order in problem.near[seed]:
        route = routes.route_of[order]
        if route < 0 or search.mark[route] == search.tally[MARK] or (wants and not problem.allowed[route, seed]):
            continue
        touch(routes, search, route)
        top = min(float(routes.size[route]), longest)
        remove_string(problem, routes, search, route, order, int(uniform(search.random) * top + 1.0))
        strings -= 1
        if strings <= 0:
            break


@kernel
def remove_string(problem: Problem, routes: Routes, search: Search, route: int, order: int, length: int) -> None:
    """`length` stops in a row that include the order; or, split, with some in the middle that stay."""
    stop, size = routes.stop[route], routes.size[route]
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
        search.sort[at] = uniform(search.random) if which == 0 else problem.key[which - 1, search.work[at]]
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
            memo = search.memo[order, route]
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
def change_of_cost(problem: Problem, routes: Routes, search: Search, left: int) -> tuple[int, int]:
    """Of the objective, and of the seconds of service that stay undone."""
    change, undone = 0, 0
    for at in range(search.tally[TOUCHED]):
        route = search.touched[at]
        for one in range(routes.size[route] + 1):
            change += routes.stop[route, one, LINK]
        for one in range(search.saved.size[route] + 1):
            change -= search.saved.stop[route, one, LINK]
    for at in range(search.tally[ABSENT]):
        change -= problem.penalty[search.absent[at]]
        undone -= problem.duration[search.absent[at]]
    for at in range(left):
        change += problem.penalty[search.work[at]]
        undone += problem.duration[search.work[at]]
    return change, undone


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
def anneal(
    problem: Problem, routes: Routes, search: Search, iterations: int, heat: float, removed: float, scarce: float
) -> None:
    """`heat` is the temperature, in seconds of travel; `scarce` is what a second of service counts for. On an
    oversubscribed day time is what is scarce: of two orders the shorter one had better be served."""
    tally = search.tally
    for _ in range(iterations):
        tally[MARK] += 1
        tally[TOUCHED] = 0
        tally[WORK] = tally[ABSENT]
        for at in range(tally[ABSENT]):
            search.work[at] = search.absent[at]
        ruin(problem, routes, search, removed)
        sort_work(problem, search)
        left = recreate(problem, routes, search)
        change, undone = change_of_cost(problem, routes, search, left)
        if change - scarce * undone < -heat * np.log(1.0 - uniform(search.random)):
            for at in range(left):
                search.absent[at] = search.work[at]
            tally[ABSENT] = left
            tally[COST] += change
            if tally[COST] < tally[BEST]:
                keep_best(routes, search)
        else:
            undo(routes, search)
