"""A day on paper: who is where when, what stands against it, and what a change of it costs. Pure.

Times are whole seconds from the local midnight at which the day began (so a day on which clocks change stays right),
durations and travel seconds, places degrees. A route is a technician's jobs in order of visit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from core.dispatch.planning.instance import Break, Point, Window
from core.plan.fetching import NOTHING, Claim, Goods, Needs, Pickup, Supply, best_store, errand
from core.plan.ways import way as way

RUNNING = ("travelling", "on_site")
OVER = ("done", "closed", "cancelled")
MOVABLE = ("new", "offered", "assigned", "paused")
HARD = ("skills", "no_shift", "no_place", "late", "soon", "pin", "overtime")
"""What a dispatcher must say yes to before it is done."""
MOVED_SECONDS = 300
"""A visit that shifts by less has not moved for anybody."""

Routes = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Person:
    """A technician's day. `start` is where the next way begins (None: unknown), `shift` when they work (None: not that
    day), `van` what lies in it of what jobs ask for."""

    id: int
    name: str
    shift: Window | None = None
    rest: Break | None = None
    start: Point | None = None
    skills: frozenset[str] = frozenset()
    on_duty: bool = False
    van: Goods = field(default_factory=dict)


class Job(NamedTuple):
    """A job that the day knows. `window` is the promise in which the visit begins, `due` the nearest deadline that a
    visit meets. `planned` to `seq` tell where the plan has it; `began` and `ended` what really happened (`began` of one
    who is on the way is the expected arrival). `floor`: nobody comes earlier than the customer was told. `needs`: the
    parts that it asks for. A tuple, as `instance.Order` is, and for the same reason."""

    id: int
    order_id: int
    state: str
    revision: int
    duration: int
    member_id: int | None = None
    title: str = ""
    site: str = ""
    place: Point | None = None
    window: Window | None = None
    due: int | None = None
    skills: frozenset[str] = frozenset()
    priority: str = "normal"
    planned: int | None = None
    seq: int | None = None
    pinned: bool = False
    told: int | None = None
    agreed: bool = False
    floor: int | None = None
    began: int | None = None
    ended: int | None = None
    needs: Needs = ()


@dataclass(frozen=True, slots=True)
class Day:
    """All that a plan is made of. `now` is negative before the day begins."""

    now: int
    people: Mapping[int, Person]
    jobs: Mapping[int, Job]
    supply: Supply = NOTHING


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop as it would be. `travel`: seconds on the way there, by the store of `pickup` if there is one. `wrong`:
    code and seconds of each conflict."""

    job_id: int
    member_id: int
    start: int
    end: int
    travel: int
    late: int = 0
    wrong: tuple[tuple[str, int], ...] = ()
    pickup: Pickup | None = None

    @property
    def busy(self) -> int:
        """Seconds that it takes of somebody's day, waiting aside."""
        return self.travel + self.end - self.start + self.stay

    @property
    def stay(self) -> int:
        """Seconds at the store."""
        return self.pickup.end - self.pickup.start if self.pickup else 0


def routes_of(day: Day) -> dict[int, list[int]]:
    """The plan as it stands: what runs first, then by place in the route; a job without one comes last."""
    found: dict[int, list[Job]] = {person: [] for person in day.people}
    for job in day.jobs.values():
        if job.member_id in found and job.state not in OVER:
            found[job.member_id].append(job)
    return {person: [job.id for job in sorted(jobs, key=_in_route)] for person, jobs in found.items()}


def with_new(day: Day, member_id: int, route: Sequence[int]) -> list[int]:
    """The route, with what came to it since it was planned where it costs least: what would be late first, then
    travel."""
    fresh = [one for one in route if day.jobs[one].seq is None and day.jobs[one].state not in RUNNING]
    found = [one for one in route if one not in fresh]
    for one in fresh:
        found = _cheapest(day, member_id, found, one)
    return found


def _in_route(job: Job) -> tuple[Any, ...]:
    opens = job.window[0] if job.window else job.due or 1 << 30
    return (job.state not in RUNNING, job.seq is None, job.seq or 0, opens, job.id)


