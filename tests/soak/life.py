"""What people do at the desk during the soak, act by act on a heap of times, and what is remembered of it for the
oracle."""

import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from typing import Any

import core.reactions  # noqa: F401 - the desk reacts
from core.checklists import actions as checklists
from core.company import actions as company
from core.dispatch.models import RuleVersion
from core.kernel.actor import SYSTEM, Actor, member
from core.kernel.clock import now
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from core.people import actions as people
from core.reports import actions as reports
from core.schedule import actions as schedule
from core.sla.actions import save_policies
from core.tasks.actions import later
from core.timers.actions import cancel_timer, set_timer
from tests.soak.oracle import Clocked, Expected, Seen, deadline, repeated, single, steps
from tests.world import World

MINUTES = {
    "urgent": {"response": 24, "arrival": 90, "resolution": 400},
    "high": {"response": 60, "arrival": 240, "resolution": 900},
}
NORMS = {"assigned": 45, "travelling": 50, "paused": 120}
OFFER_S = 300
REMINDERS, LADDER = (60, 150), (240, 900, 3600)
CLOSE_HOURS = 5
ASKED, SENT = 6, 40
"""Technicians that the robot asks, and those whom the dispatcher sends."""

Act = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Story:
    """What is known of an order. `taken`: when nobody had to be looked for any more; `over`: when it had ended."""

    order: int
    job: int
    created: datetime
    clocks: list[Clocked]
    taken: datetime | None = None
    over: datetime | None = None
    closes: datetime | None = None
    stages: int = 0

    def named(self, kind: str) -> Clocked:
        return next(one for one in self.clocks if one.kind == kind)


@dataclass(slots=True)
class Timed:
    """A timer or a task of the soak's own."""

    what: str
    key: str
    due: datetime
    end: datetime | None = None


