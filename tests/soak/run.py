"""Days of simulated time: the clock creeps up to what is due, or is moved over it; workers are killed and others take
over, now and then there is none at all. In the end what happened is held against what should have, and how late it was
against how late a control was that had nothing else to do (`lateness.py`)."""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from core.kernel import hints
from core.kernel.clock import now
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.tasks import actions as tasks
from core.timers import actions as timers
from tests.soak.lateness import FOREVER, WAYS, Judge, Late, Span, figures, gaps
from tests.soak.ledger import KINDS, TABLES, Effect, Look, effects, looks
from tests.soak.life import Life
from tests.soak.oracle import NARROW, Expected
from tests.soak.tied import Mover, untie
from tests.world import World

ROOT = Path(__file__).parents[2]
WORKERS = 2
QUIET_S = 120.0
CLEAR = timedelta(seconds=6)
EARLY_S = 0.05
WORST = 12
_NEXT = """
SELECT min(at) FROM (
  SELECT min(due_at) AS at FROM timers_timers WHERE dead_at IS NULL AND kind <> 'plan.tick'
  UNION ALL SELECT min(run_at) FROM tasks_tasks WHERE state = 'queued') n
"""
"""Also what has just become due: the clock is not moved over it before anybody could come to it."""
_LEFT = """
SELECT (SELECT count(*) FROM timers_timers WHERE dead_at IS NULL AND (due_at <= $1 OR error IS NOT NULL))
  + (SELECT count(*) FROM tasks_tasks WHERE state = 'running' OR state = 'queued' AND run_at <= $1)
"""


class Stuck(AssertionError):
    """What is due does not happen."""


@dataclass
class Crew:
    """The workers, by number: process ids and when they were killed."""

    forks: asyncio.subprocess.Process
    pids: dict[int, int] = field(default_factory=dict)
    kills: dict[int, float] = field(default_factory=dict)
    began: float = field(default_factory=time.time)

    async def _fork(self, line: str) -> int:
        assert self.forks.stdin is not None
        assert self.forks.stdout is not None
        self.forks.stdin.write(f"{line}\n".encode())
        return int(await self.forks.stdout.readline())

    async def probe(self) -> None:
        """The control lives as long as the soak."""
        await self._fork("probe")

    async def hire(self) -> None:
        number = len(self.pids) + len(self.kills)
        self.pids[number] = await self._fork(str(number))

    def kill(self) -> None:
        """The one that has lived longest."""
        number = min(self.pids)
        self.kills[number] = time.time()
        with suppress(ProcessLookupError):
            os.kill(self.pids.pop(number), signal.SIGKILL)

    async def without(self) -> list[Span]:
        """Real spans in which no worker was alive, because it was killed or had only begun to begin."""
        began = await fetch("SELECT number, real FROM soak_workers")
        lives = [(row["real"], self.kills.get(row["number"], FOREVER)) for row in began]
        return gaps([one for one in lives if one[0] < one[1]], self.began)


