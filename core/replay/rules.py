"""What a replay is made of, what it may ask, and what it counts. Pure.

Moments are whole seconds since 1970, stays and travel are seconds, places degrees.

`asked`: `{"code", "new", "before": {code, name, data, id, first}, "after": {…}, "rota": {name, data, members, names}}`:
a rule set as it is kept in versions, in two shapes; `new`: it is only in the second; `rota`: by what these people work
in the second (null: as they did).
`result`: `{"jobs", "left_out": {open, remote, cancelled}, "homeless", "placeless", "pause", "sides": {truth, before,
after}, "people": {id: name}, "reasons": {"before": [[rule, n], …], "after": …}, "changed", "otherwise", "rows"}`: a
side is as `Figures` says, `changed` counts the jobs that the sides give to different people (`rows` tells of the first
of them), `otherwise` those that the rules before the change already give to somebody else than had them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from statistics import fmean
from typing import Any

from core.dispatch.planning.instance import Point
from core.kernel.errors import Refusal
from core.plan.rules import way
from core.presence.rules import DETOUR, haversine

MOST_DAYS = 31
MOST_JOBS = 20_000
MOST_ROWS = 300
LONGEST_STAY = 12 * 3600
"""A longer stay was not a stay: somebody forgot to say that they had left, or came back another day."""
MORNING, EVENING = 2 * 3600, 6 * 3600
"""How long before a shift and after it a visit still belongs to it."""
TRUTH, BEFORE, AFTER = "truth", "before", "after"
SIDES = (TRUTH, BEFORE, AFTER)


@dataclass(frozen=True, slots=True)
class PastJob:
    """A job as it came, and what really became of it. `at` is when it came; `stay` is how long it really took;
    `planned` minutes are what the robot thought. `member` really had it, and was there from `arrived` on (None: nobody
    has been). `held`: it came before the period, so that it is where it really was on every side."""

    id: int
    order_id: int
    title: str
    at: int
    stay: int
    planned: int
    place: Point | None = None
    window: tuple[int, int] | None = None
    due: int | None = None
    member: int | None = None
    arrived: int | None = None
    held: bool = False
    asked_help: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician, with the shifts that were really worked, by their start."""

    id: int
    name: str
    home: Point | None = None
    shifts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A visit on one of the sides. `travel` seconds and `km` lead to it."""

    job_id: int
    member: int
    start: int
    end: int
    travel: int
    km: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a side came to. `met` of `due` orders were reached in time; `travel` and `overtime` (visits outside of
    shifts) are minutes, `reach` minutes from the order to the arrival; `nobody` found nobody at once, `left` never;
    `load` minutes of driving and working by member."""

    visits: int = 0
    due: int = 0
    met: int = 0
    km: float = 0.0
    travel: int = 0
    overtime: int = 0
    reach: int = 0
    nobody: int = 0
    left: int = 0
    load: Mapping[str, int] = field(default_factory=dict)

    @property
    def sla(self) -> float | None:
        """Per cent; None where nothing was promised."""
        return 100 * self.met / self.due if self.due else None

    @property
    def spread(self) -> int:
        """Minutes between the busiest and the idlest."""
        return max(self.load.values()) - min(self.load.values()) if self.load else 0

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def check_period(first: date, last: date, today: date) -> None:
    """Refusals with `field`: replay.reversed, replay.future, replay.too_long."""
    if first > today:
        raise Refusal("replay.future", field="first")
    if last < first:
        raise Refusal("replay.reversed", field="last")
    if last > today:
        raise Refusal("replay.future", field="last")
    if (last - first).days >= MOST_DAYS:
        raise Refusal("replay.too_long", field="last", most=MOST_DAYS)


def stay_of(arrived: int | None, left: int | None, planned: int) -> int:
    """How long the visit really took; as planned where nobody knows."""
    if arrived is None or left is None or not 0 < left - arrived <= LONGEST_STAY:
        return planned * 60
    return left - arrived


def kilometres(a: Point | None, b: Point | None) -> float:
    """By road, as the planner estimates it."""
    return haversine(*a, *b) / 1000 * DETOUR if a and b else 0.0


def outside(start: int, end: int, shifts: Iterable[tuple[int, int]]) -> int:
    """Seconds of a stretch in which none of these shifts (apart from each other) lies."""
    return end - start - sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in shifts)


def shift_of(worker: Worker, at: int) -> int | None:
    """Which shift a visit that began then belongs to."""
    near = [n for n, (start, end) in enumerate(worker.shifts) if start - MORNING <= at < end + EVENING]
    return near[-1] if near else None


def truth(jobs: Iterable[PastJob], workers: Mapping[int, Worker], midnights: Sequence[int]) -> list[Done]:
    """What really happened, with ways as the planner estimates them: from home through each shift (outside of one,
    through each day)."""
    tours: dict[tuple[int, Any], list[PastJob]] = {}
    for job in jobs:
        if job.member is not None and job.arrived is not None:
            worker = workers[job.member]
            shift = shift_of(worker, job.arrived)
            key = shift if shift is not None else ("day", sum(one <= job.arrived for one in midnights))
            tours.setdefault((worker.id, key), []).append(job)
    found = []
    for (member, _), tour in tours.items():
        here = workers[member].home
        for job in sorted(tour, key=lambda one: one.arrived or 0):
            start, km = job.arrived or 0, kilometres(here, job.place)
            found.append(Done(job.id, member, start, start + job.stay, way(here, job.place), km))
            here = job.place or here
    return found


def figures(
    visits: Sequence[Done],
    jobs: Mapping[int, PastJob],
    workers: Mapping[int, Worker],
    counted: Iterable[int],
    due: Iterable[int],
    nobody: int,
) -> Figures:
    """`counted`: who is in the load even without a visit. `due`: the orders whose promise is judged."""
    load = dict.fromkeys(counted, 0)
    first: dict[int, int] = {}
    promise = {job.order_id: job.due for job in jobs.values() if job.due is not None}
    overtime, reach, late = 0, [], set(due)
    for one in visits:
        job = jobs[one.job_id]
        load[one.member] = load.get(one.member, 0) + one.end - one.start + one.travel
        overtime += outside(one.start, one.end, workers[one.member].shifts)
        first[job.order_id] = min(one.start, first.get(job.order_id, one.start))
        if not job.held:
            reach.append(one.start - job.at)
    met = sum(order in first and first[order] <= (promise[order] or 0) for order in late)
    been = {one.job_id for one in visits}
    fresh = [job for job in jobs.values() if not job.held]
    return Figures(
        visits=sum(job.id in been for job in fresh),
        due=len(late),
        met=met,
        km=round(sum(one.km for one in visits), 1),
        travel=round(sum(one.travel for one in visits) / 60),
        overtime=round(overtime / 60),
        reach=round(fmean(reach) / 60) if reach else 0,
        nobody=nobody,
        left=sum(job.id not in been for job in fresh),
        load={str(member): round(seconds / 60) for member, seconds in load.items()},
    )


def judged_orders(jobs: Iterable[PastJob], now: int) -> set[int]:
    """Orders of the period whose promised arrival can be judged: somebody came, or the time is over."""
    fresh = [job for job in jobs if job.due is not None and not job.held]
    return {job.order_id for job in fresh if job.arrived is not None or (job.due or 0) < now}
