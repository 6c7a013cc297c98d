"""A day of the desk as the optimiser reads it. What is promised, running, pinned or agreed is locked."""

from collections.abc import Container
from dataclasses import dataclass

from core.dispatch.planning.instance import PENALTIES, Instance, Order, Point, Technician, Travel, Window
from core.plan.kits import pickups
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


def instance_of(
    day: Day, locks: Locks = Locks(), seekers: Container[int] | None = None
) -> tuple[Instance, dict[int, str]]:
    """The instance, and the jobs that are not in it with the reason why (`no_place`). With `seekers` it is good only
    for seating these while all others stay where they are: what somebody else would have to fetch for those is left
    out, which is most of the work where many kinds of parts are asked for."""
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
    jobs = [day.jobs[int(order.id)] for order in orders]
    fetch = pickups(day, [day.people[one] for one in team], jobs, routes, seekers)
    return Instance(TRAVEL, tuple(team.values()), tuple(orders), current, pickups=fetch), out


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
