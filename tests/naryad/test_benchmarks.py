"""What the measures fill their desks with still fits the schema; the measuring itself is `make bench`."""

import asyncpg

from benchmarks import dispatch, lists
from core.kernel.work import work
from core.orders.actions.lifecycle import current_lifecycle


async def _count(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await connection.close()


async def test_an_archive_of_orders(desk: str) -> None:
    await lists._fill(desk, 50)
    assert await _count(desk, "orders_orders") == 50
    for call in lists._lists().values():
        await call(0)


async def test_a_crew_for_the_robot(desk: str) -> None:
    async with work():
        lifecycle, _ = await current_lifecycle()
    await dispatch._fill(desk, dispatch.SEED.format(people=20, open=50, archive=100, lifecycle=lifecycle))
    assert await _count(desk, "orders_jobs") == 150
    assert len(await dispatch._orders(3)) == 3
