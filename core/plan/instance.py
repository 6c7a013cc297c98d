"""A day of the desk as the optimiser reads it. What is promised, running, pinned or agreed is locked."""

from array import array
from bisect import bisect_left
from collections.abc import Container, Sequence
from dataclasses import dataclass

from core.dispatch.planning.instance import PENALTIES, Instance, Order, Pickups, Point, Technician, Travel, Window
from core.plan.fetching import MISSING, Goods, Needs, Store, beyond, missing, short
from core.plan.rules import MOVABLE, RUNNING, Day, Job, Person, routes_of, timed
from core.presence.rules import DETOUR, SPEED_KMH, STOP_MINUTES

TRAVEL = Travel(DETOUR, SPEED_KMH, STOP_MINUTES * 60)
END = 2 * 86_400
HELD = 50_000_000
"""The penalty of what must not be dropped."""
TAKEN = 3
"""How much dearer it is to drop what somebody has already."""


@dataclass(frozen=True, slots=True)
class Locks:
    """`hold`: told times may shift by so many seconds at most (None: freely inside their windows), but not those of
    `free` jobs. `relaxed`: jobs that may be late rather than left out."""

    hold: int | None = None
    free: Container[int] = ()
    relaxed: Container[int] = ()


def instance_of(day: Day, locks: Locks = Locks()) -> tuple[Instance, dict[int, str]]:
    """The instance, and the jobs that are not in it with the reason why (`no_place`)."""
    routes = routes_of(day)
    middle = _middle(day)
    team = {one.id: _technician(day, one, routes[one.id], middle) for one in day.people.values() if one.shift}
    team = {one: found for one, found in team.items() if found.shift[0] < found.shift[1]}
    orders, out = [], {}
    for job in day.jobs.values():
        if job.state not in MOVABLE:
            continue
        place = job.place or (team[job.member_id].start if job.member_id in team else None)
        if place is None:
            out[job.id] = "no_place"
        else:
            orders.append(_order(day, job, place, locks))
    known = {job.id for job in day.jobs.values() if job.state in MOVABLE and job.id not in out}
    current = {str(one): tuple(str(job) for job in routes[one] if job in known) for one in team}
    fetch = _pickups(day, [day.people[one] for one in team], [day.jobs[int(order.id)] for order in orders], routes)
    return Instance(TRAVEL, tuple(team.values()), tuple(orders), current, pickups=fetch), out


def _pickups(day: Day, team: list[Person], jobs: list[Job], routes: dict[int, list[int]]) -> Pickups | None:
    """What each would have to fetch for each job; None when nobody lacks anything that a store on the map has.

    A technician's own jobs are looked at as the route stands, all others with what it leaves in the van."""
    stores = [store for store in day.supply.stores if store.place]
    if not stores or not any(job.needs for job in jobs):
        return None
    kits = _Kits(stores)
    distinct = sorted({job.needs for job in jobs})
    asked = [bisect_left(distinct, job.needs) for job in jobs]
    column = {job.id: n for n, job in enumerate(jobs)}
    lacks = array("h")
    for person in team:
        mine = [day.jobs[one] for one in routes[person.id] if one in column]
        lacking, left = short(person.van, [(job.id, job.needs) for job in mine])
        by_needs = [kits.of(beyond(left, needs)) for needs in distinct]
        row = [by_needs[n] for n in asked]
        for job in mine:
            row[column[job.id]] = kits.of(tuple(lacking.get(job.id, {}).items()))
        lacks.extend(row)
    places = tuple(store.place for store in stores if store.place)
    return Pickups(places, tuple(kits.known), lacks, day.supply.seconds) if max(lacks, default=-1) >= 0 else None


class _Kits:
    """The stores that have some of what somebody lacks, with what they have not in seconds; each such choice once."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self.stores = stores
        self.known: dict[tuple[tuple[int, int], ...], int] = {}
        self.numbers: dict[Needs, int] = {(): -1}

    def of(self, lacks: Needs) -> int:
        """Its number; -1 when nothing lacks or no store has any of it."""
        found = self.numbers.get(lacks)
        if found is None:
            found = self.numbers[lacks] = self._number(dict(lacks))
        return found

    def _number(self, lacks: Goods) -> int:
        few = [(n, missing(store, lacks)) for n, store in enumerate(self.stores)]
        choice = tuple((n, MISSING * kinds) for n, kinds in few if kinds is not None)
        return self.known.setdefault(choice, len(self.known)) if choice else -1


def _middle(day: Day) -> Point:
    """Where somebody begins whose place nobody knows."""
    places = [job.place for job in day.jobs.values() if job.place]
    if not places:
        return (0.0, 0.0)
    return sum(one[0] for one in places) / len(places), sum(one[1] for one in places) / len(places)


def _technician(day: Day, person: Person, route: list[int], middle: Point) -> Technician:
    """Free when and where what runs is over."""
    assert person.shift is not None
    begun = timed(day, person, [job for job in route if day.jobs[job].state in RUNNING])
    free = max(day.now, person.shift[0], *(visit.end for visit in begun))
    last = day.jobs[begun[-1].job_id].place if begun else None
    rest = person.rest if person.rest and person.rest.window[1] >= free else None
    return Technician(
        str(person.id), last or person.start or middle, None, (free, max(free, person.shift[1])), person.skills, rest
    )


def _order(day: Day, job: Job, place: Point, locks: Locks) -> Order:
    penalty = PENALTIES.get(job.priority, PENALTIES["normal"]) * (TAKEN if job.member_id else 1)
    window, keeper, skills = _window(day, job, locks), None, job.skills
    if (job.pinned or job.state == "paused") and job.member_id is not None:
        keeper, skills, penalty = str(job.member_id), frozenset[str](), HELD
    if job.agreed:
        penalty = HELD
    return Order(str(job.id), place, job.duration, (window,), skills, job.priority, penalty, keeper)


def _window(day: Day, job: Job, locks: Locks) -> Window:
    """When the visit may begin. What is over already is served as soon as possible."""
    if job.pinned and job.planned is not None:
        return (job.planned, job.planned) if job.planned >= day.now else (day.now, END)
    first, last = job.window or (0, END)
    if job.window is None and job.due is not None and job.due >= day.now:
        last = job.due
    if job.told is not None and locks.hold is not None and job.id not in locks.free:
        near = max(first, job.told - locks.hold), min(last, job.told + locks.hold)
        first, last = near if near[0] <= near[1] else (job.told - locks.hold, job.told + locks.hold)
    elif job.floor is not None and job.id not in locks.free:
        first = max(first, job.floor)
    if job.id in locks.relaxed or last < day.now:
        last = END
    return first, last
