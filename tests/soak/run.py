"""Days of simulated time: the clock creeps up to what is due, or is moved over it; workers are killed and others take
over, now and then there is none at all. In the end what happened is held against what should have.

Lateness is real seconds from the moment the clock passed a due time to the end of the transaction that did it."""

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

from core.kernel.clock import now
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.tasks.worker import RECOVER_S
from tests.soak.ledger import KINDS, TABLES, effects
from tests.soak.life import Life
from tests.soak.oracle import Expected
from tests.soak.tied import Mover, untie
from tests.world import World

ROOT = Path(__file__).parents[2]
WORKERS = 2
QUIET_S = 120.0
CLEAR = timedelta(seconds=6)
EARLY_S = 0.05
HASTE_S = 0.3
"""In a hurry nobody waits as long as the desk does for what a dead worker had in hand."""
_NEXT = """
SELECT min(at) FROM (
  SELECT min(due_at) AS at FROM timers_timers WHERE dead_at IS NULL AND due_at > $1 AND kind <> 'plan.tick'
  UNION ALL SELECT min(run_at) FROM tasks_tasks WHERE state = 'queued' AND run_at > $1) n
"""
_LEFT = """
SELECT (SELECT count(*) FROM timers_timers WHERE dead_at IS NULL AND (due_at <= $1 OR error IS NOT NULL))
  + (SELECT count(*) FROM tasks_tasks WHERE state = 'running' OR state = 'queued' AND run_at <= $1)
"""


class Stuck(AssertionError):
    """What is due does not happen."""


@dataclass
class Crew:
    """The workers. `without`: real spans in which there was none."""

    forks: asyncio.subprocess.Process
    pids: list[int] = field(default_factory=list)
    without: list[tuple[float, float]] = field(default_factory=list)

    async def hire(self) -> None:
        assert self.forks.stdin is not None
        assert self.forks.stdout is not None
        self.forks.stdin.write(b"\n")
        self.pids.append(int(await self.forks.stdout.readline()))

    def kill(self) -> None:
        """The one that has lived longest."""
        with suppress(ProcessLookupError):
            os.kill(self.pids.pop(0), signal.SIGKILL)


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
        due = await fetchval(_NEXT, now()) or self.life.until
        target = min(due, self.life.next, self.life.until)
        gap = (target - now()).total_seconds()
        if self.hurry or (gap > 1.5 and self.chance.random() < 0.6):
            low, high = (4, 7) if self.hurry else (2, 25)
            await self._move(now() + timedelta(minutes=self.chance.uniform(low, high)))
        elif gap > 1.5:
            self.mover.to(target - timedelta(seconds=self.chance.uniform(0.2, 0.8)))
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
            self.mover.to(to)
            self.figures["moved over"] += 1

    async def _blackout(self) -> None:
        """Nobody is there while the clock goes on."""
        await self.quiet()
        began = time.time()
        while self.crew.pids:
            self.crew.kill()
            self.figures["workers killed"] += 1
        await self._move(now() + timedelta(minutes=self.chance.uniform(5, 40)))
        await asyncio.sleep(self.chance.uniform(0.1, 0.4))
        for _ in range(WORKERS):
            await self.crew.hire()
        await self.quiet()
        self.crew.without.append((began, time.time()))
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
        verdict = Verdict()
        for key in sorted({*wanted, *found}):
            self._hold(verdict, key, wanted.get(key, []), [one.real for one in found.get(key, [])])
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
                if at < ends - timedelta(seconds=3):
                    wanted.setdefault(key, []).append(Expected("rota", str(who), at))
                if one is not None:
                    at = self.mover.told(one.real)

    def _hold(self, verdict: "Verdict", key: tuple[str, str], wanted: list[Expected], real: list[float]) -> None:
        """The k-th effect is that of the k-th due time; those that might be missing are passed over where they are."""
        spare = len(wanted) - len(real)
        for at in real:
            while wanted and wanted[0].perhaps and spare > 0 and at > self.mover.passed(wanted[0].due)[0] + 30:
                wanted, spare = wanted[1:], spare - 1
            if not wanted:
                verdict.doubled.append(f"{key} at {self.mover.told(at)}")
                continue
            verdict.add(wanted[0].what, *self._late(wanted[0].due, at), f"{key} due {wanted[0].due}")
            wanted = wanted[1:]
        verdict.lost += [f"{key} due {one.due}" for one in wanted if not one.perhaps]

    def _late(self, due: datetime, at: float) -> tuple[float, str]:
        passed, moved = self.mover.passed(due)
        if any(begun <= passed <= over for begun, over in self.crew.without):
            return at - passed, "without"
        return at - passed, "moved" if moved else "crept"


@dataclass
class Verdict:
    """`late` is by kind and by how the time came: `crept`, `moved` over, or `without` any worker."""

    late: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def add(self, what: str, seconds: float, how: str, told: str) -> None:
        self.late.setdefault((what, how), []).append(max(seconds, 0.0))
        if seconds < -EARLY_S:
            self.early.append(f"{told}: {-seconds:.2f} s")

    @property
    def broken(self) -> list[str]:
        named = (("lost", self.lost), ("doubled", self.doubled), ("early", self.early), ("dead", self.dead))
        return [f"{name}: {one}" for name, listed in named for one in listed]

    def of(self, how: str, what: str = "") -> list[float]:
        """Lateness in order."""
        return sorted(
            s for (kind, way), listed in self.late.items() if way == how and what in ("", kind) for s in listed
        )

    def count(self, what: str) -> int:
        return sum(len(listed) for (kind, _), listed in self.late.items() if kind == what)

    def table(self) -> list[tuple[str, str]]:
        rows = [(name, f"{self.count(what):,}") for what, name in KINDS.items()]
        named = {"crept": "came by itself", "moved": "the clock was moved over", "without": "no worker was alive"}
        for how, name in named.items():
            late = self.of(how)
            if late:
                p50, p99 = late[len(late) // 2], late[min(len(late) - 1, len(late) * 99 // 100)]
                said = f"{len(late):,}: p50 {p50:.3f}, p99 {p99:.3f}, max {late[-1]:.3f}"
                rows.append((f"late, s, {name}", f"{said}, over 1 s: {sum(s > 1 for s in late)}"))
        for name, listed in (
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("early", self.early),
            ("dead", self.dead),
        ):
            rows.append((name, str(len(listed))))
        return rows


@asynccontextmanager
async def soak(
    url: str, world: World, folder: Path, days: float, seed: int, *, hurry: bool = False, **sizes: int
) -> AsyncIterator[Soak]:
    """A soak ready to begin on an open desk's database, where the people of `tests/world.py` live."""
    mover = Mover(folder / "clock")
    forks = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.soak.worker", url, str(folder / "clock"), str(folder / "workers.log")),
        str(HASTE_S if hurry else RECOVER_S),
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
        for _ in range(WORKERS):
            await crew.hire()
        yield Soak(life, mover, crew, chance, hurry)
    finally:
        with suppress(ProcessLookupError):
            forks.kill()
        await forks.wait()
        untie()
