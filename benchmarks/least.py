"""The least that any plan of the planner's own days can cost, proved: how far the planner is from it, and how far below
VROOM anybody can come (`python -m benchmarks least`; some twenty minutes).

A plan chooses a route for each technician, so that each order is in one or is paid for (set covering). What that costs
when routes may be driven in parts is found by column generation: routes that would make it cheaper are looked for by
labels (ng-routes, Baldacci et al. 2011: a route may come back to an order once it has forgotten it), and where it
drives in circles the memories grow (Roberti & Mingozzi 2014). Whatever the orders' prices on the way, Lagrange's bound
of them holds. Where all routes that a cheaper plan may have can be written down, HiGHS chooses among them, and what it
finds is the bound.

Loads and parts to be fetched are left aside, which makes a bound no higher.
"""

import importlib.util
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from benchmarks.labels import Chains, Labels, label
from benchmarks.plan import DAYS, mean, own_days, vroom_plan
from core.dispatch.planning.instance import Instance
from core.dispatch.planning.pool import Stops, new_solver
from core.dispatch.planning.problem import Problem, build_problem
from core.dispatch.planning.solve import plan
from tests.dispatch.planning.judge import objective

REMEMBERED = 12
"""How many neighbours of an order a route remembers it at, to begin with."""
MOST_LABELS, MOST_WHOLE = 3_000_000, 300_000
MOST_NEW = 20
SMOOTH, PLAIN_EVERY = 0.6, 4
"""Prices go to new ones slowly, all the way every fourth time: else they swing."""
NEAR_ENOUGH = 2e-4
"""Of the relaxation's cost: so near to it a bound is good enough."""
SECONDS = 60

Columns = dict[tuple[int, Stops], int]
"""What a route costs, by its technician and orders."""


def run() -> list[dict[str, Any]]:
    return list(_rows())


def _rows() -> Iterator[dict[str, Any]]:
    bounds = []
    for kind, (_, instance) in zip(DAYS, own_days(), strict=True):
        found = least(instance, SECONDS)
        bounds.append(found.bound)
        name = "the least possible" if found.is_met else "a bound of the least possible"
        yield _row(f"day of {kind['orders']}, planned in {SECONDS} s, over {name}", found.found / found.bound)
    if importlib.util.find_spec("vroom"):
        theirs = [objective(day, vroom_plan(instance, 5)[0]) for day, instance in own_days()]
        ratios = [bound / cost for bound, cost in zip(bounds, theirs, strict=True)]
        yield _row("the least that any plan may cost over VROOM's most thorough, mean", mean(ratios))


def _row(name: str, value: float) -> dict[str, Any]:
    return {"name": f"least: {name}", "value": value, "unit": "ratio", "limit": None, "holds": None}


class Pricer:
    """`sets`: at which orders a route remembers an order (it is in the sets of those it remembers it at)."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.m, self.n = problem.allowed.shape
        words = (self.n + 63) // 64
        nearest = np.argsort(problem.travel[: self.n, : self.n], axis=1, kind="stable")[:, :REMEMBERED]
        self.sets = [{order, *row} for order, row in enumerate(nearest.tolist())]
        longs = [np.zeros(MOST_LABELS, np.int32) for _ in range(6)]
        memory, alive = np.zeros((MOST_LABELS, words), np.uint64), np.zeros(MOST_LABELS, np.bool_)
        self.labels = Labels(np.zeros(MOST_LABELS), *longs[:4], memory, alive, *longs[4:])
        self.width = max(1, int(problem.duration.min()))
        spans = int((problem.shift_to - problem.shift_from).max()) // self.width + 2
        self.chains = Chains(np.zeros(self.n, np.int32), np.zeros(spans, np.int32))
        self.remember()

    def remember(self) -> None:
        self.near = np.zeros((self.n, (self.n + 63) // 64), np.uint64)
        for order, held in enumerate(self.sets):
            for other in held:
                self.near[order, other >> 6] |= np.uint64(1 << (other & 63))

    def totals(self, route: int, price: Any, whole: bool = False) -> Any | None:
        """What the route of each label costs beyond the prices of its orders; None: too many of them."""
        most = MOST_WHOLE if whole else MOST_LABELS
        count = label(self.problem, self.labels, self.chains, self.near, price, route, self.width, most, whole)
        if count < 0:
            return None
        return self.labels.cost[:count] + self.problem.travel[self.labels.last[:count], self.n + self.m + route]

    def stops(self, at: int) -> Stops:
        found = []
        while at >= 0:
            found.append(int(self.labels.last[at]))
            at = int(self.labels.before[at])
        return tuple(reversed(found))

    def cost_of(self, route: int, stops: Stops) -> int:
        places = (self.n + route, *stops, self.n + self.m + route)
        return int(self.problem.travel[list(places[:-1]), list(places[1:])].sum())

    def is_route(self, stops: Stops) -> bool:
        """Not when it comes back to an order that it still remembers."""
        held: set[int] = set()
        for order in stops:
            if order in held:
                return False
            held = held & self.sets[order] | {order}
        return True

    def learn(self, stops: Stops) -> int:
        """Remember what the route came back to at all orders between; how much is new."""
        seen: dict[int, int] = {}
        new = 0
        for at, order in enumerate(stops):
            for other in stops[seen[order] + 1 : at] if order in seen else ():
                new += order not in self.sets[other]
                self.sets[other].add(order)
            seen[order] = at
        return new


@dataclass(frozen=True, slots=True)
class Prices:
    """What the orders and the technicians are worth in a relaxation of that cost, and which routes it drives."""

    cost: float
    orders: Any
    technicians: Any
    driven: list[int]


@dataclass(frozen=True, slots=True)
class Least:
    """No plan costs less than `bound`; `found` is what the planner's costs."""

    bound: float
    found: int

    @property
    def is_met(self) -> bool:
        """The planner's is a best one."""
        return self.found - self.bound < 1


