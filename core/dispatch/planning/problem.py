"""An instance as arrays, the way the kernels read it.

Places are numbered: orders 0…n-1, then the technicians' starts n…n+m-1, then their ends n+m…n+2m-1, then stores. All
times are seconds in int32; NEVER is later than any of them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.dispatch.planning.instance import Instance, Order, Pickups, Technician, Window
from core.dispatch.planning.travel import Radians, Seconds, in_radians, travel_seconds

NEVER = 1 << 29
UNLIMITED = 1 << 30

Ints = NDArray[Any]


class Problem(NamedTuple):
    """`travel` [n+2m+stores, n+2m+stores]; `window_at` [n+1] points into `window_from` and `window_to`; `fit_at` [n+1]
    points into `fits`, the technicians who may do an order; `allowed` [m, n] says the same; `near` [n, k] are the
    orders around an order, nearest first; `key` [keys, n] are the orders in which orders may be inserted, the smallest
    first. A technician without a break has `rest` -1. `lacks` [n, m]: the kit that must be fetched for an order, or -1;
    `kit_at` [kits+1] points into `kit_store`, places, and `kit_extra`, what choosing them costs beside the way;
    `stay` [1] seconds at a store. Where nobody lacks anything `kit_store` is empty, and nobody asks `lacks`."""

    travel: Seconds
    duration: Ints
    penalty: Ints
    load: Ints
    window_at: Ints
    window_from: Ints
    window_to: Ints
    fit_at: Ints
    fits: Ints
    allowed: NDArray[np.bool_]
    near: Ints
    key: NDArray[np.float64]
    shift_from: Ints
    shift_to: Ints
    capacity: Ints
    rest: Ints
    rest_from: Ints
    rest_to: Ints
    lacks: Ints
    kit_at: Ints
    kit_store: Ints
    kit_extra: Ints
    stay: Ints


def build_problem(instance: Instance, travel: Seconds | None = None) -> Problem:
    """`travel` stands in for the instance's travel model."""
    seconds = travel_matrix(instance) if travel is None else travel
    return bare_problem(instance, seconds)._replace(
        near=_near(seconds[: len(instance.orders), : len(instance.orders)]),
        key=_keys(instance, seconds, allowed_pairs(instance.orders, instance.technicians)),
    )


def bare_problem(instance: Instance, travel: Seconds) -> Problem:
    """All that timing needs; without what only a search needs, `near` and `key`."""
    orders, technicians = instance.orders, instance.technicians
    window_at, window_from, window_to = _windows([order.windows for order in orders])
    allowed = allowed_pairs(orders, technicians)
    fit_at = np.zeros(len(orders) + 1, np.int32)
    fit_at[1:] = np.cumsum(allowed.sum(axis=0))
    return Problem(
        travel=travel,
        duration=_ints(order.duration for order in orders),
        penalty=np.array([order.drop_penalty for order in orders], np.int64),
        load=_ints(order.load for order in orders),
        window_at=window_at,
        window_from=window_from,
        window_to=window_to,
        fit_at=fit_at,
        fits=_fits(allowed),
        allowed=allowed,
        near=np.zeros((0, 0), np.int32),
        key=np.zeros((0, 0)),
        **_shifts(technicians),
        **_kits(instance.pickups, len(orders), len(technicians)),
    )


def travel_matrix(instance: Instance) -> Seconds:
    """Between all places. An end that is None is 0 from everywhere."""
    places = places_of(instance)
    seconds = travel_seconds(instance.travel, places[:, None], places)
    first_end = len(instance.orders) + len(instance.technicians)
    for at, technician in enumerate(instance.technicians):
        if technician.end is None:
            seconds[first_end + at, :] = seconds[:, first_end + at] = 0
    return seconds


def places_of(instance: Instance) -> Radians:
    """All places, in their numbers' order; where an end is None, the start stands in."""
    starts = [technician.start for technician in instance.technicians]
    ends = [technician.end or technician.start for technician in instance.technicians]
    stores = instance.pickups.stores if instance.pickups else ()
    return in_radians([*(order.location for order in instance.orders), *starts, *ends, *stores])


