"""Serving a simulator on a free port and the client's side of it: real aiogram bots and three people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from aiohttp import web

from simulator.app import Simulator, build_app

TOKEN, OTHER_TOKEN = "100:customer", "200:dispatcher"
ANNA, BORIS, VERA = 7, 8, 9
ALL_KINDS = [
    "message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction",
]  # fmt: skip


@dataclass
class Served:
    """A running simulator and the client's side of it."""

    sim: Simulator
    url: str
    bot: Bot
    other: Bot
    http: aiohttp.ClientSession

    async def updates(self, bot: Bot | None = None) -> list[Update]:
        """Everything that waits for the bot, confirmed."""
        bot = bot or self.bot
        found = await bot.get_updates(allowed_updates=ALL_KINDS)
        if found:
            await bot.get_updates(offset=max(update.update_id for update in found) + 1)
        return found

    async def post(self, path: str, body: Any, **kwargs: Any) -> tuple[int, Any]:
        async with self.http.post(f"{self.url}{path}", json=body, **kwargs) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.url}{path}") as answer:
            return await answer.json()

    async def said(self) -> None:
        """Anna starts the customers' bot, and nothing waits any more."""
        await self.sim.act(ANNA, 100, "start")
        await self.updates()


async def serve(home: Path) -> tuple[Simulator, web.AppRunner, str]:
    sim = Simulator(home)
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return sim, runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


def bot_at(url: str, token: str) -> Bot:
    return Bot(token, AiohttpSession(api=TelegramAPIServer.from_base(url)))


def populate(sim: Simulator) -> None:
    sim.add_bot(TOKEN, "naryad_customer_bot", "Заявки")
    sim.add_bot(OTHER_TOKEN, "naryad_dispatcher_bot", "Диспетчер")
    sim.add_person(ANNA, "Анна", "Ким", username="anna", phone="+79990001122", role="customer")
    sim.add_person(BORIS, "Борис", phone="+79990003344", role="technician")
    sim.add_person(VERA, "Вера", role="dispatcher")
