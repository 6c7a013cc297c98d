"""What each technician would have to fetch for each job, as the optimiser reads it. Pure."""

from array import array
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal

from core.dispatch.planning.instance import Pickups
from core.plan.fetching import MISSING, Goods, Store, short
from core.plan.rules import Day, Job, Person

COVERED = -1
"""The shelf that nobody needs: the van holds enough."""


def pickups(
    day: Day,
    team: Sequence[Person],
    jobs: Sequence[Job],
    routes: Mapping[int, list[int]],
    seekers: Container[int] | None = None,
) -> Pickups | None:
    """None when nobody lacks anything that a store on the map has.

    A technician's own jobs are looked at as the route stands, all others with what it leaves in the van. A job that
    somebody has brings along what its route counts on in a store; for one that nobody has there is what all routes
    leave there. With `seekers` only these jobs look for a route: what others of them would lack is not looked at."""
    if not any(job.needs for job in jobs):
        return None
    wanted = {item for job in jobs for item, _ in job.needs}
    whole = _placed(day.supply.without(day.people).left(wanted))
    if not whole:
        return None
    kits = Kits(whole, _placed(day.supply.left(wanted)))
    asked = Asked(jobs, kits, seekers)
    column = {job.id: n for n, job in enumerate(jobs)}
    lacks = array("h")
    for person in team:
        mine = [day.jobs[one] for one in routes[person.id] if one in column]
        lacking, left = short(person.van, [(job.id, job.needs) for job in mine])
        row = asked.row(left)
        for job in mine:
            row[column[job.id]] = kits.of(tuple(kits.shelf(*one) for one in lacking.get(job.id, {}).items()))
        lacks.extend(row)
    places = tuple(store.place for store in whole if store.place)
    nobody = array("h", [-1]) * len(lacks)
    return None if lacks == nobody else Pickups(places, tuple(kits.known), lacks, day.supply.seconds)


def _placed(stores: Iterable[Store]) -> list[Store]:
    return [store for store in stores if store.place]


class Kits:
    """The stores that have some of what somebody lacks, with what they have not in seconds; each such choice once.

    A shelf is what each store holds of one item beside a quantity of it: enough, too little, or nothing; the same one
    has the same number. `rest` are the same stores with what is left for jobs that nobody has. `looked` counts how
    often stores were asked."""

    def __init__(self, stores: Sequence[Store], rest: Sequence[Store] | None = None) -> None:
        self.stores = {False: stores, True: stores if rest is None else rest}
        self.known: dict[tuple[tuple[int, int], ...], int] = {}
        self.looked = 0
        self._shelves: dict[tuple[int | None, ...], int] = {}
        self._shelf_of: dict[tuple[int, Decimal, bool], int] = {}
        self._kit_of: dict[tuple[int, ...], int] = {}

    def shelf(self, item: int, quantity: Decimal, rest: bool = False) -> int:
        """Its number; `quantity` is more than nothing."""
        found = self._shelf_of.get((item, quantity, rest))
        if found is None:
            self.looked += 1
            held = [store.holds.get(item) for store in self.stores[rest]]
            seen = tuple([int(have < quantity) if have else None for have in held])
            found = self._shelf_of[item, quantity, rest] = self._shelves.setdefault(seen, len(self._shelves))
        return found

    def of(self, shelves: tuple[int, ...]) -> int:
        """The kit of all that lacks; -1 when nothing does or no store has any of it."""
        found = self._kit_of.get(shelves)
        if found is None:
            found = self._kit_of[shelves] = self._number([one for one in shelves if one != COVERED])
        return found

    def _number(self, shelves: Sequence[int]) -> int:
        seen = list(self._shelves)
        choice = []
        for n in range(len(self.stores[False])):
            has = [seen[one][n] for one in shelves]
            if any(few is not None for few in has):
                choice.append((n, MISSING * sum(few != 0 for few in has)))
        return self.known.setdefault(tuple(choice), len(self.known)) if choice else -1


class Asked:
    """What the jobs ask for, each quantity of an item once under a number. An empty van lacks all of it; what lies in
    another is compared only with those who ask for that: many kinds of parts cost little more than few. With `seekers`
    all other jobs ask for nothing. `filled` counts the comparisons."""

    def __init__(self, jobs: Sequence[Job], kits: Kits, seekers: Container[int] | None = None) -> None:
        self.kits = kits
        self.filled = 0
        numbers: dict[tuple[int, Decimal, bool], int] = {}
        self._columns: dict[tuple[int, ...], list[int]] = {}
        for n, job in enumerate(jobs):
            if job.needs and (seekers is None or job.id in seekers):
                wanted = [(*one, job.member_id is None) for one in job.needs]
                asked = tuple([numbers.setdefault(one, len(numbers)) for one in wanted])
                self._columns.setdefault(asked, []).append(n)
        self._shelves = [kits.shelf(*one) for one in numbers]
        self._quantities: dict[int, list[tuple[Decimal, bool, int]]] = {}
        for (item, quantity, rest), number in numbers.items():
            self._quantities.setdefault(item, []).append((quantity, rest, number))
        self._askers = _askers(self._columns, [item for item, _, _ in numbers])
        self._empty = array("h", [-1] * len(jobs))
        self._fill(self._empty, self._columns, self._shelves)

    def row(self, van: Goods) -> "array[int]":
        """The kit that each job lacks beside what lies in this van."""
        row, shelves = self._empty[:], self._shelves[:]
        touched = set[tuple[int, ...]]()
        for item, have in van.items():
            if have and item in self._quantities:
                touched.update(self._askers[item])
                for quantity, rest, number in self._quantities[item]:
                    left = quantity - have
                    shelves[number] = self.kits.shelf(item, left, rest) if left > 0 else COVERED
        self._fill(row, touched, shelves)
        return row

    def _fill(self, row: "array[int]", which: Iterable[tuple[int, ...]], shelves: Sequence[int]) -> None:
        for asked in which:
            self.filled += 1
            kit = self.kits.of(tuple([shelves[number] for number in asked]))
            for n in self._columns[asked]:
                row[n] = kit


def _askers(columns: Iterable[tuple[int, ...]], items: Sequence[int]) -> dict[int, list[tuple[int, ...]]]:
    """Who asks for an item, in any quantity."""
    found: dict[int, list[tuple[int, ...]]] = {}
    for asked in columns:
        for number in asked:
            found.setdefault(items[number], []).append(asked)
    return found
