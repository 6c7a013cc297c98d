"""Parts that a route lacks are fetched before the first visit that needs them."""

from decimal import Decimal

from core.kernel.read import fetchval
from core.kernel.work import work
from core.plan.pickups import pickup
from tests.plan.conftest import Desk


async def test_what_the_van_lacks_is_fetched_once(desk_plan: Desk) -> None:
    """Two relays lie in the van: the third visit that needs one is where the way to the store comes first."""
    w = desk_plan.world
    jobs = [await desk_plan.order() for _ in range(4)]
    for job in jobs:
        await desk_plan.move(job, w.pyotr)
    for job in jobs[1:]:
        order = await fetchval("SELECT order_id FROM orders_jobs WHERE id = $1", job)
        async with work() as db:
            sql = """INSERT INTO dispatch_demands (scope, key, what, code, level, quantity)
                     VALUES ('order', $1, 'part', 'M2', 1, 1)"""
            await db.execute(sql, str(order))
    assert await pickup(w.pyotr, jobs[:3]) is None
    found = await pickup(w.pyotr, jobs)
    assert found is not None
    assert (found.job_id, found.store) == (jobs[3], "Склад")
    assert found.items == (("Реле пусковое", Decimal(1), "шт."),)
    async with work() as db:
        await db.execute("DELETE FROM warehouse_stock WHERE warehouse_id = $1", w.store)
    nowhere = await pickup(w.pyotr, jobs)
    assert nowhere is not None
    assert nowhere.store is None