@dataclass
class Soak:
    """In a `hurry` the clock is always moved, past what people meant to do, which they do then, and every other time a
    worker is killed."""

    life: Life
    mover: Mover
    crew: Crew
    chance: random.Random
    hurry: bool = False
    figures: Counter[str] = field(default_factory=Counter)

    async def play(self, moved: Callable[[datetime], None]) -> None:
        """From the beginning to the end of the life."""
        while now() < self.life.until:
            moved(now())
            if self.life.next <= now():
                await self.quiet()
                await self.life.act()
                continue
            await self._step()
            if self.chance.random() < 0.015:
                await self._blackout()
        await self.quiet()

    async def _step(self) -> None:
        due = await fetchval(_NEXT) or self.life.until
        target = min(due, self.life.next, self.life.until)
        gap = (target - now()).total_seconds()
        if self.hurry or (gap > 1.5 and self.chance.random() < 0.6):
            low, high = (4, 7) if self.hurry else (2, 25)
            await self._move(now() + timedelta(minutes=self.chance.uniform(low, high)))
        elif gap > 1.5:
            self._show(target - timedelta(seconds=self.chance.uniform(0.2, 0.8)))
            self.figures["crept up to what was due"] += 1
            await asyncio.sleep((target - now()).total_seconds())
        else:
            await asyncio.sleep(max(gap, 0))
        if self.chance.random() < (0.5 if self.hurry else 0.15):
            await self._death()
        await self.quiet()

    async def _death(self) -> None:
        """Of one, while there is something to do; another takes its place."""
        await asyncio.sleep(self.chance.choice((0, 0.02, 0.1, 0.5)))
        self.crew.kill()
        await self.crew.hire()
        self.figures["workers killed"] += 1

    async def _move(self, to: datetime) -> None:
        """Over whatever is due before, to a moment with nothing due soon after it."""
        sql = "SELECT max(due_at) FROM timers_timers WHERE due_at > $1 AND due_at < $2 AND kind <> 'plan.tick'"
        while (near := await fetchval(sql, to, to + CLEAR)) is not None:
            to = near
        if to > self.life.next and not self.hurry:
            to = self.life.next
        if to > now():
            self._show(to)
            self.figures["moved over"] += 1

    def _show(self, moment: datetime) -> None:
        """Have the clock tell another time, and everybody look at it: time that passes by itself surprises nobody."""
        self.mover.to(moment)
        for topic in (timers.TOPIC, tasks.TOPIC):
            hints.hint(topic)

    async def _blackout(self) -> None:
        """Nobody is there while the clock goes on."""
        await self.quiet()
        while self.crew.pids:
            self.crew.kill()
            self.figures["workers killed"] += 1
        await self._move(now() + timedelta(minutes=self.chance.uniform(5, 40)))
        await asyncio.sleep(self.chance.uniform(0.1, 0.4))
        for _ in range(WORKERS):
            await self.crew.hire()
        await self.quiet()
        self.figures["times without any worker"] += 1

    async def quiet(self) -> None:
        """Until nothing is due."""
        try:
            async with asyncio.timeout(QUIET_S):
                while await fetchval(_LEFT, now()):
                    await asyncio.sleep(0.03)
        except TimeoutError:
            rows = await fetch("SELECT kind, key, due_at, attempts, error FROM timers_timers WHERE due_at <= $1", now())
            raise Stuck(f"not done in {QUIET_S} s: {[dict(row) for row in rows[:10]]}") from None

    async def judge(self) -> "Verdict":
        """Every effect has its due time, every due time its effect, once."""
        ends, found = now(), await effects()
        wanted: dict[tuple[str, str], list[Expected]] = {}
        for one in sorted(await self.life.expected(self.mover.seen, ends), key=lambda one: one.due):
            wanted.setdefault((one.what, one.key), []).append(one)
        self._rotas(wanted, found, ends)
        beats = [(row["due"], row["real"]) for row in await fetch("SELECT due, real FROM soak_beats ORDER BY due")]
        done = sorted(one.real for listed in found.values() for one in listed)
        judge = Judge(beats, await self.crew.without(), done, sorted(self.crew.kills.values()))
        verdict = Verdict(beats=beats)
        for key in sorted({*wanted, *found}):
            self._hold(verdict, judge, key, wanted.get(key, []), found.get(key, []))
        looked = await looks()
        for one in verdict.missing:
            self._miss(verdict, judge, one, looked.get(one.key.rpartition(":")[0], []))
        dead = await fetch("SELECT kind, key, error FROM timers_timers WHERE dead_at IS NOT NULL")
        dead += await fetch("SELECT kind, key, error FROM tasks_tasks WHERE state = 'dead'")
        verdict.dead = [f"{row['kind']} {row['key']}: {row['error']}" for row in dead]
        return verdict

    def _rotas(self, wanted: dict, found: dict, ends: datetime) -> None:  # type: ignore[type-arg]
        """Each drawing is due a day after the one before it; the first drew many days at once."""
        for who, since in self.life.rotas.items():
            key = ("rota", str(who))
            real = [one for one in found.get(key, []) if self.mover.told(one.real) > since + timedelta(hours=1)]
            found[key], at = real, since
            for one in [*real, None]:
                at += timedelta(days=1)
                if at < ends:
                    wanted.setdefault(key, []).append(Expected("rota", str(who), at, perhaps=at > ends - NARROW))
                if one is not None:
                    at = self.mover.told(one.real)

    def _hold(
        self, verdict: "Verdict", judge: Judge, key: tuple[str, str], wanted: list[Expected], real: list[Effect]
    ) -> None:
        """The k-th effect is that of the k-th due time."""
        for one in real:
            if not wanted:
                verdict.doubled.append(f"{key} at {self.mover.told(one.real)}")
                continue
            passed, moved = self.mover.passed(wanted[0].due)
            told = f"{key[1]} due {wanted[0].due:%d %H:%M:%S}"
            how = "moved" if moved else "crept"
            verdict.add(judge.late(key[0], told, how, passed, one.began, one.real))
            wanted = wanted[1:]
        verdict.missing += [one for one in wanted if not one.perhaps]

    def _miss(self, verdict: "Verdict", judge: Judge, one: Expected, looked: list[Look]) -> None:
        """A reminder that a worker came to when its offer was over is late, and rightly not told; else it is lost."""
        passed, moved = self.mover.passed(one.due)
        first = next((look for look in looked if look.real >= passed), None)
        if one.what != "remind" or one.over is None or first is None or self.mover.told(first.real) < one.over:
            verdict.lost.append(f"{(one.what, one.key)} due {one.due}")
            return
        told, how = f"{one.key} due {one.due:%d %H:%M:%S}", "moved" if moved else "crept"
        verdict.overtaken.add((one.what, one.key))
        verdict.add(judge.late(one.what, told, how, passed, first.began, first.real))