def reserve(day: Day) -> list[Job]:
    """Open jobs that nobody has, the most pressing first."""
    level = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
    waiting = [job for job in day.jobs.values() if job.member_id is None and job.state not in OVER]
    return sorted(waiting, key=lambda job: (level.get(job.priority, 2), job.due or 1 << 30, job.id))


def timed(day: Day, person: Person, route: Iterable[int]) -> list[Visit]:
    """When each stop of a route begins and ends, and what is wrong with it. What the van lacks is fetched on the way
    to the first visit that lacks something."""
    at, place, rest = max(day.now, person.shift[0] if person.shift else 0), person.start, person.rest
    jobs = [day.jobs[one] for one in route]
    lacking = errand(person.van, [(job.id, job.needs) for job in jobs if job.needs and job.state not in RUNNING])
    visits = []
    for job in jobs:
        if job.state in RUNNING:
            visit = _running(day, person, job)
        else:
            lacks = lacking.lacks if lacking and lacking.job_id == job.id else None
            lead = _Lead(way(place, job.place)) if lacks is None else _fetching(day, person, place, job, lacks)
            visit, rest = _stop(day, person, job, at, lead, rest)
        visits.append(visit)
        at, place = visit.end, job.place or place
    return visits


@dataclass(frozen=True, slots=True)
class _Lead:
    """The way to a job: `travel` seconds in all, and on the way the stop at a store, so many seconds after leaving."""

    travel: int
    pickup: Pickup | None = None

    @property
    def seconds(self) -> int:
        return self.travel + (self.pickup.end - self.pickup.start if self.pickup else 0)

    def left_at(self, at: int, rest: Break | None) -> Pickup | None:
        """The stop of whoever leaves at that time, and takes the break first when it falls before its end."""
        if self.pickup is None or self.pickup.store is None:
            return self.pickup
        if rest is not None and max(at, rest.window[0]) < at + self.pickup.end:
            at += rest.duration
        return replace(self.pickup, start=at + self.pickup.start, end=at + self.pickup.end)


def _fetching(day: Day, person: Person, place: Point | None, job: Job, lacks: Goods) -> _Lead:
    """The way by the store that suits best of those where others leave something."""
    supply = day.supply.without([person.id])
    store = best_store(supply.left(lacks), lacks, place, job.place)
    promised = supply.promised(lacks, store)
    if store is None:
        return _Lead(way(place, job.place), Pickup(lacks, None, 0, 0, 0, promised))
    there = way(place, store.place)
    travel = there + way(store.place, job.place) if store.place else way(place, job.place)
    return _Lead(travel, Pickup(lacks, store, there, there + supply.seconds, there, promised))


def _running(day: Day, person: Person, job: Job) -> Visit:
    """What runs is where it is: never over before now."""
    start = job.began if job.began is not None else day.now
    if job.state == "travelling":
        start = max(start, day.now)
    return Visit(job.id, person.id, start, max(start + job.duration, day.now), 0, *_wrong(day, person, job, start))


def _stop(day: Day, person: Person, job: Job, at: int, lead: _Lead, rest: Break | None) -> tuple[Visit, Break | None]:
    """The next stop, and the break that is still to come: it is taken before the stop once it would not fit after it,
    or costs nothing there."""
    start, taken = _opens(job, at + lead.seconds), None
    if rest is not None:
        breaks = max(at, rest.window[0])
        with_rest = _opens(job, breaks + rest.duration + max(0, at + lead.seconds - breaks))
        if breaks <= rest.window[1] and (start + job.duration > rest.window[1] or with_rest == start):
            start, rest, taken = with_rest, None, rest
        elif at > rest.window[1]:
            rest = None
    pickup = lead.left_at(at, taken)
    late, wrong = _wrong(day, person, job, start)
    if pickup is not None and pickup.wrong:
        wrong = (*wrong, (pickup.wrong, 0))
    return Visit(job.id, person.id, start, start + job.duration, lead.travel, late, wrong, pickup), rest


