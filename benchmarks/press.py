"""What a button press costs, handled in full, and how long a person waits for the answer.

The cost is CPU time of the server's process for a press, against that of aiogram's own webhook handler doing nothing;
both under a backlog that 24 posters bring. PostgreSQL, the Bot API and the posters are other processes. Both run on
uvloop. A press in full: inbox commit, the technician's own «Продолжить» with its reads, writes and one line in the
timeline, and two notices (the customer's card and the technician's), both sent. The dispatcher's «Приоритет» tells as
many, but also begins three deadlines and their timers anew: it is measured beside, for information.
"""

import asyncio
import itertools
import statistics
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.benchdesk import CHATS, pause_all, seed
from benchmarks.peers import BOTS, DISPATCHER, HEADER, RUN, TECHNICIAN, tell_parent, update
from benchmarks.processes import Child, child, cpu_seconds, fresh_database, said, wait_for_none

RUNS = 7
PRESSES = CHATS
IDLE_PRESSES = 8 * PRESSES
"""A process's CPU is told in hundredths of a second: aiogram needs sixteen of them for as many presses as the desk."""
POSTERS = 24
COST_LIMIT = 8.0
ANSWER_LIMIT_MS = 50.0
PER_SECOND = 50
SECONDS = 10
WAITING = (
    "SELECT (SELECT count(*) FROM inbox_deliveries WHERE done_at IS NULL)"
    " + (SELECT count(*) FROM outbox_notices WHERE state = 'queued')"
)
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that takes presses. `database_url` is that of a desk, which is done when nothing waits there."""

    process: Child
    port: str
    secrets: dict[str, str]
    database_url: str | None = None

    def url(self, bot: str) -> str:
        return f"http://127.0.0.1:{self.port}/tg/{bot}"


def run() -> list[dict[str, Any]]:
    """The median ratios of `RUNS` pairs, and the 95th percentile of answers in the median of `RUNS` stretches."""
    return asyncio.run(_run())


async def _run() -> list[dict[str, Any]]:
    async with fresh_database() as database_url:
        await seed(database_url)
        async with child("benchmarks.peers", "stub") as (_, stub):
            api = f"http://127.0.0.1:{stub}"
            async with (
                child("benchmarks.benchdesk", database_url, api) as (process, hello),
                child("benchmarks.peers", "aiogram") as (idle, idle_port),
            ):
                port, *secrets = hello.split()
                desk = Peer(process, port, dict(zip(BOTS, secrets, strict=True)), database_url)
                base = Peer(idle, idle_port, dict.fromkeys(BOTS, "none"))
                steps = await _pairs(TECHNICIAN, desk, base)
                levels = await _pairs(DISPATCHER, desk, base)
                waits = [await _answers(desk, api) for _ in range(RUNS)]
    answer = statistics.median(waits)
    return [
        _row("CPU of a press against aiogram doing nothing", _ratio(steps), "times", COST_LIMIT),
        _row("CPU of a press", 1000 * statistics.median(mine for mine, _ in steps), "ms", None),
        _row("CPU of a press that begins deadlines anew, against the same", _ratio(levels), "times", None),
        _row(f"press to answer, p95 at {PER_SECOND}/s from {CHATS} chats", answer, "ms", ANSWER_LIMIT_MS),
    ]


async def _pairs(bot: str, desk: Peer, base: Peer) -> list[tuple[float, float]]:
    """Costs in turns, after a round of each that is not counted."""
    pairs = [(await _cost(desk, bot), await _cost(base, bot)) for _ in range(RUNS + 1)]
    return pairs[1:]


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(mine / base for mine, base in pairs)


def _row(name: str, value: float, unit: str, limit: float | None) -> dict[str, Any]:
    holds = None if limit is None else value <= limit
    return {"name": name, "value": value, "unit": unit, "limit": limit, "holds": holds}


async def _cost(peer: Peer, bot: str) -> float:
    """CPU seconds per update, the whole backlog handled and sent."""
    first, secret = next(numbers) * RUN, peer.secrets[bot]
    presses = PRESSES if peer.database_url else IDLE_PRESSES
    if peer.database_url is not None:
        await pause_all(peer.database_url)
    async with child("benchmarks.peers", "post", peer.url(bot), secret, first, presses, POSTERS, CHATS) as (posters, _):
        before = cpu_seconds(peer.process)
        await said(posters)
    if peer.database_url is not None:
        await wait_for_none(peer.database_url, WAITING)
    await asyncio.sleep(0.3)
    return (cpu_seconds(peer.process) - before) / presses


async def _answers(desk: Peer, api: str) -> float:
    """The 95th percentile, in milliseconds, from bringing a press to the Bot API hearing its answer."""
    assert desk.database_url is not None
    await pause_all(desk.database_url)
    first, url = next(numbers) * RUN, desk.url(TECHNICIAN)
    asked: dict[str, float] = {}
    async with aiohttp.ClientSession(headers={HEADER: desk.secrets[TECHNICIAN]}) as session:

        async def one(number: int) -> None:
            asked[str(number)] = time.monotonic()
            async with session.post(url, data=update(TECHNICIAN, number, CHATS)) as reply:
                assert reply.status == 200

        async with asyncio.TaskGroup() as nursery:
            began = time.monotonic()
            for n in range(PER_SECOND * SECONDS):
                await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.monotonic()))
                nursery.create_task(one(first + n))
        async with asyncio.timeout(60):
            while True:
                async with session.get(f"{api}/answers") as reply:
                    heard: dict[str, float] = await reply.json()
                if all(query in heard for query in asked):
                    break
                await asyncio.sleep(0.1)
    waits = sorted(heard[query] - at for query, at in asked.items())
    return 1000 * waits[int(len(waits) * 0.95)]


if __name__ == "__main__":
    for line in run():
        tell_parent(line)
