"""Routes that a search came by, and the best plan that can be put together of them.

Annealing meets many a good route that never stood in one plan with the other good ones. Which of them to take is a set
partitioning problem (Rochat & Taillard 1995): each order in one route or in none for its penalty, each technician at
most one route. HiGHS solves it, beginning with the best plan so far, so that what it gives is never worse.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.dispatch.planning.problem import Ints, Problem
from core.dispatch.planning.timing import LINK, PLACE, Routes

MOST_KEPT = 5_000
"""Of more routes those that were seen first, in the heat, are forgotten: among five times as many HiGHS finds nothing
better in its time. The plan that stands was seen last, and fits in however many its routes."""

Stops = tuple[int, ...]
Chosen = dict[int, Stops]
"""Orders in order of visit, by route."""


class Pool:
    """`known`: by technician and their orders as a set the quickest way to visit them, and its seconds."""

    def __init__(self, technicians: int) -> None:
        self.most = max(MOST_KEPT, technicians)
        self.known: dict[tuple[int, frozenset[int]], tuple[int, Stops]] = {}
        self._seen: Ints | None = None

    def add(self, routes: Routes) -> None:
        """Keep the routes that have changed since the last time."""
        versions = routes.version
        changed = range(len(versions)) if self._seen is None else np.nonzero(versions != self._seen)[0].tolist()
        self._seen = versions.copy()
        for route in changed:
            size = int(routes.size[route])
            if size:
                stops = tuple(routes.stop[route, 1 : size + 1, PLACE].tolist())
                self._keep(route, stops, int(routes.stop[route, : size + 1, LINK].sum()))

    def _keep(self, route: int, stops: Stops, cost: int) -> None:
        key = route, frozenset(stops)
        before = self.known.pop(key, None)
        self.known[key] = (cost, stops) if before is None or cost < before[0] else before
        if len(self.known) > self.most:
            del self.known[next(iter(self.known))]

    def best(self, problem: Problem, begin: Chosen, seconds: float) -> Chosen | None:
        """The cheapest plan of routes that are kept, found in `seconds`; `begin` is one that is. None when nothing was
        found in time."""
        columns = [(route, cost, stops) for (route, _), (cost, stops) in self.known.items()]
        solver, model = new_solver(), _model(problem, columns)
        for option, value in (("output_flag", False), ("threads", 1), ("time_limit", seconds), ("mip_abs_gap", 0.5)):
            solver.setOptionValue(option, value)
        solver.passModel(model)
        taken = np.array([*_standing(problem, columns, begin)], np.int32)
        solver.setSolution(len(taken), taken, np.ones(len(taken)))
        values = _solved(solver, model)
        if values is None:
            return None
        return {columns[at][0]: columns[at][2] for at in np.nonzero(values[: len(columns)] > 0.5)[0].tolist()}


def _solved(solver: Any, model: Any) -> Any:
    """Each column's value. Where presolving alone finds the best plan, HiGHS 1.16 tells its cost but gives back what it
    began with: then it is asked again without a beginning, which takes it no time."""
    for _ in range(2):
        solver.run()
        found = solver.getSolution()
        if not found.value_valid:
            return None
        values = np.array(found.col_value)
        if model.col_cost_ @ values < solver.getInfo().objective_function_value + 0.5:
            return values
        solver.clearSolver()
    return None


def new_solver() -> Any:
    """The library's own class says its name on standard output when it is made, which may be somebody's pipe; the one
    below it does not."""
    from highspy import _core

    return _core._Highs()


def _model(problem: Problem, columns: list[tuple[int, int, Stops]]) -> Any:
    """A column for each route and, behind them, one for each order that is left out; a row for each order, and behind
    them one for each technician."""
    import highspy

    m, n = problem.allowed.shape
    lp, count = highspy.HighsLp(), len(columns) + n
    lp.num_col_, lp.num_row_ = count, n + m
    lp.col_cost_ = np.array([*(cost for _, cost, _ in columns), *problem.penalty.tolist()], float)
    lp.col_lower_, lp.col_upper_ = np.zeros(count), np.ones(count)
    lp.row_lower_, lp.row_upper_ = np.repeat([1.0, 0.0], (n, m)), np.ones(n + m)
    rows = [[*stops, n + route] for route, _, stops in columns] + [[order] for order in range(n)]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    lp.a_matrix_.index_ = np.array([row for one in rows for row in one], np.int32)
    lp.a_matrix_.value_ = np.ones(len(lp.a_matrix_.index_))
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    return lp


def _standing(problem: Problem, columns: list[tuple[int, int, Stops]], plan: Chosen) -> Iterator[int]:
    """The columns that a plan takes."""
    at = {(route, frozenset(stops)): column for column, (route, _, stops) in enumerate(columns)}
    for route, stops in plan.items():
        yield at[route, frozenset(stops)]
    done = {order for stops in plan.values() for order in stops}
    yield from (len(columns) + order for order in range(problem.allowed.shape[1]) if order not in done)