def allowed_pairs(orders: Sequence[Order], technicians: Sequence[Technician]) -> NDArray[np.bool_]:
    """[m, n]: who has all the skills, and is not kept off by a lock."""
    allowed = np.ones((len(technicians), len(orders)), np.bool_)
    for skill in {skill for order in orders for skill in order.skills}:
        asked = np.array([skill in order.skills for order in orders])
        lacks = np.array([skill not in technician.skills for technician in technicians], np.bool_)
        allowed &= ~(lacks[:, None] & asked)
    for number, order in enumerate(orders):
        if order.technician is not None:
            allowed[:, number] &= [technician.id == order.technician for technician in technicians]
    return allowed


def _fits(allowed: NDArray[np.bool_]) -> Ints:
    """Who may do each order, one order after the other: mostly everybody, which need not be searched for."""
    m, n = allowed.shape
    return np.tile(np.arange(m, dtype=np.int32), n) if allowed.all() else np.nonzero(allowed.T)[1].astype(np.int32)


def _near(among: Seconds) -> Ints:
    return np.argsort(among, axis=1, kind="stable").astype(np.int32)


def _ints(values: Any) -> Ints:
    return np.array(list(values), np.int32)


def _windows(windows: Sequence[Sequence[Window]]) -> tuple[Ints, Ints, Ints]:
    at = np.zeros(len(windows) + 1, np.int32)
    at[1:] = np.cumsum([len(one) for one in windows])
    return at, _ints(begin for one in windows for begin, _ in one), _ints(end for one in windows for _, end in one)


def _shifts(technicians: Sequence[Technician]) -> dict[str, Ints]:
    rests = [technician.rest for technician in technicians]
    return {
        "shift_from": _ints(technician.shift[0] for technician in technicians),
        "shift_to": _ints(technician.shift[1] for technician in technicians),
        "capacity": _ints(
            UNLIMITED if technician.capacity is None else technician.capacity for technician in technicians
        ),
        "rest": _ints(rest.duration if rest else -1 for rest in rests),
        "rest_from": _ints(rest.window[0] if rest else 0 for rest in rests),
        "rest_to": _ints(rest.window[1] if rest else 0 for rest in rests),
    }


def _kits(pickups: Pickups | None, n: int, m: int) -> dict[str, Ints]:
    if pickups is None:
        return {
            "lacks": np.zeros((0, 0), np.int16),
            "kit_at": np.zeros(1, np.int32),
            "kit_store": np.zeros(0, np.int32),
            "kit_extra": np.zeros(0, np.int32),
            "stay": np.zeros(1, np.int32),
        }
    kit_at = np.zeros(len(pickups.kits) + 1, np.int32)
    kit_at[1:] = np.cumsum([len(kit) for kit in pickups.kits])
    lacks = np.frombuffer(pickups.lacks, np.int16).reshape(m, n)
    return {
        "lacks": np.array(lacks.T, order="C"),
        "kit_at": kit_at,
        "kit_store": _ints(n + 2 * m + store for kit in pickups.kits for store, _ in kit),
        "kit_extra": _ints(extra for kit in pickups.kits for _, extra in kit),
        "stay": _ints([pickups.seconds]),
    }


def _keys(instance: Instance, seconds: Seconds, allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Dearest first, dearest by its time first, farthest first, nearest first, the least open first, the earliest
    first, the latest first, fewest technicians first, longest first."""
    orders, n, m = instance.orders, len(instance.orders), len(instance.technicians)
    away = np.where(allowed.T, seconds[:n, n : n + m], 0).sum(axis=1) / np.maximum(1, allowed.sum(axis=0))
    long = np.array([order.duration for order in orders], np.float64)
    worth = np.array([order.drop_penalty for order in orders], np.float64)
    return np.array(
        [
            -worth,
            -worth / (long + 1800),
            -away,
            away,
            [sum(end - begin for begin, end in order.windows) for order in orders],
            [order.windows[0][0] for order in orders],
            [-order.windows[-1][1] for order in orders],
            allowed.sum(axis=0),
            -long,
        ],
        dtype=np.float64,
    ).reshape(9, n)
