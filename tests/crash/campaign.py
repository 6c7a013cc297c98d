"""Deaths under load, one after another, and what was true afterwards.

The crowd acts all the time. A round is a number of deaths of one kind; then everybody falls silent, one desk finishes
what there is, and the oracle and the witness look. `figures` is what `make crash` prints.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import IO, Any

from core.kernel.failpoints import EXIT
from tests.crash import deaths, oracle
from tests.crash.chats import Witness
from tests.crash.ground import Ground, ground, until
from tests.crash.people import Crowd, Diary

POINTS = {
    "inbox.before_accept": 3,
    "inbox.after_accept": 3,
    "work.before_commit": 12,
    "work.after_commit": 12,
    "outbox.after_flush": 6,
    "outbox.after_record": 6,
    "sender.before_send": 16,
    "sender.after_send": 16,
    "sender.before_record": 6,
    "sender.part_sent": 12,
    "inbox.begun_again": 2,
    "tasks.claimed": 1,
    "tasks.before_commit": 1,
    "tasks.after_commit": 1,
    "files.stored": 1,
    "timers.before_commit": 1,
    "timers.after_commit": 1,
    "presence.stored": 1,
}
"""Every named boundary, and the highest number of passes after which a desk dies there."""

RARE = ("tasks.", "files.", "timers.", "presence.", "inbox.begun_again")
ROUND = (*(point for point in POINTS if not point.startswith(RARE)),) * 6 + tuple(
    point for point in POINTS if point.startswith(RARE)
)
"""What is reached in a moment six times for each time of what people seldom do."""
GIVEN = {"presence.stored": "place", "files.stored": "photo", "tasks.before_commit": "photo"}
"""What somebody does again and again while a desk waits to die there."""
LONG_LIFE, LIVES = 0.2, 4
"""How often a desk dies after up to so many times more passes than usual, where it passes all the time."""
REACH_S = 8.0
QUIET_S = 120.0
LONGEST_S = 900.0
COUNT_S = 5.0
"""How often it is counted how far a desk has come: the tables are read from end to end."""
AGAIN = 20
MUCH_LEFT = 60
LEFT = """SELECT
    (SELECT count(*) FROM (SELECT FROM outbox_notices WHERE state IN ('queued', 'sending') LIMIT 100) n)
  + (SELECT count(*) FROM (SELECT FROM inbox_deliveries WHERE done_at IS NULL AND dead_at IS NULL LIMIT 100) d) AS left
"""
COME_SO_FAR = """SELECT
    (SELECT count(*) FROM inbox_deliveries WHERE done_at IS NOT NULL OR dead_at IS NOT NULL),
    (SELECT count(*) FROM outbox_notices WHERE state NOT IN ('queued', 'sending')) AS told
"""
AT_ONCE = 3
KILLED = -9
ASKED_EARLY = -15
"""Asked to end before it listens to that: it had begun nothing."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"error": 429, "probability": 0.2},
    {"error": 500, "probability": 0.2},
    {"error": 502, "probability": 0.2},
    {"error": "drop", "probability": 0.15},
    {"error": "timeout", "probability": 0.03},
    {"error": "half", "probability": 0.08},
    {"error": 403, "probability": 0.02, "methods": ["sendMessage", "editMessageText"]},
    {"duplicate": 2, "reorder": True},
    {"duplicate": 2, "reorder": True, "error": "half", "probability": 0.05},
)
NO_FAULTS: dict[str, Any] = {
    "error": None, "probability": 1.0, "methods": [], "count": None, "duplicate": 0, "reorder": False
}  # fmt: skip


class Broken(AssertionError):
    """Promises that did not hold."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How many of each are killed and begin again: whole desks, owners of bots, workers, the servers."""

    desks: int
    bots: int
    workers: int
    postgresql: int
    valkey: int

    @property
    def killed(self) -> dict[str, int]:
        """By the names of the figures."""
        parts = {deaths.WHOLE: self.desks, "bot": self.bots, "worker": self.workers}
        named = {f"processes killed: {name}": count for name, count in parts.items()}
        return {**named, deaths.POSTGRESQL: self.postgresql, deaths.VALKEY: self.valkey}


