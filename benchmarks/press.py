"""What a button press costs, handled in full, and how long a person waits for the answer.

The cost is CPU time of the server's process for a press (inbox commit, the dispatcher's own «Приоритет» with its reads,
writes, timeline row and two notices, both sent), against that of aiogram's own webhook handler doing nothing; both
under a backlog that 24 posters bring. PostgreSQL, the Bot API and the posters are other processes. Both run on uvloop.
"""

import asyncio
import itertools
import statistics
import time
from typing import Any

import aiohttp

from benchmarks.benchdesk import CHATS, seed
from benchmarks.peers import BOT, HEADER, RUN, tell_parent, update
from benchmarks.processes import child, cpu_seconds, fresh_database, said, wait_for_none

RUNS = 5
PRESSES = 1_000
WARM_UP = 300
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


def run() -> list[dict[str, Any]]:
    """The median ratio of `RUNS` pairs, and the 95th percentile of answers in the median of `RUNS` stretches."""
    return asyncio.run(_run())


async def _run() -> list[dict[str, Any]]:
    async with fresh_database() as database_url:
        await seed(database_url)
        async with child("benchmarks.peers", "stub") as (_, stub):
            api = f"http://127.0.0.1:{stub}"
            async with (
                child("benchmarks.benchdesk", database_url, api) as (desk, hello),
                child("benchmarks.peers", "aiogram") as (idle, idle_port),
            ):
                port, secret = hello.split()
                ours = (desk, f"http://127.0.0.1:{port}/tg/{BOT}", secret, database_url)
                theirs = (idle, f"http://127.0.0.1:{idle_port}/tg/{BOT}", "none", None)
                for peer in (ours, theirs):
                    await _cost(*peer, WARM_UP)
                costs = [(await _cost(*ours, PRESSES), await _cost(*theirs, PRESSES)) for _ in range(RUNS)]
                waits = [await _answers(ours[1], secret, api) for _ in range(RUNS)]
    ratio = statistics.median(mine / base for mine, base in costs)
    answer = statistics.median(waits)
    return [
        _row("CPU of a press against aiogram doing nothing", ratio, "times", COST_LIMIT),
        _row("CPU of a press", 1000 * statistics.median(mine for mine, _ in costs), "ms", None),
        _row(f"press to answer, p95 at {PER_SECOND}/s from {CHATS} chats", answer, "ms", ANSWER_LIMIT_MS),
    ]


def _row(name: str, value: float, unit: str, limit: float | None) -> dict[str, Any]:
    holds = None if limit is None else value <= limit
    return {"name": name, "value": value, "unit": unit, "limit": limit, "holds": holds}


async def _cost(process: Any, url: str, secret: str, database_url: str | None, count: int) -> float:
    """CPU seconds per update, the whole backlog handled and sent."""
    first = next(numbers) * RUN
    async with child("benchmarks.peers", "post", url, secret, first, count, POSTERS, CHATS) as (posters, _):
        before = cpu_seconds(process)
        await said(posters)
    if database_url is not None:
        await wait_for_none(database_url, WAITING)
    await asyncio.sleep(0.3)
    return (cpu_seconds(process) - before) / count


async def _answers(url: str, secret: str, api: str) -> float:
    """The 95th percentile, in milliseconds, from bringing a press to the Bot API hearing its answer."""
    first = next(numbers) * RUN
    asked: dict[str, float] = {}
    async with aiohttp.ClientSession(headers={HEADER: secret}) as session:

        async def one(number: int) -> None:
            asked[str(number)] = time.monotonic()
            async with session.post(url, data=update(number, CHATS)) as reply:
                assert reply.status == 200

        async with asyncio.TaskGroup() as nursery:
            began = time.monotonic()
            for n in range(PER_SECOND * SECONDS):
                await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.monotonic()))
                nursery.create_task(one(first + n))
        async with asyncio.timeout(60):
            while True:
                async with session.get(f"{api}/answers") as reply:
                    heard = await reply.json()
                if all(query in heard for query in asked):
                    break
                await asyncio.sleep(0.1)
    waits = sorted(heard[query] - at for query, at in asked.items())
    return 1000 * waits[int(len(waits) * 0.95)]


if __name__ == "__main__":
    for line in run():
        tell_parent(line)