@dataclass
class Life:
    """The heap of acts, and all that was done."""

    world: World
    chance: random.Random
    begun: datetime
    until: datetime
    orders: int
    ticks: int
    sent: int = SENT
    heap: list[tuple[datetime, int, Act]] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    timed: list[Timed] = field(default_factory=list)
    rows: list[tuple[str, datetime, int]] = field(default_factory=list)
    rotas: dict[int, datetime] = field(default_factory=dict)
    free: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    done: int = 0
    _numbers: Iterator[int] = field(default_factory=count)

    def at(self, moment: datetime, act: Act) -> None:
        if moment < self.until:
            heappush(self.heap, (moment, next(self._numbers), act))

    def after(self, low: float, high: float, act: Act) -> None:
        """So many minutes from now."""
        self.at(now() + timedelta(minutes=self.chance.uniform(low, high)), act)

    @property
    def next(self) -> datetime:
        return self.heap[0][0] if self.heap else self.until

    async def act(self) -> None:
        _, _, act = heappop(self.heap)
        await act()
        self.done += 1

    @property
    def minutes(self) -> float:
        return (self.until - self.begun) / timedelta(minutes=1)

    # Setting up

    async def move_in(self) -> None:
        """The desk's rules, the people, and what they mean to do."""
        async with work():
            await company.set_rule("close_after_hours", CLOSE_HOURS)
            for rule in ("require_before_photo", "require_after_photo"):
                await company.set_rule(rule, False)
            await checklists.retire_template("cold")
            await save_policies([_policy(level) for level in MINUTES])
            rule = {"mode": "offer", "width": 2, "offer_seconds": OFFER_S, "manager": "admin"}
            rule |= {"reminders": [[s, "chat"] for s in REMINDERS], "escalation": [[s, "voice"] for s in LADDER]}
            await RuleVersion.create(code="usual", name={"ru": "Прогон", "en": "Soak"}, data=rule, created_at=now())
        await self._people()
        await self._rotas()
        span = self.minutes
        for _ in range(self.orders):
            self.at(self.begun + timedelta(minutes=self.chance.uniform(0, span * 0.9)), self.order)
        for _ in range(self.ticks):
            self.at(self.begun + timedelta(minutes=self.chance.uniform(0, span * 0.9)), self.tick)
        for number in range(12):
            minutes = self.chance.randint(7, 180)
            await self._repeat(f"r{number}", self.begun + timedelta(minutes=self.chance.uniform(1, 10)), minutes)
        self.at(self.begun + timedelta(hours=8), self.shifts)

    async def _people(self) -> None:
        skills, areas = {"cold": 3, "heat": 3}, [self.world.centre_area, self.world.south_area]
        for number in range(ASKED + self.sent):
            async with work():
                home = {"home_lat": 55.75 + number / 500, "home_lon": 37.61}
                made = await people.add_member("technician", f"Мастер {number}", f"+7918000{number:04}", **home)
                if number < ASKED:
                    await people.set_skills(made, skills)
                    await people.set_areas(made, areas)
                    await schedule.open_shift(made)
            (self.asked if number < ASKED else self.free).append(made)

    async def _rotas(self) -> None:
        """A few work by a rota, which is drawn on by one day every day."""
        async with work() as w:
            first = w.now.date()
            data = {"zone": "Europe/Moscow", "starts_on": first.isoformat(), "cycle": [[["09:00", "18:00"]]]}
            made = await schedule.save_rota(None, {"ru": "Каждый день", "en": "Daily"}, data)
        for one in self.free[-3:]:
            async with work() as w:
                await schedule.assign_rota(one, made, w.now.date(), 0)
                self.rotas[one] = w.now

    # Acts

    async def shifts(self) -> None:
        """Those who are asked begin another shift."""
        for one in self.asked:
            async with work():
                await schedule.close_shift(one)
            async with work():
                await schedule.open_shift(one)
        self.after(480, 480, self.shifts)

    async def tick(self) -> None:
        """A timer or a task for later; every third timer is moved, every fourth taken back."""
        key, due = f"t{next(self._numbers)}", now() + timedelta(minutes=self.chance.uniform(2, min(2000, self.minutes)))
        if self.chance.random() < 0.25:
            self.timed.append(Timed("task", key, due))
            async with work():
                await later("soak.task", {"key": key}, key=key, run_at=due)
            return
        one = Timed("once", key, due)
        self.timed.append(one)
        async with work():
            await set_timer("soak.once", key, due)
        if self.chance.random() < 1 / 3:
            self.after(1, min(600, self.minutes / 3), lambda: self._move(one))
        if self.chance.random() < 1 / 4:
            self.after(1, min(900, self.minutes / 2), lambda: self._take_back(one))

    async def _move(self, one: Timed) -> None:
        if one.end is not None or one.due < now() + timedelta(seconds=5):
            return
        one.due = now() + timedelta(minutes=self.chance.uniform(1, 900))
        async with work():
            await set_timer("soak.once", one.key, one.due)

    async def _take_back(self, one: Timed) -> None:
        if one.due < now() + timedelta(seconds=5):
            return
        async with work() as w:
            await cancel_timer("soak.once", one.key)
            one.end = w.now

    async def _repeat(self, key: str, first: datetime, minutes: int) -> None:
        self.rows.append((key, first, minutes))
        async with work():
            data = {"minutes": minutes, "until": self.until.isoformat()}
            await set_timer("soak.every", key, first, data)

    async def order(self) -> None:
        """Somebody orders; the robot asks, a dispatcher decides in the end."""
        level = self.chance.choice(sorted(MINUTES))
        async with work() as w:
            asset = {"site_id": self.world.arbat, "asset_ids": (self.world.fridge,)}
            number = await orders.create(
                customer_id=self.world.azbuka, words="Не морозит", urgency=level, source="desk", **asset
            )
            created = w.now
        job = (await fetch("SELECT id FROM orders_jobs WHERE order_id = $1", number))[0]["id"]
        clocks = [Clocked(kind, created, minutes) for kind, minutes in MINUTES[level].items()]
        story = Story(number, job, created, clocks)
        self.stories.append(story)
        if self.chance.random() < 0.3:
            other = next(one for one in MINUTES if one != level)
            self.after(4, 8, lambda: self._priority(story, other))
        if self.chance.random() < 0.2:
            self.after(10, 1200, lambda: self._cancel(story))
        else:
            self.after(1, 130, lambda: self._assign(story))

    async def _priority(self, story: Story, level: str) -> None:
        if story.taken or story.over:
            return
        async with work():
            await orders.set_priority(story.order, level)
        for one in story.clocks:
            one.minutes = MINUTES[level][one.kind]

    async def _assign(self, story: Story) -> None:
        if not self.free:
            self.after(10, 60, lambda: self._assign(story))
            return
        who = self.free.pop(0)
        async with work(await self._dispatcher()) as w:
            await orders.assign(story.job, who)
            story.taken = story.named("response").end = w.now
            self._stage(story, "assigned", w.now)
        self.after(2, 70, lambda: self._step(story, who, "travel"))

    async def _step(self, story: Story, who: int, verb: str) -> None:
        async with work(SYSTEM) as w:
            given = {"pause": ("Жду деталь",), "finish": ("done",)}.get(verb, ())
            if verb == "finish":
                await reports.set_line(story.job, self.world.diagnostics, Decimal(1))
            await getattr(orders, verb)(story.job, *given)
            at = w.now
        self._left(story, at)
        if verb == "travel":
            self._stage(story, "travelling", at)
            self.after(5, 90, lambda: self._step(story, who, "arrive"))
        elif verb == "arrive":
            story.named("arrival").end = at
            verbs = ("pause", "finish", "finish", None)
            self._go_on(story, who, self.chance.choice(verbs))
        elif verb == "pause":
            story.named("resolution").stood.append((at, None))
            self._stage(story, "paused", at)
            self.after(5, 400, lambda: self._step(story, who, "resume"))
        elif verb == "resume":
            clocked = story.named("resolution")
            clocked.stood[-1] = (clocked.stood[-1][0], at)
            self._go_on(story, who, self.chance.choice(("pause", "finish", None)))
        else:
            self.free.append(who)
            story.named("resolution").end = at
            story.closes = at + timedelta(hours=CLOSE_HOURS)

    def _go_on(self, story: Story, who: int, verb: str | None) -> None:
        if verb is not None:
            self.after(10, 300, lambda: self._step(story, who, verb))
            return

        async def end() -> None:
            await self._cancel(story)
            self.free.append(who)

        self.after(30, 1500, end)

    async def _cancel(self, story: Story) -> None:
        async with work(await self._dispatcher()) as w:
            await orders.cancel(story.order, "Передумали")
            story.over = w.now
        story.taken = story.taken or story.over
        self._left(story, story.over)
        for one in story.clocks:
            one.end = one.end or story.over

    def _stage(self, story: Story, stage: str, at: datetime) -> None:
        story.stages += 1
        story.clocks.append(Clocked(f"stage.{story.job}.{story.stages}", at, NORMS[stage]))

    def _left(self, story: Story, at: datetime) -> None:
        for one in story.clocks:
            if one.kind.startswith("stage.") and one.end is None:
                one.end = at

    async def _dispatcher(self) -> Actor:
        return await self.world.actor(member(self.world.dispatcher))

    # For the oracle

    async def expected(self, seen: Seen, until: datetime) -> Iterator[Expected]:
        """All that is due until then."""
        rounds = await fetch("SELECT id, job_id, round, opened_at FROM dispatch_offers ORDER BY id")
        return self._expected(seen, until, rounds)

    def _expected(self, seen: Seen, until: datetime, rounds: Any) -> Iterator[Expected]:
        jobs = {story.job: story for story in self.stories}
        for story in self.stories:
            if story.closes is not None:
                yield from single("close", str(story.order), story.closes, until, seen)
            for one in story.clocks:
                yield from deadline(story.order, one, seen, until)
            end = min(story.taken or until, until)
            yield from steps("escalate", str(story.job), story.created, LADDER, end, seen)
        asked: dict[tuple[int, int], datetime] = {}
        for row in rounds:
            end = min(jobs[row["job_id"]].taken or until, until)
            ends = row["opened_at"] + timedelta(seconds=OFFER_S)
            yield from single("offer", str(row["id"]), ends, end, seen)
            asked[row["job_id"], row["round"]] = row["opened_at"]
        for (job, number), opened in asked.items():
            end = min(jobs[job].taken or until, until, opened + timedelta(seconds=OFFER_S))
            yield from steps("remind", f"{job}:{number}", opened, REMINDERS, end, seen)
        for timed in self.timed:
            yield from single(timed.what, timed.key, timed.due, min(timed.end or until, until), seen)
        for key, first, minutes in self.rows:
            yield from repeated("every", key, first, timedelta(minutes=minutes), until)


def _policy(level: str) -> dict[str, Any]:
    return {
        "code": level,
        "name": {"ru": level, "en": level},
        "when": {"priorities": [level]},
        "minutes": MINUTES[level],
        "warn": [50, 80],
        "pauses": [{"stage": "paused", "reasons": ["Жду деталь"]}],
        "norms": [{"stage": stage, "minutes": minutes} for stage, minutes in NORMS.items()],
    }
