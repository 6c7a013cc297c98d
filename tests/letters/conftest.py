from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core import ports
from tests.letters.vendors import Town, town
from webhooks.fetch import Web

PATIENCE_S = 2.0


@pytest.fixture
async def vendors(tmp_path: Path) -> AsyncIterator[Town]:
    made = town(tmp_path)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        made.base = f"http://127.0.0.1:{server.port}"
        yield made
        made.over.set()
    for channel in ("sms", "voice"):
        ports.use_texter(channel, None)


@pytest.fixture
async def outside() -> AsyncIterator[Web]:
    """The guarded web, less patient than the desk's."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
        yield Web(session, ("127.0.0.1",))