def _opens(job: Job, arrival: int) -> int:
    if job.pinned and job.planned is not None:
        return max(arrival, job.planned)
    return max(arrival, job.window[0] if job.window else arrival, job.floor or arrival)


def _wrong(day: Day, person: Person, job: Job, start: int) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Seconds late, and all that stands against this visit. A visit that runs is only late or not."""
    found: list[tuple[str, int]] = []
    late = 0
    if job.window and start > job.window[1]:
        late = start - job.window[1]
        found.append(("past" if job.window[1] < day.now else "late", late))
    if job.window and start < job.window[0] and job.state not in RUNNING:
        found.append(("soon", job.window[0] - start))
    if job.due is not None and start > job.due:
        late = max(late, start - job.due)
        found.append(("sla", start - job.due))
    if job.state in RUNNING:
        return late, tuple(found)
    if job.pinned and job.planned is not None and start > job.planned:
        found.append(("pin", start - job.planned))
    if job.skills - person.skills:
        found.append(("skills", 0))
    if job.place is None:
        found.append(("no_place", 0))
    if person.shift is None:
        found.append(("no_shift", 0))
    elif start + job.duration > person.shift[1]:
        found.append(("overtime", start + job.duration - person.shift[1]))
    elif start < person.shift[0]:
        found.append(("early", person.shift[0] - start))
    return late, tuple(found)


def all_timed(day: Day, routes: Routes) -> dict[int, list[Visit]]:
    """Several routes that share what the stores hold: who counted on it before comes first, then who comes there
    first. Whoever comes later looks at what is left."""
    free = replace(day, supply=day.supply.without(routes))
    found = {person: timed(free, day.people[person], route) for person, route in routes.items()}
    before = {claim.member_id for claim in day.supply.claims}
    stops = [(person not in before, stop.start, person) for person, route in found.items() if (stop := _claims(route))]
    claims = list(free.supply.claims)
    for _, _, person in sorted(stops):
        here = replace(day, supply=replace(free.supply, claims=tuple(claims)))
        stop = _claims(found[person])
        if stop and not here.supply.gives(stop):
            found[person] = timed(here, day.people[person], routes[person])
            stop = _claims(found[person])
        if stop and stop.store:
            claims.append(Claim(person, stop.store.id, stop.takes))
    return found


def _claims(route: Iterable[Visit]) -> Pickup | None:
    """The stop of a route at which something is taken."""
    return next((visit.pickup for visit in route if visit.pickup and visit.pickup.store), None)


def placed(day: Day, job_id: int, member_id: int | None, start: int | None) -> tuple[Day, dict[int, list[int]]]:
    """The day, and the routes of those concerned, if the job went to `member_id` (None: the reserve). With a `start`
    it is pinned there; without one it comes where it costs the least travel and nobody is made later for it."""
    job = day.jobs[job_id]
    moved = job._replace(member_id=member_id, pinned=start is not None, planned=start, seq=None)
    after = replace(day, jobs={**day.jobs, job_id: moved})
    routes = routes_of(day)
    changed: dict[int, list[int]] = {}
    if job.member_id in routes:
        changed[job.member_id] = [one for one in routes[job.member_id] if one != job_id]
    if member_id is not None:
        rest = changed.get(member_id, routes[member_id])
        changed[member_id] = _by_time(after, member_id, rest, job_id) if start is not None else _cheapest(
            after, member_id, rest, job_id)  # fmt: skip
    return after, changed


def _by_time(day: Day, member_id: int, route: Sequence[int], job_id: int) -> list[int]:
    """Behind what begins before the time it is pinned to."""
    wanted = day.jobs[job_id].planned or 0
    starts = {visit.job_id: visit.start for visit in timed(day, day.people[member_id], route)}
    before = [one for one in route if starts[one] <= wanted or day.jobs[one].state in RUNNING]
    return [*before, job_id, *(one for one in route if one not in before)]


def _cheapest(day: Day, member_id: int, route: Sequence[int], job_id: int) -> list[int]:
    person = day.people[member_id]
    first = sum(day.jobs[one].state in RUNNING for one in route)
    ways = [[*route[:at], job_id, *route[at:]] for at in range(first, len(route) + 1)]
    return min(ways, key=lambda one: price(timed(day, person, one)))


def price(visits: Iterable[Visit]) -> tuple[int, int]:
    """The worst first: seconds late, past the shift and off a pin; then travel, with the time spent at stores."""
    found = list(visits)
    wrong = sum(
        seconds
        for visit in found
        for code, seconds in visit.wrong
        if code in ("late", "soon", "sla", "overtime", "pin")
    )
    return wrong, sum(visit.travel + visit.stay for visit in found)


def difference(day: Day, after: Day, changed: Routes) -> dict[str, Any]:
    """What a dispatcher is shown of a change: `travel` and `late` are seconds added; `moved` the visits that shift for
    somebody: {job, order, title, from, to, member, was, told}; `conflicts`: {job, order, member, code, seconds, fresh}
    of everybody concerned; `people` whose day changes, `tell` how many customers knew another time."""
    before = routes_of(day)
    held = all_timed(day, {one: before[one] for one in changed})
    old = [visit for route in held.values() for visit in route]
    old += [visit for one in _left(day, before, changed) for visit in one]
    new = [visit for route in all_timed(after, changed).values() for visit in route]
    was, becomes = {visit.job_id: visit for visit in old}, {visit.job_id: visit for visit in new}
    moved = [
        _moved(after.jobs[one], was.get(one), becomes.get(one))
        for one in sorted(was.keys() | becomes.keys())
        if _shifts(was.get(one), becomes.get(one))
    ]
    known = {(visit.job_id, code) for visit in old for code, _ in visit.wrong}
    conflicts = [
        {
            "job": visit.job_id,
            "order": after.jobs[visit.job_id].order_id,
            "member": visit.member_id,
            "code": code,
            "seconds": seconds,
            "fresh": (visit.job_id, code) not in known or was[visit.job_id].member_id != visit.member_id,
        }
        for visit in new
        for code, seconds in visit.wrong
    ]
    return {
        "travel": sum(visit.travel for visit in new) - sum(visit.travel for visit in old),
        "late": sum(visit.late for visit in new) - sum(visit.late for visit in old),
        "moved": moved,
        "conflicts": conflicts,
        "people": sorted(
            {one["member"] for one in moved if one["member"]} | {one["was"] for one in moved if one["was"]}
        ),
        "tell": sum(one["told"] for one in moved),
    }


def _left(day: Day, before: Routes, changed: Routes) -> Iterable[list[Visit]]:
    """Routes of people outside `changed` from which a job is taken."""
    jobs = {job for route in changed.values() for job in route}
    for one, route in before.items():
        if one not in changed and jobs & set(route):
            yield [visit for visit in timed(day, day.people[one], route) if visit.job_id in jobs]


def _shifts(was: Visit | None, becomes: Visit | None) -> bool:
    if was is None or becomes is None:
        return was is not becomes
    return was.member_id != becomes.member_id or abs(was.start - becomes.start) >= MOVED_SECONDS


def _moved(job: Job, was: Visit | None, becomes: Visit | None) -> dict[str, Any]:
    return {
        "job": job.id,
        "order": job.order_id,
        "title": job.site or job.title,
        "from": was.start if was else None,
        "to": becomes.start if becomes else None,
        "was": was.member_id if was else None,
        "member": becomes.member_id if becomes else None,
        "told": job.told is not None and (becomes is None or abs(becomes.start - job.told) >= MOVED_SECONDS),
    }


def is_news(start: int, told: int | None, window: Window | None, threshold: int) -> bool:
    """Whether the customer should hear of this start: it is `threshold` seconds away from the one they know, or, when
    they know none, that much past the window they were promised."""
    if told is not None:
        return abs(start - told) >= threshold
    return window is not None and start >= window[1] + threshold
