"""The API on a free port, and systems that call it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from admin_web.door import policy
from api import app as api
from core import ports
from core.adapters.disk import Disk
from core.kernel.work import work
from core.tokens import actions as tokens
from core.tokens.rules import SCOPES
from tests.world import World


@dataclass
class Reply:
    status: int
    said: Any
    headers: Any


@dataclass
class Caller:
    """A system with a token."""

    http: ClientSession
    base: str
    token: str
    token_id: int

    async def __call__(self, method: str, path: str, json: Any = None, raw: Any = None, **headers: str) -> Reply:
        sent = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        kinds = {"json": json} if json is not None else {"data": raw} if raw is not None else {}
        async with self.http.request(method, f"{self.base}{path}", headers=sent, **kinds) as answer:
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Reply(
                answer.status, await answer.json(content_type=None) if is_json else await answer.read(), answer.headers
            )


NewCaller = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def server(desk: str, tmp_path: Path) -> AsyncIterator[TestServer]:
    ports.use(storage=Disk(tmp_path / "files"))
    app = web.Application(middlewares=[policy])
    api.setup(app)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def new_caller(server: TestServer) -> AsyncIterator[NewCaller]:
    async with ClientSession() as http:

        async def new(*scopes: str, **options: Any) -> Caller:
            async with work():
                number, text = await tokens.make("1С", list(scopes or SCOPES), **{"per_minute": 6000, **options})
            return Caller(http, str(server.make_url("/api/v1")), text, number)

        yield new


@pytest.fixture
async def call(new_caller: NewCaller, world: World) -> Caller:
    """A system that may everything."""
    return await new_caller()
