"""What a route lacks, and the store on the way that suits it best. Pure. Quantities are by price item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.dispatch.planning.instance import Point
from core.plan.ways import way

Goods = Mapping[int, Decimal]
Needs = tuple[tuple[int, Decimal], ...]
"""Item and quantity of each kind of part that a job asks for."""

MISSING = 1_800
"""What it costs that a store has not enough of a kind: seconds of travel, as of a second way."""
UNKNOWN_WAY = 3_600
"""As how long a way the one to a store counts that nobody has put on the map, when stores are compared."""


@dataclass(frozen=True, slots=True)
class Store:
    """`place` None: not on the map. `holds` only what some job asks for."""

    id: int
    name: str
    address: str = ""
    place: Point | None = None
    holds: Goods = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody's planned stop counts on in a store. `member_id` 0: on another day, whoever's it is."""

    member_id: int
    store_id: int
    goods: Goods


@dataclass(frozen=True, slots=True)
class Supply:
    """Where parts are fetched and how many seconds that takes there. `names`: name and unit of each item. What is
    claimed still lies on the stores' shelves, but nobody else counts on it."""

    stores: tuple[Store, ...] = ()
    seconds: int = 0
    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()

    def left(self, lacks: Iterable[int]) -> Sequence[Store]:
        """The stores with what is left of these items beside all claims."""
        items = {*lacks}
        others = [one for one in self.claims if not items.isdisjoint(one.goods)]
        if not others:
            return self.stores
        found = {store.id: {item: store.holds.get(item, Decimal()) for item in items} for store in self.stores}
        for claim in others:
            shelf = found.get(claim.store_id, {})
            for item in shelf.keys() & claim.goods.keys():
                shelf[item] = max(Decimal(), shelf[item] - claim.goods[item])
        return [replace(store, holds=found[store.id]) for store in self.stores]

    def without(self, members: Iterable[int]) -> "Supply":
        """As if these had no stop yet."""
        gone = {*members}
        return replace(self, claims=tuple(one for one in self.claims if one.member_id not in gone))

    def gives(self, stop: "Pickup") -> bool:
        """Whether what a stop takes is there beside all claims."""
        shelf = dict(next((one.holds for one in self.stores if stop.store and one.id == stop.store.id), {}))
        for claim in self.claims:
            if stop.store and claim.store_id == stop.store.id:
                for item in claim.goods.keys() & stop.takes.keys():
                    shelf[item] = shelf.get(item, Decimal()) - claim.goods[item]
        return all(shelf.get(item, 0) >= quantity for item, quantity in stop.takes.items())

    def promised(self, lacks: Goods, store: Store | None) -> bool:
        """Whether some of what this store, as `left`, has not got lies on a shelf, but for others."""
        given = store.holds if store else {}
        short = {item for item, quantity in lacks.items() if given.get(item, 0) < quantity}
        return any(not short.isdisjoint(claim.goods) for claim in self.claims)


NOTHING = Supply()


@dataclass(frozen=True, slots=True)
class Errand:
    """All that a route lacks, to be fetched before `job_id`, the first visit that lacks something."""

    job_id: int
    lacks: Goods


@dataclass(frozen=True, slots=True)
class Pickup:
    """A stop at a store on the way to a visit: seconds of the day, `travel` on the way there. `store` None: no store
    has any of it, and nobody goes anywhere. `promised`: what lacks there is there, but for somebody else."""

    lacks: Goods
    store: Store | None
    start: int
    end: int
    travel: int
    promised: bool = False

    @property
    def takes(self) -> Goods:
        """What of it the store can give."""
        held = self.store.holds if self.store else {}
        return {item: min(quantity, held[item]) for item, quantity in self.lacks.items() if held.get(item)}

    @property
    def wrong(self) -> str | None:
        """What stands against it: `taken_parts` that another stop counts on, `no_parts` in any store, `few_parts` in
        this one, `no_store_place`."""
        if self.promised and (self.store is None or self.takes != self.lacks):
            return "taken_parts"
        if self.store is None:
            return "no_parts"
        if self.store.place is None:
            return "no_store_place"
        return "few_parts" if self.takes != self.lacks else None


def short(van: Goods, route: Iterable[tuple[int, Needs]]) -> tuple[dict[int, dict[int, Decimal]], dict[int, Decimal]]:
    """What each job of a route lacks when the van is emptied job by job, and what is left in the van after all."""
    left, found = dict(van), dict[int, dict[int, Decimal]]()
    for job, needs in route:
        for item, quantity in needs:
            have = left.get(item, Decimal())
            left[item] = max(Decimal(), have - quantity)
            if quantity > have:
                found.setdefault(job, {})[item] = quantity - have
    return found, left


def errand(van: Goods, route: Iterable[tuple[int, Needs]]) -> Errand | None:
    """One stop for all that the route lacks; None when the van holds everything."""
    lacking, _ = short(van, route)
    if not lacking:
        return None
    whole = dict[int, Decimal]()
    for lacks in lacking.values():
        for item, quantity in lacks.items():
            whole[item] = whole.get(item, Decimal()) + quantity
    return Errand(next(iter(lacking)), whole)


def missing(store: Store, lacks: Goods) -> int | None:
    """Of how many kinds a store has too little; None when it has nothing of anything."""
    if not any(store.holds.get(item) for item in lacks):
        return None
    return sum(store.holds.get(item, 0) < quantity for item, quantity in lacks.items())


def best_store(stores: Iterable[Store], lacks: Goods, before: Point | None, after: Point | None) -> Store | None:
    """The one whose way, from `before` to `after`, and shortcomings cost least; None when none has anything."""
    ways = [
        (_way_by(store, before, after) + MISSING * short_of, store.id, store)
        for store in stores
        if (short_of := missing(store, lacks)) is not None
    ]
    return min(ways, key=lambda one: one[:2])[2] if ways else None


def _way_by(store: Store, before: Point | None, after: Point | None) -> int:
    if store.place is None:
        return way(before, after) + UNKNOWN_WAY
    return way(before, store.place) + way(store.place, after)
