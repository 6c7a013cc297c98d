"""A day of «Холод-Сервис» and whoever plans it."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.kernel.actor import Actor, member
from core.kernel.clock import clock, now
from core.kernel.read import fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.plan import actions as plan
from core.plan import solver
from core.plan.queries import frame, today
from core.plan.rules import routes_of
from tests.world import World


class Desk:
    def __init__(self, world: World, actor: Actor, day: date) -> None:
        self.world, self.actor, self.day = world, actor, day

    async def order(self, site: int | None = None, **more: object) -> int:
        """A new order's job."""
        w = self.world
        fields = {"customer_id": w.azbuka, "site_id": site or w.arbat, "contact_id": w.olga, "source": "desk"}
        async with work(self.actor):
            number = await orders.create(**{**fields, "words": "Не холодит", **more})  # type: ignore[arg-type]
        return int(await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", number) or 0)

    async def move(self, job: int, who: int | None, start: int | None = None, **more: object) -> int:
        revision = (await frame(self.day)).revision
        async with work(self.actor):
            return await plan.move(self.day, revision, job, who, start, **more)  # type: ignore[arg-type]

    async def routes(self) -> dict[int, list[int]]:
        return {who: route for who, route in routes_of((await frame(self.day)).facts).items() if route}


@pytest.fixture
def morning(desk: str) -> None:
    """The coming ten o'clock in Moscow: a plan is one day's, and what the tests do in it must not reach the next."""
    here = now().astimezone(ZoneInfo("Europe/Moscow"))
    ten = here.replace(hour=10, minute=0, second=0, microsecond=0)
    clock.offset = ((ten if here < ten else ten + timedelta(days=1)) - here).total_seconds()


@pytest.fixture
async def desk_plan(morning: None, world: World) -> Desk:
    return Desk(world, await world.actor(member(world.dispatcher)), await today())


@pytest.fixture(scope="session")
async def optimiser() -> AsyncIterator[None]:
    """One process searches for all tests: it takes seconds to begin."""
    solver.urgent = solver.days
    yield
    await solver.close()
