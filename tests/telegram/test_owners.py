"""Real processes: two may run a bot, one owns it; one that is killed loses nothing and does nothing twice. What it sent
and had no time to note may be said twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.inbox import queries as inbox
from core.outbox import queries as outbox
from tests.telegram.conftest import Desk, until

ROOT = Path(__file__).parents[2]
USERS = 20
ROUNDS = 12


@asynccontextmanager
async def process(desk: Desk) -> AsyncIterator[asyncio.subprocess.Process]:
    """A toy bot in a process of its own."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.telegram.toy", desk.database_url, desk.url),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert child.stdout is not None
        async with asyncio.timeout(60):
            assert await child.stdout.readline() == b"ready\n"
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
            await asyncio.wait_for(child.wait(), 30)


async def test_one_owner_is_killed_under_load_and_the_other_carries_on(desk: Desk) -> None:
    users = [desk.sim.add_person(1000 + n, f"P{n}") for n in range(USERS)]
    for user in users:
        await desk.act(user, "start")
    async with process(desk) as first:
        await until(lambda: all(desk.texts(user) for user in users), 60)
        async with process(desk):
            for n in range(ROUNDS):
                for user in users:
                    await desk.act(user, "text", text=str(n))
                if n == ROUNDS // 2:
                    first.kill()
                    await first.wait()
                await asyncio.sleep(0.05)
            await until(lambda: all(desk.texts(user)[-1] == str(ROUNDS - 1) for user in users), 90)
            await until(_nothing_waits, 30)
    rows = await desk.rows("SELECT chat_id, array_agg(n ORDER BY id) AS n FROM toy GROUP BY chat_id")
    assert len(rows) == USERS
    assert all(row["n"] == list(range(ROUNDS)) for row in rows), "handled once each, in order"
    doubled = 0
    for user in users:
        said = desk.texts(user)
        told = list(dict.fromkeys(said))
        doubled += len(said) - len(told)
        assert told == ["n = 0", *map(str, range(ROUNDS))], "each told for the first time in order"
    assert doubled < USERS * ROUNDS / 4, f"{doubled} messages were sent twice, more than came out since they were noted"


async def _nothing_waits() -> bool:
    return await inbox.backlog() == {} and await outbox.backlog() == {}
