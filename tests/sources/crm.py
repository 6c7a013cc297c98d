"""A CRM on this machine that is asked, which a resolver of the test's own calls `crm.test`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core import ports
from core.kernel.links import links
from tests.hooks.conftest import Resolver
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