class Campaign:
    def __init__(self, made: Ground, crowd: Crowd, forks: deaths.Forks, log: IO[bytes], seed: int) -> None:
        self.ground = made
        self.crowd = crowd
        self.forks = forks
        self.chance = random.Random(seed)
        self.witness = Witness(made)
        self.figures: Counter[str] = Counter()
        self.log = log
        self.jobs: list[asyncio.Task[None]] = []
        self._points = cycle(ROUND)
        self._busy = False
        self._wanted = False
        crowd.enough = lambda: (self._busy and not self._wanted) or made.pending() >= 16

    async def watch(self) -> None:
        """Let people wait while there is much to do or to send: whoever acts on what he saw long ago is refused, and
        nothing comes of it. A database that is away is waited for."""
        while True:
            try:
                self._busy = (await self.ground.rows(LEFT))[0]["left"] >= MUCH_LEFT
            except Exception:
                self._busy = True
            await asyncio.sleep(0.3)

    # Ways to die

    async def failpoint(self, point: str = "") -> bool:
        """A fork dies at this place, or at the next in turn; False when it was not reached, and it was killed."""
        point = point or next(self._points)
        self._wanted = point.startswith((*RARE, "inbox."))
        over = asyncio.Event()
        giving = asyncio.create_task(self._given(GIVEN.get(point), over))
        try:
            code = await self._fork(f"{point}:{self._passes(point)}", REACH_S)
        finally:
            self._wanted = False
            over.set()
            await giving
        if code not in (EXIT, KILLED):
            raise Broken(f"the desk ended with {code} on its way to {point}")
        self.figures[f"died at {point}" if code == EXIT else "killed before the failpoint"] += 1
        return code == EXIT

    def _passes(self, point: str) -> int:
        """Most die soon; some live long enough to get much done."""
        longer = LIVES if not point.startswith(RARE) and self.chance.random() < LONG_LIFE else 1
        return self.chance.randint(1, POINTS[point] * longer)

    async def _given(self, what: str | None, over: asyncio.Event) -> None:
        while what and not over.is_set():
            await self.crowd.give(what)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), 0.2)

    async def moment(self) -> None:
        """A fork is killed at any moment, sooner more often than later."""
        code = await self._fork("", 0.05 + 1.45 * self.chance.random() ** 2)
        if code != KILLED:
            raise Broken(f"the desk ended by itself with {code}")
        self.figures["forks killed at a random moment"] += 1

    async def _fork(self, failpoint: str, seconds: float) -> int:
        status = await self.forks.begin(failpoint)
        done, _ = await asyncio.wait((status,), timeout=seconds)
        if not done:
            self.forks.kill()
        return await status

    async def restarts(self, mix: "Mix") -> None:
        """Real processes, each started from nothing. Owners of bots and workers die side by side, and the next of their
        kind, which stood by, takes over; the servers die under those who are left; then whole desks die with nobody
        beside them, and the next one begins."""
        bots: list[deaths.Desk] = []
        workers: list[deaths.Desk] = []
        try:
            async with asyncio.TaskGroup() as nursery:
                nursery.create_task(self._die_in_turn(bots, "bot", 2, mix.bots))
                nursery.create_task(self._die_in_turn(workers, "worker", AT_ONCE, mix.workers))
            await self._servers_restart([*bots, *workers], mix)
            await self.settle(bots[0])
        finally:
            for one in (*bots, *workers):
                await one.end()
        self.crowd.paused.clear()
        for _ in range(mix.desks):
            await self._dies_alone(deaths.WHOLE)

    async def _die_in_turn(self, alive: list[deaths.Desk], parts: str, at_once: int, count: int) -> None:
        """Those at work are killed, the oldest first; `alive` are those who are left."""
        alive += [await deaths.desk(self.ground, self.log, parts) for _ in range(at_once)]
        for _ in range(count):
            await self._begun(alive[0])
            alive.append(await deaths.desk(self.ground, self.log, parts))
            await self._kill(alive.pop(0), parts)

    async def _servers_restart(self, alive: Sequence[deaths.Desk], mix: "Mix") -> None:
        for one in alive:
            await self._begun(one)
        for name, count in ((deaths.POSTGRESQL, mix.postgresql), (deaths.VALKEY, mix.valkey)):
            for _ in range(count):
                await asyncio.sleep(self.chance.uniform(0.1, 0.8))
                await self._when_there(deaths.SERVERS[name])
                self.figures[name] += 1
        if any(one.process.returncode is not None for one in alive):
            raise Broken("a process ended when a server died")

    async def _dies_alone(self, parts: str) -> None:
        one = await deaths.desk(self.ground, self.log, parts)
        try:
            await self._begun(one)
        finally:
            await self._kill(one, parts)

    async def _begun(self, one: deaths.Desk) -> None:
        """It is at work, and has been for a moment."""
        await until(lambda: one.ready.is_set() or one.process.returncode is not None, 120, "a process did not start")
        await asyncio.sleep(self.chance.uniform(0.05, 0.8))

    async def _kill(self, one: deaths.Desk, parts: str) -> None:
        if await one.end(deaths.signal.SIGKILL) != KILLED:
            raise Broken(f"a process of {parts} ended by itself")
        self.figures[f"processes killed: {parts}"] += 1

    async def servers(self, rounds: int) -> None:
        """Servers die under a desk that lives on."""
        status = await self.forks.begin()
        for _ in range(rounds):
            for name, kill in deaths.SERVERS.items():
                await asyncio.sleep(self.chance.uniform(0.3, 1.5))
                await self._when_there(kill)
                self.figures[name] += 1
        if status.done():
            raise Broken(f"the desk ended with {status.result()} when a server died")
        await self.crowd.rest()
        await self.wait_for_quiet()
        await self.fork_ends(status)
        self.crowd.paused.clear()

    async def _when_there(self, kill: Callable[[Ground], Awaitable[None]]) -> None:
        """A server that was killed a moment ago may not be back yet."""
        async with asyncio.timeout(60):
            while True:
                try:
                    await kill(self.ground)
                    return
                except Exception:
                    await asyncio.sleep(0.1)

    async def faults(self, seconds: float) -> None:
        """The messenger answers with trouble, brings updates three times and mixes the chats."""
        status = await self.forks.begin()
        for fault in FAULTS:
            self.ground.sim.set_faults(**{**NO_FAULTS, **fault})
            await asyncio.sleep(seconds)
            self.figures[
                f"faults: {' '.join(str(value) for value in fault.values() if not isinstance(value, list))}"
            ] += 1
        self.ground.sim.set_faults(**NO_FAULTS)
        if status.done():
            raise Broken(f"the desk ended with {status.result()} when the messenger was in trouble")
        await self.fork_ends(status)

    # What was true afterwards

    async def check(self, after: str) -> None:
        """Silence, then a look. Raises `Broken` with all that does not hold."""
        await self.crowd.rest()
        await self.settle()
        problems = [*await oracle.broken(self.ground), *await self.witness.look()]
        self.figures["checks"] += 1
        for job in self.jobs:
            if job.done():
                job.result()
        self.crowd.paused.clear()
        if problems:
            raise Broken(f"after {after}:\n  " + "\n  ".join(problems[:25]))

    async def settle(self, desk: deaths.Desk | None = None) -> None:
        """Let a desk finish all there is, until nothing is left when it has gone; people who were thought unreachable
        are heard again."""
        await self.crowd.rest()
        await self._when_there(lambda _: self._greet())
        if desk is not None:
            await self.wait_for_quiet()
            return
        for _ in range(AGAIN):
            status = await self.forks.begin()
            await self.wait_for_quiet()
            await self.fork_ends(status)
            if await self._quiet():
                return
        raise Broken(f"when it ends, there is always something left: {await self._left()}")

    async def fork_ends(self, status: asyncio.Future[int]) -> None:
        self.forks.kill(deaths.signal.SIGTERM)
        done, _ = await asyncio.wait((status,), timeout=30)
        if not done:
            self.forks.kill(deaths.signal.SIGUSR1)
            await asyncio.sleep(1)
            raise Broken("the desk was told to end and did not; the end of its log says what it waits for")
        code = status.result()
        if code not in (0, ASKED_EARLY):
            raise Broken(f"the desk ended with {code}")

    async def _greet(self) -> None:
        blocked = {
            (row["bot"], row["chat_id"])
            for row in await self.ground.rows("SELECT bot, chat_id FROM outbox_senders WHERE blocked_at IS NOT NULL")
        }
        for one in self.crowd.people:
            bot, chat = one.role, one.phone.user_id if one.role != "dispatcher" else self.ground.group
            if (bot, chat) in blocked:
                blocked.discard((bot, chat))
                await one.say_hello()

    async def wait_for_quiet(self) -> None:
        """A desk that goes on is given time, however slow its machine is; one that stands still is not."""
        seen: list[dict[str, Any]] = []
        began = moved = time.monotonic()
        counted = began - COUNT_S
        while not await self._quiet():
            if time.monotonic() - counted >= COUNT_S:
                counted = time.monotonic()
                if (now := await self._come_so_far()) != seen:
                    seen, moved = now, time.monotonic()
            if time.monotonic() > min(moved + QUIET_S, began + LONGEST_S):
                self.forks.kill(deaths.signal.SIGUSR1)
                await asyncio.sleep(1)
                raise Broken(f"it did not come to rest: {await self._left()}")
            await asyncio.sleep(0.05)

    async def _come_so_far(self) -> list[dict[str, Any]]:
        try:
            return await self.ground.rows(COME_SO_FAR)
        except Exception:
            return []

    async def _quiet(self) -> bool:
        try:
            return self.ground.pending() == 0 and not any((await self._left()).values())
        except Exception:
            return False

    async def _left(self) -> dict[str, list[dict[str, Any]]]:
        """What is not done yet."""
        return {
            name: await self.ground.rows(f"{sql} LIMIT 5")
            for name, sql in (
                ("inbox", "SELECT source, key FROM inbox_deliveries WHERE done_at IS NULL AND dead_at IS NULL"),
                ("tasks", "SELECT kind, key, attempts, error FROM tasks_tasks WHERE state <> 'dead'"),
                ("blocked", "SELECT bot, chat_id, reason FROM outbox_senders WHERE blocked_at IS NOT NULL"),
                (
                    "outbox",
                    "SELECT bot, chat_id, screen, error FROM outbox_notices WHERE state IN ('queued', 'sending')",
                ),
            )
        }

    async def table(self) -> Iterator[tuple[str, int]]:
        """The figures, ready to print."""
        seen = self.witness.seen
        counted = {
            **dict(sorted(self.figures.items())),
            **await oracle.figures(self.ground),
            "messages sent": seen.sent,
            "messages edited": seen.edited,
            "messages doubled": seen.doubled,
        }
        return iter(counted.items())


@asynccontextmanager
async def campaign(
    seed: int, folder: Path, schema_cache: Path | None = None, *, acting: bool = True
) -> AsyncIterator[Campaign]:
    """A campaign ready to begin, people acting unless told not to; `folder` gets the diary and the log."""
    diary = Diary(folder / "diary.jsonl")
    async with ground(schema_cache) as made:
        with (folder / "desk.log").open("wb") as log:
            crowd = Crowd(made, seed, diary)
            async with deaths.forks(made, log) as forks:
                run = Campaign(made, crowd, forks, log, seed)
                await crowd.begin()
                jobs = [asyncio.create_task(crowd.live(one)) for one in crowd.people] if acting else []
                run.jobs = [*jobs, asyncio.create_task(run.watch())]
                try:
                    yield run
                finally:
                    run.figures["acts of people"] = diary.acts
                    for job in run.jobs:
                        job.cancel()
                    await asyncio.gather(*run.jobs, return_exceptions=True)
    diary.close()
