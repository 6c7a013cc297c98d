"""A day goes by: every moment at which something happens, one after another, on the desk's own clock.

The desk itself does what it always does: timers and tasks run as soon as they are due. Customers, technicians and
whoever assigns are played from here. Papers are not printed.
"""

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import core.reactions  # noqa: F401
from core.dispatch import actions as dispatch
from core.kernel.actor import Actor, member
from core.kernel.clock import clock
from core.kernel.database import pool
from core.kernel.errors import Refusal
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.people.queries import actor_of
from core.presence import actions as presence
from core.reports import actions as reports
from core.schedule import actions as schedule
from core.tasks.actions import run_one
from core.tasks.leases import Holder, holder
from core.timers.actions import run_due
from naryad.simulation.day import Day, Place, Request, answer, travel_seconds
from naryad.simulation.town import Town

NIGHT = 23 * 3600
LEVELS = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
UNPRINTED = "documents.render"
NO_SHOW_NOTICED = 3600.0
Act = Callable[..., Awaitable[None]]

_NEXT = """
SELECT least((SELECT min(due_at) FROM timers_timers WHERE dead_at IS NULL),
             (SELECT min(run_at) FROM tasks_tasks WHERE state = 'queued' AND kind <> $1))
"""
_TO_DO = """
SELECT j.id, j.order_id, j.planned_from, o.priority, v.seq FROM orders_jobs j
JOIN orders_orders o ON o.id = j.order_id LEFT JOIN plan_visits v ON v.job_id = j.id
WHERE j.assignee_id = $1 AND j.state = 'assigned' ORDER BY v.seq, j.id
"""
_OPEN = "SELECT id, job_id, member_id FROM dispatch_offers WHERE id > $1 AND state = 'open' ORDER BY id"
_HELP = """
SELECT id AS job_id, order_id AS id, needs_help FROM orders_jobs
WHERE needs_help IS NOT NULL AND state = 'new' ORDER BY id
"""


class Hand(Protocol):
    """Who assigns what the robot does not. `mode`: the rule set's. `tells`: whether customers see who comes and when
    without asking. `plans`: whether technicians follow the plan's route."""

    mode: str
    tells: bool
    plans: bool

    async def begin(self, life: "Life") -> None:
        """The day begins."""

    async def asked(self, life: "Life", job_id: int) -> None:
        """A job waits for a decision."""

    async def freed(self, life: "Life", member_id: int) -> None:
        """Somebody has nothing to do."""


