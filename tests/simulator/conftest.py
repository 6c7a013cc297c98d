"""A simulator served on a free port, real bots, pictures and a bot's own web server."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from tests.simulator.box import OTHER_TOKEN, TOKEN, Served, bot_at, populate, serve


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    sim, runner, url = await serve(tmp_path / "box")
    populate(sim)
    bot, other = bot_at(url, TOKEN), bot_at(url, OTHER_TOKEN)
    http = aiohttp.ClientSession()
    yield Served(sim, url, bot, other, http)
    for session in (bot.session, other.session, http):
        await session.close()
    await runner.cleanup()


@pytest.fixture
def picture() -> Callable[..., bytes]:
    def draw(width: int = 1600, height: int = 900, form: str = "JPEG", **kwargs: Any) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (width, height), "#c33").save(out, form, **kwargs)
        return out.getvalue()

    return draw


Hook = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def webhook() -> AsyncIterator[Callable[[Hook], Awaitable[str]]]:
    """Start a bot's own web server with the given handler; returns its address."""
    runners: list[web.AppRunner] = []

    async def start(handler: Hook) -> str:
        app = web.Application()
        app.router.add_post("/hook", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}/hook"

    yield start
    for runner in runners:
        await runner.cleanup()