def least(instance: Instance, seconds: float) -> Least:
    """`seconds`: the CPU time that the planner has. Its plan rules routes out. Raises MemoryError: routes are too long
    to be written down."""
    problem = build_problem(instance)
    found = plan(instance, seconds, problem=problem)
    number = {order.id: at for at, order in enumerate(instance.orders)}
    pricer = Pricer(problem)
    known = [(at, tuple(number[name] for name in found.routes[one.id])) for at, one in enumerate(instance.technicians)]
    columns = {(route, stops): pricer.cost_of(route, stops) for route, stops in known if stops}
    bound, prices = _relaxed(pricer, columns)
    if found.objective - bound >= 1:
        every = _written_down(pricer, prices, found.objective)
        bound = bound if every is None else min(_chosen(problem, every), found.objective)
    return Least(bound, found.objective)


def _relaxed(pricer: Pricer, columns: Columns) -> tuple[float, Any]:
    """The best bound, and the orders' prices that gave it. Routes are added to `columns`."""
    problem, bound, turn = pricer.problem, 0.0, 0
    kept: Any = None
    while True:
        turn += 1
        prices = _solved(problem, columns)
        plain = kept is None or turn % PLAIN_EVERY == 0
        asked = prices.orders if plain else SMOOTH * kept + (1 - SMOOTH) * prices.orders
        this = asked.sum()
        for route in range(pricer.m):
            totals = pricer.totals(route, asked)
            if totals is None:
                raise MemoryError(f"more than {MOST_LABELS} labels")
            this += min(0.0, totals.min(initial=0.0))
            _add(pricer, columns, route, totals, prices.technicians[route])
        if this > bound or kept is None:
            bound, kept = max(bound, this), asked
        if prices.cost - bound > NEAR_ENOUGH * prices.cost:
            continue
        driven = list(columns)
        if not sum(pricer.learn(driven[at][1]) for at in prices.driven):
            return bound, kept
        pricer.remember()
        for key in [key for key in columns if not pricer.is_route(key[1])]:
            del columns[key]


def _add(pricer: Pricer, columns: Columns, route: int, totals: Any, worth: float) -> None:
    """The cheapest routes, one for each last order."""
    ends: set[int] = set()
    for at in np.argsort(totals)[: 20 * MOST_NEW].tolist():
        if totals[at] > min(0.0, worth) - 1e-6 or len(ends) == MOST_NEW:
            return
        end = int(pricer.labels.last[at])
        if end not in ends:
            ends.add(end)
            stops = pricer.stops(at)
            columns[route, stops] = pricer.cost_of(route, stops)


def _solved(problem: Problem, columns: Columns) -> Prices:
    solver = _solver(problem, columns, whole=False)
    found, n = solver.getSolution(), problem.allowed.shape[1]
    worth = np.array(found.row_dual)
    driven = np.nonzero(np.array(found.col_value)[: len(columns)] > 1e-6)[0].tolist()
    cost = solver.getInfo().objective_function_value
    return Prices(cost, np.clip(worth[:n], 0, problem.penalty), worth[n:], driven)


def _solver(problem: Problem, columns: Columns, whole: bool) -> Any:
    """Each order in one route at least or paid for, each technician on one route at most; solved."""
    m, n = problem.allowed.shape
    lp, count = highspy.HighsLp(), len(columns) + n
    lp.num_col_, lp.num_row_ = count, n + m
    lp.col_cost_ = np.array([*columns.values(), *problem.penalty.tolist()], float)
    lp.col_lower_, lp.col_upper_ = np.zeros(count), np.full(count, highspy.kHighsInf)
    lp.row_lower_ = np.repeat([1.0, -highspy.kHighsInf], (n, m))
    lp.row_upper_ = np.repeat([highspy.kHighsInf, 1.0], (n, m))
    rows = [{n + route: 1} | {order: stops.count(order) for order in stops} for route, stops in columns]
    rows += [{order: 1} for order in range(n)]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    lp.a_matrix_.index_ = np.array([row for one in rows for row in one], np.int32)
    lp.a_matrix_.value_ = np.array([value for one in rows for value in one.values()], float)
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    solver = new_solver()
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.9)):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    solver.run()
    return solver


def _written_down(pricer: Pricer, price: Any, cost: int) -> Columns | None:
    """All routes that a plan cheaper than `cost` may have, or as good ones of the same orders; None: too many."""
    totals = [pricer.totals(route, price) for route in range(pricer.m)]
    least = [float(one.min(initial=0.0)) for one in totals if one is not None]
    spare = cost - price.sum() - sum(least)
    every: dict[tuple[int, frozenset[int]], tuple[int, Stops]] = {}
    for route in range(pricer.m):
        found = pricer.totals(route, price, whole=True)
        if found is None:
            return None
        for at in np.nonzero(found - least[route] <= spare + 1)[0].tolist():
            stops = pricer.stops(at)
            key, best = (route, frozenset(stops)), (pricer.cost_of(route, stops), stops)
            every[key] = min(every.get(key, best), best)
    return {(route, stops): cost for (route, _), (cost, stops) in every.items()}


def _chosen(problem: Problem, columns: Columns) -> int:
    """What the best plan of these routes costs."""
    return math.ceil(_solver(problem, columns, whole=True).getInfo().mip_dual_bound - 1e-6)
