"""The control: it has nothing to do but to sleep until a moment and to commit a row, on the same machine, in the same
database and at the same priority as the workers. How late its rows are is what the machine itself was late by."""

import asyncio
import time

import asyncpg

EVERY_S = 0.05
_BEAT = "INSERT INTO soak_beats (due, real) VALUES ($1, extract(epoch FROM clock_timestamp()))"


async def beat(url: str) -> None:
    """Until it is killed. What it slept over is not made up for: a row tells of all the time since it was due."""
    line = await asyncpg.connect(url)
    due = time.time()
    while True:
        due = max(due + EVERY_S, time.time())
        await asyncio.sleep(due - time.time())
        await line.execute(_BEAT, due)
