"""No connection is lost on its way back to the pool, whatever happened to what used it."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from core.kernel.database import pool
from core.kernel.work import work

AT_ONCE = 12
"""More than the pool has."""


async def _all_come_back() -> None:
    """As many works as there are connections can be open at one time, and none is still in somebody's transaction."""
    size = pool().get_max_size()
    met = asyncio.Barrier(size)

    async def one() -> None:
        async with work() as w:
            assert await w.fetchval("SELECT pg_current_xact_id_if_assigned() IS NULL")
            await met.wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as nursery:
        for _ in range(size):
            nursery.create_task(one())
    assert pool().get_idle_size() == pool().get_size()


async def _begun_too_late() -> None:
    async with asyncio.timeout(0):
        async with work():
            raise AssertionError("it cannot have begun")


@pytest.mark.parametrize("seconds", [0, 0.001, 0.02])
async def test_works_that_are_cancelled_give_their_connections_back(desk: str, seconds: float) -> None:
    async def slow() -> None:
        async with work() as w:
            await w.execute("SELECT pg_sleep(3)")

    tasks = [asyncio.create_task(slow()) for _ in range(AT_ONCE)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended)
    await _all_come_back()


async def test_works_that_are_cancelled_while_they_begin_lose_nothing(desk: str) -> None:
    """The same task goes on afterwards, with a connection that is nobody's."""
    await _all_come_back()
    for _ in range(2 * pool().get_max_size()):
        with pytest.raises(TimeoutError):
            await _begun_too_late()
    async with work() as w:
        assert await w.fetchval("SELECT 1") == 1
    await _all_come_back()


async def test_a_connection_that_is_to_be_closed_is_closed_and_another_opened(desk: str) -> None:
    async with work() as w:
        before = await w.fetchval("SELECT pg_backend_pid()")
        await pool().expire_connections()
    async with work() as w:
        assert await w.fetchval("SELECT pg_backend_pid()") != before
    await _all_come_back()


async def test_a_connection_that_broke_is_replaced(desk: str) -> None:
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        async with work() as w:
            await w.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await _all_come_back()


async def test_giving_a_connection_back_makes_no_task(desk: str) -> None:
    connection = await pool().acquire()
    made: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, coro, **options: made.append(coro) or asyncio.Task(coro, loop=loop, **options))
    try:
        await pool().release(connection)
    finally:
        loop.set_task_factory(None)
    assert made == []
