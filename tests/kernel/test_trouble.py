"""Whoever is told to end does so, whatever the database does meanwhile."""

import asyncio
from contextlib import suppress

import pytest

from core.kernel.database import pool
from core.kernel.trouble import LOST, heed
from core.kernel.work import work
from core.tasks.worker import tasks_loop

SOON = 20


async def _ends(task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(SOON):
        with pytest.raises(asyncio.CancelledError):
            await task


async def _kill(pid: int) -> None:
    """The connection of that backend is dead when this returns."""
    await pool().execute("SELECT pg_terminate_backend($1)", pid)
    while await pool().fetchval("SELECT true FROM pg_stat_activity WHERE pid = $1", pid):
        await asyncio.sleep(0.01)


async def _waiting_in_a_work(pid: "asyncio.Future[int]") -> None:
    async with work() as w:
        pid.set_result(await w.fetchval("SELECT pg_backend_pid()"))
        await asyncio.Event().wait()


async def test_a_work_that_is_cancelled_says_so_though_its_connection_is_gone(desk: str) -> None:
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(_waiting_in_a_work(pid))
    await _kill(await pid)
    task.cancel()
    await _ends(task)


async def test_a_work_whose_connection_is_gone_tells_of_that(desk: str) -> None:
    async def cut() -> None:
        async with work() as w:
            await _kill(await w.fetchval("SELECT pg_backend_pid()"))
            await w.execute("SELECT 1")

    with pytest.raises(LOST):
        await cut()


async def test_a_loop_that_lost_its_cancellation_ends_at_the_next_turn() -> None:
    turns = 0

    async def deaf() -> None:
        nonlocal turns
        while True:
            heed()
            turns += 1
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    task.cancel()
    await _ends(task)
    assert turns == 1


async def test_the_tasks_go_on_after_their_session_was_killed_and_end_when_told(desk: str) -> None:
    sql = (
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 7304 AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    loop = asyncio.create_task(tasks_loop(asyncio.Event()))

    async def session() -> int:
        async with asyncio.timeout(SOON):
            while not (pid := await pool().fetchval(sql)):
                await asyncio.sleep(0.01)
        return int(pid)

    first = await session()
    await _kill(first)
    assert await session() != first, "a failed crew is no reason to end"
    loop.cancel()
    await _ends(loop)
