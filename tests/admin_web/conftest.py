"""The desk's pages on a free port, and people who look at them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

import core.reactions  # noqa: F401
from admin_web.app import application
from core import ports
from core.adapters.disk import Disk
from core.kernel.actor import Actor, member
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from tests.admin_web.visitor import Client, Visitor, sign_in
from tests.world import World

NewClient = Callable[[], Awaitable[Client]]
Made = tuple[int, int]


@pytest.fixture
async def server(desk: str, tmp_path: Path) -> AsyncIterator[TestServer]:
    ports.use(storage=Disk(tmp_path / "files"))
    server = TestServer(application(tokens={"technician": "1:a"}), host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def new_client(server: TestServer) -> AsyncIterator[NewClient]:
    """A browser of its own for each who asks: cookies are not shared."""
    made: list[Client] = []

    async def new() -> Client:
        client: Client = TestClient(server)
        made.append(client)
        return client

    yield new
    for client in made:
        await client.session.close()


@pytest.fixture
async def dispatcher(new_client: NewClient, world: World) -> Visitor:
    return await sign_in(await new_client(), world.dispatcher)


@pytest.fixture
async def admin(new_client: NewClient, world: World) -> Visitor:
    return await sign_in(await new_client(), world.admin)


@pytest.fixture
async def technician(new_client: NewClient, world: World) -> Visitor:
    return await sign_in(await new_client(), world.pyotr)


@pytest.fixture
async def stranger(new_client: NewClient) -> Visitor:
    return Visitor(await new_client())


class Orders:
    """Short ways to make orders of «Азбука» on Arbat and take them along."""

    def __init__(self, world: World, dispatcher: Actor) -> None:
        self.world, self.actor = world, dispatcher

    async def new(self, words: str = "Не холодит витрина", **fields: object) -> Made:
        """An order and its job."""
        place = {"customer_id": self.world.azbuka, "site_id": self.world.arbat, "contact_id": self.world.olga}
        async with work(self.actor):
            order_id = await orders.create(**{**place, "words": words, "source": "desk", **fields})  # type: ignore[arg-type]
        return order_id, int((await Job.get(order_id=order_id)).id)

    async def do(self, verb: str, *args: object, **named: object) -> None:
        async with work(self.actor):
            await getattr(orders, verb)(*args, **named)

    async def assigned(self, member_id: int | None = None, **fields: object) -> Made:
        order_id, job_id = await self.new(**fields)  # type: ignore[arg-type]
        await self.do("assign", job_id, member_id or self.world.pyotr)
        return order_id, job_id

    async def travelling(self, member_id: int | None = None, **fields: object) -> Made:
        order_id, job_id = await self.assigned(member_id, **fields)
        await self.do("travel", job_id)
        return order_id, job_id


@pytest.fixture
async def made(world: World) -> Orders:
    return Orders(world, await world.actor(member(world.dispatcher)))
