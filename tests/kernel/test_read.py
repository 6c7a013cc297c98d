"""Reads that go out together: on connections of their own, or on the one that a work has."""

import asyncpg
import pytest

from core.kernel.read import fetchval, together
from core.kernel.work import work


async def test_outside_a_work_they_do_not_wait_for_each_other(desk: str) -> None:
    """The first waits for what the second does."""
    await fetchval("CREATE TABLE meeting (n int)")

    async def waits() -> int:
        while not await fetchval("SELECT count(*) FROM meeting"):
            pass
        return 1

    async def does() -> int:
        async with work() as w:
            await w.execute("INSERT INTO meeting VALUES (1)")
        return 2

    assert await together(waits(), does()) == [1, 2]


async def test_inside_a_work_they_see_what_it_has_done(desk: str) -> None:
    async with work() as w:
        await w.execute("CREATE TABLE fresh (n int)")
        await w.execute("INSERT INTO fresh VALUES (1)")
        asked = [fetchval("SELECT count(*) + $1::int FROM fresh", n) for n in range(3)]
        assert await together(*asked) == [1, 2, 3]


@pytest.mark.filterwarnings("error")
async def test_one_that_fails_ends_the_others(desk: str) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with work():
            await together(fetchval("SELECT 1 / 0"), fetchval("SELECT 1"))