@dataclass
class Verdict:
    """`beats`: what the control did, due and done. `overtaken`: what came so late that it was over."""

    beats: list[Span] = field(default_factory=list)
    missing: list[Expected] = field(default_factory=list)
    overtaken: set[tuple[str, str]] = field(default_factory=set)
    late: list[Late] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def add(self, one: Late) -> None:
        self.late.append(one)
        if one.real - one.passed < -EARLY_S:
            self.early.append(f"{one.what} {one.told}: {one.passed - one.real:.2f} s")

    @property
    def broken(self) -> list[str]:
        named = (("lost", self.lost), ("doubled", self.doubled), ("early", self.early), ("dead", self.dead))
        return [f"{name}: {one}" for name, listed in named for one in listed]

    def count(self, what: str) -> int:
        """How many happened."""
        return sum(one.what == what for one in self.late) - sum(one == what for one, _ in self.overtaken)

    def worst(self) -> list[str]:
        """Those that came latest by the desk's own doing, and those that came latest at all: why."""
        ways = {"own": lambda one: -one.own, "all": lambda one: -one.late}
        return [
            f"worst, {name}: {one.why()}" for name, way in ways.items() for one in sorted(self.late, key=way)[:WORST]
        ]

    def table(self) -> list[tuple[str, str]]:
        rows = [(name, f"{self.count(what):,}") for what, name in KINDS.items()]
        for name, way in WAYS.items():
            these = [one for one in self.late if way(one)]
            rows.append((f"late, s, {name}", figures(one.late for one in these)))
            rows.append((f"the desk's own part, {name}", figures(one.own for one in these)))
        rows.append(("late, s, the control", figures(real - due for due, real in self.beats)))
        rows.append(("so late that they were over", str(len(self.overtaken))))
        named = (("lost", self.lost), ("doubled", self.doubled), ("early", self.early), ("dead", self.dead))
        return [*rows, *((name, str(len(listed))) for name, listed in named)]


@asynccontextmanager
async def soak(
    url: str, world: World, folder: Path, days: float, seed: int, *, hurry: bool = False, **sizes: int
) -> AsyncIterator[Soak]:
    """A soak ready to begin on an open desk's database, where the people of `tests/world.py` live."""
    mover = Mover(folder / "clock")
    forks = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.soak.worker", url, str(folder / "clock"), str(folder / "workers.log")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        chance = random.Random(seed)
        async with work() as w:
            await w.execute(TABLES)
        life = Life(world, chance, now(), now() + timedelta(days=days), **sizes)
        await life.move_in()
        assert forks.stdout is not None
        assert await forks.stdout.readline() == b"ready\n"
        crew = Crew(forks)
        await crew.probe()
        for _ in range(WORKERS):
            await crew.hire()
        stop = asyncio.Event()
        telling = asyncio.create_task(hints.link(stop))
        try:
            yield Soak(life, mover, crew, chance, hurry)
        finally:
            stop.set()
            await telling
    finally:
        with suppress(ProcessLookupError):
            forks.kill()
        await forks.wait()
        untie()
