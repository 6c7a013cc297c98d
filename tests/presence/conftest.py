"""Somebody who shares their place."""

from collections.abc import AsyncIterator

import pytest

from core.kernel.actor import member
from core.kernel.read import fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.presence import actions, live
from core.schedule import actions as schedule
from tests.world import World

CHAT, MESSAGE = 71, 9


@pytest.fixture
async def job(world: World) -> AsyncIterator[int]:
    """Pyotr is on duty and on the way to Arbat, sharing his place."""
    async with work():
        order = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Не холодит", source="desk")
        job_id: int = await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", order)
        await orders.assign(job_id, world.pyotr)
    async with work(await world.actor(member(world.pyotr))):
        await schedule.open_shift(world.pyotr)
        await orders.travel(job_id)
        await actions.share_started("technician", CHAT, MESSAGE, world.pyotr, 3600, job_id)
    yield job_id
    live.use(None)
