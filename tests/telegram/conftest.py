"""A toy bot on a desk of its own, talking to the simulator over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.routes import Routes
from bot.telegram.service import BotService
from core.kernel.clock import clock
from core.kernel.database import database, pool
from simulator.app import Simulator, build_app
from tests.telegram.toy import SCHEMA, TOKEN, settings, toy_routes

ANNA, BORIS, VERA = 7, 8, 9
BOT = 100


@dataclass
class Desk:
    """The simulator, and the bot against it."""

    sim: Simulator
    url: str
    database_url: str

    @asynccontextmanager
    async def bot(self, routes: Routes | None = None, name: str = "customer", **more: Any) -> AsyncIterator[BotService]:
        """A bot that runs in this process, stopped properly at the end."""
        stop = asyncio.Event()
        service = BotService(name, TOKEN, routes or toy_routes(), settings(self.url, **more))
        running = asyncio.create_task(service.run(stop))
        try:
            async with asyncio.timeout(10):
                await service.owns.wait()
            yield service
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)

    async def act(self, user: int, do: str, /, chat: int | str = BOT, **facts: Any) -> Any:
        return await self.sim.act(user, chat, do, **facts)

    def texts(self, user: int = ANNA, chat: str | None = None) -> list[str]:
        """What the bot said in a chat, oldest first."""
        key = chat or f"{BOT}:{user}"
        history = self.sim.history(key, user, None, 1000)
        return [m.get("text") or m.get("caption") or "" for m in history if m["from"]["id"] == BOT]

    def last(self, user: int = ANNA, chat: str | None = None) -> Any:
        history = self.sim.history(chat or f"{BOT}:{user}", user, None, 1000)
        return [m for m in history if m["from"]["id"] == BOT][-1]

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        return await pool().fetch(sql, *args)  # type: ignore[no-any-return]

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.sim.calls)


async def until(true: Callable[[], Any | Awaitable[Any]], seconds: float = 15) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    sim = Simulator(tmp_path / "simulator")
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sim.add_bot(TOKEN, "toy_bot", "Toy")
    for number, name in ((ANNA, "Анна"), (BORIS, "Борис"), (VERA, "Вера")):
        sim.add_person(number, name, phone=f"+7999000000{number}")
    async with database(database_url, pool=6):
        await pool().execute(SCHEMA)
        yield Desk(sim, f"http://127.0.0.1:{runner.addresses[0][1]}", database_url)
    await runner.cleanup()
    clock.offset = 0
