"""How fast updates are taken (committed first, then acknowledged), and whether a long rush is taken whole.

The rate is that of a web process whose bot is owned elsewhere, against a bare aiohttp POST handler, with 24 posters.
The rush is 200 presses a second for a minute at one process that also handles and answers them.
"""

import asyncio
import itertools
import statistics
import time
from typing import Any

import aiohttp

from benchmarks.benchdesk import CHATS, seed
from benchmarks.peers import BOTS, DISPATCHER, HEADER, RUN, tell_parent, update
from benchmarks.press import POSTERS, WAITING
from benchmarks.processes import child, fresh_database, run_sql, said, wait_for_none

RUNS = 5
UPDATES = 3_000
SHARE_LIMIT = 0.25
PER_SECOND = 200
SECONDS = 60
DRAIN_LIMIT_S = 120.0
numbers = itertools.count(1)


def run() -> list[dict[str, Any]]:
    """The median of `RUNS` shares; one rush."""
    return asyncio.run(_run())


async def _run() -> list[dict[str, Any]]:
    async with fresh_database() as database_url:
        await seed(database_url)
        async with child("benchmarks.peers", "stub") as (_, stub):
            api = f"http://127.0.0.1:{stub}"
            share = await _share(database_url, api)
            await run_sql(database_url, "DELETE FROM inbox_deliveries")
            drained, lost = await _rush(database_url, api)
    return [
        {
            "name": "rate of taken updates against a bare POST handler",
            "value": share,
            "unit": "times",
            "limit": SHARE_LIMIT,
            "holds": share >= SHARE_LIMIT,
        },
        {
            "name": f"drained after {PER_SECOND} updates/s for {SECONDS} s",
            "value": drained,
            "unit": "s",
            "limit": DRAIN_LIMIT_S,
            "holds": drained <= DRAIN_LIMIT_S and not lost,
        },
        {"name": "updates lost in the rush", "value": lost, "unit": "", "limit": 0, "holds": lost == 0},
    ]


async def _share(database_url: str, api: str) -> float:
    async with (
        child("benchmarks.benchdesk", database_url, api, "door") as (_, hello),
        child("benchmarks.peers", "bare") as (_, bare),
    ):
        port, *secrets = hello.split()
        secret = secrets[BOTS.index(DISPATCHER)]
        ours, theirs = (f"http://127.0.0.1:{number}/tg/{DISPATCHER}" for number in (port, bare))
        for url in (ours, theirs):
            await _rate(url, secret)
        return statistics.median([await _rate(ours, secret) / await _rate(theirs, secret) for _ in range(RUNS)])


async def _rate(url: str, secret: str) -> float:
    first = next(numbers) * RUN
    async with child("benchmarks.peers", "post", url, secret, first, UPDATES, POSTERS, CHATS) as (posters, _):
        began = time.monotonic()
        await said(posters)
        return UPDATES / (time.monotonic() - began)


async def _rush(database_url: str, api: str) -> tuple[float, int]:
    """Seconds from the last update to the last answer; updates lost."""
    first = next(numbers) * RUN
    async with child("benchmarks.benchdesk", database_url, api) as (_, hello):
        port, *secrets = hello.split()
        secret, url = secrets[BOTS.index(DISPATCHER)], f"http://127.0.0.1:{port}/tg/{DISPATCHER}"
        async with aiohttp.ClientSession(headers={HEADER: secret}) as session, asyncio.TaskGroup() as nursery:

            async def one(number: int) -> None:
                async with session.post(url, data=update(DISPATCHER, number, CHATS)) as reply:
                    assert reply.status == 200, reply.status

            began = time.monotonic()
            for n in range(PER_SECOND * SECONDS):
                await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.monotonic()))
                nursery.create_task(one(first + n))
        ended = time.monotonic()
        await wait_for_none(database_url, WAITING, 600)
        drained = time.monotonic() - ended
        async with aiohttp.ClientSession() as session, session.get(f"{api}/answers") as reply:
            heard = await reply.json()
    return drained, sum(str(first + n) not in heard for n in range(PER_SECOND * SECONDS))


if __name__ == "__main__":
    for line in run():
        tell_parent(line)
