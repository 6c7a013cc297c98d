"""Kernels that find the routes which would make a plan's relaxation cheaper: see `least`."""

from typing import Any, NamedTuple

import numpy as np

from core.dispatch.planning.jit import kernel
from core.dispatch.planning.problem import NEVER, Ints, Problem
from core.dispatch.planning.timing import arrival_done, start_of_service

ONE = np.uint64(1)


class Labels(NamedTuple):
    """Beginnings of routes. `cost` is travel less the prices of the orders; `done` and `open` the earliest departures
    as in `Routes`; `memory` [most, words] the orders that may not come again, a bit each; `same` and `bucket` chain the
    labels of one last order and of one span of time."""

    cost: Any
    last: Ints
    before: Ints
    done: Ints
    open: Ints
    memory: Any
    alive: Any
    same: Ints
    bucket: Ints


class Chains(NamedTuple):
    """The first label of each last order, and of each span of time."""

    same: Ints
    bucket: Ints


@kernel
def is_within(one: Any, other: Any, equal: bool) -> bool:
    """Whether all that one memory holds is in the other."""
    held = True
    for word in range(len(one)):
        held &= one[word] == other[word] if equal else one[word] & ~other[word] == 0
    return held


@kernel
def is_as_good(labels: Labels, one: int, other: int, whole: bool) -> bool:
    """Whether what can follow the other can follow the one, no later and for no more."""
    soon = labels.done[one] <= labels.done[other] and labels.open[one] <= labels.open[other]
    if not soon or labels.cost[one] > labels.cost[other] + 1e-9:
        return False
    return bool(is_within(labels.memory[one], labels.memory[other], whole))


@kernel
def is_beaten(labels: Labels, chains: Chains, new: int, order: int, whole: bool) -> bool:
    """Whether an older label is as good as the new one in everything; older ones that it beats go out of the chain."""
    before, at = -1, chains.same[order]
    while at >= 0:
        if is_as_good(labels, at, new, whole):
            return True
        if is_as_good(labels, new, at, whole):
            labels.alive[at] = False
            if before < 0:
                chains.same[order] = labels.same[at]
            else:
                labels.same[before] = labels.same[at]
        else:
            before = at
        at = labels.same[at]
    return False


@kernel
def extend(
    problem: Problem, labels: Labels, near: Any, price: Any, route: int, old: int, new: int, order: int, whole: bool
) -> bool:
    """Write the label `new`: `old`, or the start where that is -1, and then the order. False: it can't be driven."""
    m, n = problem.allowed.shape
    rests, begin = problem.rest[route] >= 0, problem.shift_from[route]
    place, cost = n + route, 0.0
    done, open_ = (NEVER, begin) if rests else (begin, NEVER)
    if old >= 0:
        place, cost, done, open_ = labels.last[old], labels.cost[old], labels.done[old], labels.open[old]
        if (labels.memory[old, order >> 6] >> np.uint64(order & 63)) & ONE:
            return False
    link, home = problem.travel[place, order], problem.travel[order, n + m + route]
    start = start_of_service(problem, order, arrival_done(problem, route, done, open_, link))
    done = min(NEVER, start + problem.duration[order])
    if open_ < NEVER:
        open_ = min(NEVER, start_of_service(problem, order, open_ + link) + problem.duration[order])
    if arrival_done(problem, route, done, open_, home) > problem.shift_to[route]:
        return False
    labels.cost[new], labels.last[new], labels.before[new] = cost + link - price[order], order, old
    labels.done[new], labels.open[new], labels.alive[new] = done, open_, True
    for word in range(labels.memory.shape[1]):
        kept = labels.memory[old, word] if old >= 0 else np.uint64(0)
        labels.memory[new, word] = kept if whole else kept & near[order, word]
    labels.memory[new, order >> 6] |= ONE << np.uint64(order & 63)
    return True


@kernel
def label(
    problem: Problem,
    labels: Labels,
    chains: Chains,
    near: Any,
    price: Any,
    route: int,
    width: int,
    most: int,
    whole: bool,
) -> int:
    """All beginnings of a technician's routes that may be part of a cheapest one; with `whole`, of all that visit no
    order twice the quickest for each set of orders. How many labels there are; -1: more than `most`."""
    n, count, old, span = problem.allowed.shape[1], 0, -1, -1
    chains.same[:] = -1
    chains.bucket[:] = -1
    while True:
        for order in range(n):
            if not problem.allowed[route, order]:
                continue
            if count == most:
                return -1
            if not extend(problem, labels, near, price, route, old, count, order, whole):
                continue
            if is_beaten(labels, chains, count, order, whole):
                continue
            labels.same[count], chains.same[order] = chains.same[order], count
            at = (min(labels.done[count], labels.open[count]) - problem.shift_from[route]) // width
            labels.bucket[count], chains.bucket[at] = chains.bucket[at], count
            count += 1
        old = -1
        while old < 0:
            while span < 0 or (span < len(chains.bucket) and chains.bucket[span] < 0):
                span += 1
            if span == len(chains.bucket):
                return count
            old = chains.bucket[span]
            chains.bucket[span] = labels.bucket[old]
            if not labels.alive[old]:
                old = -1