class Life:
    """One day under one hand. `touches` counts what people at the desk had to do, by cause; `travel` and `worked` are
    seconds by member."""

    def __init__(self, day: Day, town: Town, midnight: datetime, hand: Hand) -> None:
        self.day, self.town, self.hand, self.midnight = day, town, hand, midnight
        self.touches: Counter[str] = Counter()
        self.travel: defaultdict[int, float] = defaultdict(float)
        self.worked: defaultdict[int, float] = defaultdict(float)
        self.assigned_after: list[float] = []
        self.free: set[int] = set()
        self.on_shift: set[int] = set()
        self.workers = dict(zip(town.members, day.workers, strict=True))
        self.place: dict[int, Place] = {id: worker.home for id, worker in self.workers.items()}
        self.requests: dict[int, Request] = {}
        self.now = 0.0
        self._heap: list[tuple[float, int, Act, tuple[Any, ...]]] = []
        self._number = itertools.count()
        self._actors: dict[int, Actor] = {}
        self._offers = 0
        self._waiting: set[int] = set()

    # Time

    def at(self, seconds: float, act: Act, *args: Any) -> None:
        """Have this happen then, or now if that is past."""
        heapq.heappush(self._heap, (max(seconds, self.now), next(self._number), act, args))

    def moment(self, seconds: float) -> datetime:
        return self.midnight + timedelta(seconds=seconds)

    async def run(self, progress: Callable[[float], None] = lambda _: None) -> None:
        """Until late in the evening; `progress` hears the part of the day that is over."""
        for request in self.day.requests:
            self.at(request.at, self._call, request)
        for id, worker in self.workers.items():
            if not worker.absent:
                self.at(worker.begins, self._come, id)
                self.at(worker.ends, self._leave, id)
        await self.hand.begin(self)
        async with holder() as by:
            while (then := await self._next()) is not None and then <= NIGHT:
                self._set(then)
                if self._heap and self._heap[0][0] <= then:
                    _, _, act, args = heapq.heappop(self._heap)
                    await act(*args)
                await self._settle(by)
                progress(then / NIGHT)

    async def _next(self) -> float | None:
        due = await fetchval(_NEXT, UNPRINTED)
        moments = [max((due - self.midnight).total_seconds(), self.now)] if due else []
        return min(moments + [one[0] for one in self._heap[:1]], default=None)

    def _set(self, seconds: float) -> None:
        self.now = seconds
        clock.offset = (self.moment(seconds) - datetime.now(UTC)).total_seconds()

    async def _settle(self, by: Holder) -> None:
        """All that is due happens; then whoever was asked begins to think."""
        while await run_due() or await self._task(by):
            pass
        for row in await fetch(_OPEN, self._offers):
            self._offers = row["id"]
            if not self.workers[row["member_id"]].absent:
                told = answer(self.day.seed, row["id"])
                if told.said != "silence":
                    self.at(self.now + told.after, self._answer, row["id"], row["member_id"], told.said)
        waiting = {row["job_id"] for row in await fetch(_HELP)}
        for job_id in sorted(waiting - self._waiting):
            await self.hand.asked(self, job_id)
        self._waiting = waiting

    async def _task(self, by: Holder) -> bool:
        await pool().execute("DELETE FROM tasks_tasks WHERE kind = $1", UNPRINTED)
        return await run_one(by)

    async def actor(self, member_id: int) -> Actor:
        if member_id not in self._actors:
            found = await actor_of(member(member_id))
            if found is None:
                raise LookupError(member_id)
            self._actors[member_id] = found
        return self._actors[member_id]

    # Customers

    async def _call(self, request: Request) -> None:
        wanted = request.wanted or (None, None)
        async with work():
            number = await orders.create(
                customer_id=self.town.customer,
                site_id=self.town.sites[request.number],
                asset_ids=[self.town.assets[request.number]],
                words=f"Заявка {request.number + 1}",
                urgency=request.urgency,
                wanted_from=self.moment(wanted[0]) if wanted[0] is not None else None,
                wanted_to=self.moment(wanted[1]) if wanted[1] is not None else None,
                source="simulation",
            )
        self.requests[number] = request
        if request.asks is not None and (request.rings or not self.hand.tells):
            self.at(request.asks, self._ring, number)
        if request.moves is not None:
            self.at(request.moves, self._move, number)

    async def _ring(self, order_id: int) -> None:
        """They ask when somebody will come, if nobody is there yet."""
        if await self._state(order_id) in ("new", "offered", "assigned"):
            self.touches["call"] += 1

    async def _move(self, order_id: int) -> None:
        """They want it three hours later. In chat they choose it themselves."""
        if await self._state(order_id) not in ("new", "offered", "assigned"):
            return
        if not self.hand.tells:
            self.touches["reschedule"] += 1
        begin = self.moment(self.now + 3 * 3600)
        async with work():
            await orders.reschedule(order_id, begin, begin + timedelta(hours=2))

    async def _state(self, order_id: int) -> str:
        return str(await fetchval("SELECT state FROM orders_orders WHERE id = $1", order_id))

    # Technicians

    async def _come(self, id: int) -> None:
        async with work(await self.actor(id)):
            await schedule.open_shift(id)
        self.on_shift.add(id)
        await self.go_on(id)

    async def _leave(self, id: int) -> None:
        """Who is busy finishes first; what they have not begun goes to others."""
        self.on_shift.discard(id)
        if id in self.free:
            await self._go_home(id)

    async def _go_home(self, id: int) -> None:
        self.free.discard(id)
        for row in await fetch(_TO_DO, id):
            self.touches["left over"] += 1
            async with work(await self.actor(self.town.dispatcher)):
                await orders.unassign(row["id"], "Смена окончена")
        async with work(await self.actor(id)):
            await schedule.close_shift(id)

    async def _answer(self, offer_id: int, id: int, said: str) -> None:
        try:
            async with work(await self.actor(id)):
                if said == "accept":
                    await dispatch.accept(offer_id)
                else:
                    await dispatch.decline(offer_id, "Не успеваю")
        except Refusal:
            return
        if id in self.free:
            await self.go_on(id)

    async def assign(self, job_id: int, id: int) -> None:
        """Somebody at the desk decides; whoever is idle sets out."""
        async with work(await self.actor(self.town.dispatcher)):
            await orders.assign(job_id, id)
        if self.workers[id].absent:
            self.at(max(self.now, self.workers[id].begins) + NO_SHOW_NOTICED, self._missed, job_id, id)
        if id in self.free:
            await self.go_on(id)

    async def _missed(self, job_id: int, id: int) -> None:
        if await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1 AND state = 'assigned'", job_id) == id:
            self.touches["no-show"] += 1
            async with work(await self.actor(self.town.dispatcher)):
                await orders.unassign(job_id, "Не вышел")

    async def go_on(self, id: int) -> None:
        """Set out to the next visit of the plan; where the hand makes none, to what presses most, nearer first. Too
        early for a promised time: wait."""
        self.free.add(id)
        if id not in self.on_shift:
            await self._go_home(id)
            return
        jobs = await fetch(_TO_DO, id)
        ways = {row["id"]: travel_seconds(self.place[id], self.requests[row["order_id"]].place) for row in jobs}
        begins = {row["id"]: self._not_before(row) - ways[row["id"]] for row in jobs}
        ready = [row for row in jobs if begins[row["id"]] <= self.now]
        if ready:
            pressing = min(ready, key=lambda row: (LEVELS[row["priority"]], ways[row["id"]]))
            await self._travel(id, ready[0] if self.hand.plans else pressing, ways)
        elif jobs:
            self.at(min(begins.values()), self._wake, id)
        else:
            await self.hand.freed(self, id)

    async def _wake(self, id: int) -> None:
        if id in self.free:
            await self.go_on(id)

    def _not_before(self, row: Any) -> float:
        wanted = row["planned_from"]
        return -1e9 if wanted is None else float((wanted - self.midnight).total_seconds())

    async def _travel(self, id: int, row: Any, ways: dict[int, float]) -> None:
        self.free.discard(id)
        way = ways[row["id"]]
        async with work(await self.actor(id)):
            await orders.travel(row["id"])
        self.travel[id] += way
        self.at(self.now + way, self._arrive, id, row["id"], self.requests[row["order_id"]])

    async def _arrive(self, id: int, job_id: int, request: Request) -> None:
        self.place[id] = request.place
        async with work(await self.actor(id)) as w:
            await orders.arrive(job_id, "geofence", 10.0)
            await presence.note_place(id, *request.place, None, w.now, job_id)
        spent = request.work if request.trouble == "none" else request.work / 3
        self.worked[id] += spent
        self.at(self.now + spent, self._finish, id, job_id, request)

    async def _finish(self, id: int, job_id: int, request: Request) -> None:
        """What is missing, or nobody at the door: somebody at the desk arranges another day."""
        outcome = {"none": "done", "part": "part_needed", "no_access": "no_access"}[request.trouble]
        async with work(await self.actor(id)):
            await reports.set_line(job_id, self.town.visit, Decimal(1))
            await orders.finish(job_id, outcome)
        if outcome != "done":
            self.touches[request.trouble] += 1
        await self.go_on(id)
