"""The stop at a store as whoever drives sees it, and the press that ends it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.kernel.actor import Actor
from core.kernel.errors import NotAllowed, Stale
from core.kernel.work import current
from core.plan.fetching import Pickup
from core.plan.queries import Frame, frame, today
from core.plan.rules import routes_of, timed
from core.warehouse import actions as warehouse

Items = tuple[tuple[str, Decimal, str], ...]
"""Name, quantity and unit of each kind."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop before `job_id`. `items` is all that the route lacks, `left` what of it the store has not got. `store_id`
    None: no store has any of it. `starts_at` None: nobody knows when (no place, no store); `travel` is the seconds of
    the way there; `mark` says in a few signs what would be taken."""

    job_id: int
    items: Items
    left: Items
    store_id: int | None = None
    store: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    starts_at: datetime | None = None
    travel: int = 0
    mark: str = ""


async def pickup(actor: Actor) -> Stop | None:
    """The technician's own next stop at a store today; None when the van holds all that the route asks for."""
    here, found = await _next(actor)
    return _told(here, *found) if found else None


async def _next(actor: Actor) -> tuple[Frame, tuple[int, Pickup] | None]:
    actor.require("orders.work")
    if actor.kind != "member":
        raise NotAllowed("orders.work")
    here = await frame(await today(), [actor.id])
    person = here.facts.people.get(actor.id)
    if person is None:
        return here, None
    visits = timed(here.facts, person, routes_of(here.facts)[actor.id])
    return here, next(((visit.job_id, visit.pickup) for visit in visits if visit.pickup), None)


def _told(here: Frame, job_id: int, stop: Pickup) -> Stop:
    def items(goods: dict[int, Decimal]) -> Items:
        return tuple((names[item][0], quantity, names[item][1]) for item, quantity in sorted(goods.items()))

    names, store, takes = here.facts.supply.names, stop.store, stop.takes
    left = {item: quantity - takes.get(item, 0) for item, quantity in stop.lacks.items()}
    whole, missing = items(dict(stop.lacks)), items({item: n for item, n in left.items() if n})
    if store is None:
        return Stop(job_id, whole, missing)
    lat, lon = store.place or (None, None)
    at = here.at(stop.start) if store.place else None
    return Stop(job_id, whole, missing, store.id, store.name, store.address, lat, lon, at, stop.travel, _mark(stop))


def _mark(stop: Pickup) -> str:
    told = " ".join(f"{item}={quantity.normalize():f}" for item, quantity in sorted(stop.takes.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:10]


async def fetched(store_id: int, mark: str) -> None:
    """The technician has what the route lacks and that store has: it lies in their van from now on.

    `plan.pickup.changed` when that is not their next stop (any more), or other things than `mark` says are to be taken
    there: parts were moved, or the route was."""
    w = current()
    van = await warehouse.van_of(w.actor.id)
    _, found = await _next(w.actor)
    if found is None or found[1].store is None or found[1].store.id != store_id or _mark(found[1]) != mark:
        raise Stale("plan.pickup")
    for item, quantity in sorted(found[1].takes.items()):
        await warehouse.take(store_id, van, item, quantity)
