"""A CRM on this machine that is asked, which a resolver of the test's own calls `crm.test`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core import ports
from core.kernel.links import links
from core.kernel.work import work
from core.sources import actions
from core.sources.models import Outcome, Poll
from core.sources.polls import schedule
from core.sources.worker import Follower
from core.tasks.actions import OUTSIDE, run_one
from tests.hooks.conftest import Resolver
from tests.world import World
from webhooks.fetch import web as outside

HOST = "crm.test"
Answer = Callable[[web.Request], Any]


@dataclass
class Crm:
    """`answer` gives JSON, or a response of its own."""

    base: str = ""
    answer: Answer = lambda request: []
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read())
        said = self.answer(request)
        if asyncio.iscoroutine(said):
            said = await said
        return said if isinstance(said, web.StreamResponse) else web.json_response(said)


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    crm, app = Crm(), web.Application()
    app.router.add_route("*", "/{tail:.*}", crm.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    crm.base = f"http://{HOST}:{server.port}"
    links.inside = (HOST,)
    async with outside([HOST], Resolver({HOST: [["127.0.0.1"]]})) as power:
        ports.use(web=power)
        yield crm
    links.inside = ()
    await server.close()


def thing(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"Не морозит витрина {number}", **more}


async def connect(crm: Crm, world: World, kind: str = "rest", secrets: Any = None, **config: Any) -> str:
    """Connected and on; its first task waits."""
    async with work():
        given = {"poll_url": f"{crm.base}/orders", **config}
        mapping = {"customer_id": world.bakery}
        await actions.add_source("crm", kind, "Их CRM", secrets or {"token": "Bearer s3cret-token"}, given, mapping)
        await actions.change_source("crm", active=True)
    return "crm"


async def drain() -> int:
    """Do what is due outside; how often."""
    times = 0
    while await run_one(lane=OUTSIDE):
        times += 1
    return times


async def follow() -> list[str]:
    follower = Follower()
    while await follower.run_one():
        pass
    return [one.what for one in await Outcome.all().order_by("delivery_id")]


async def again() -> Poll:
    """As if the time had come."""
    async with work():
        await schedule.ask_now("crm")
    await drain()
    return await Poll.get(source_id="crm")


def pause(poll: Poll) -> timedelta:
    assert poll.due_at is not None
    assert poll.asked_at is not None
    return poll.due_at - poll.asked_at
