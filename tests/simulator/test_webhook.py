"""Updates carried to a bot's own address: secret, order, retries, repeated and shuffled delivery."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiogram.types import Update
from aiohttp import web

from simulator import couriers
from tests.simulator.box import ANNA, BORIS, VERA, Served

Hook = Callable[[web.Request], Awaitable[web.StreamResponse]]
Start = Callable[[Hook], Awaitable[str]]


class Desk:
    """A bot's web server that keeps what it got and may refuse the first deliveries."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse = refuse
        self.got: list[Update] = []
        self.secrets: set[str | None] = set()
        self.news = asyncio.Event()
        self.reply: dict[str, Any] | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        self.got.append(Update.model_validate(await request.json()))
        self.news.set()
        return web.json_response(self.reply) if self.reply else web.Response()

    async def until(self, count: int) -> list[Update]:
        while len(self.got) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 20)
        return self.got


async def test_updates_arrive_with_the_secret_and_leave_the_queue(served: Served, webhook: Start) -> None:
    desk = Desk()
    await served.sim.act(ANNA, 100, "start")
    await served.bot.set_webhook(await webhook(desk.take), secret_token="s3cret", allowed_updates=["message"])
    await served.sim.act(ANNA, 100, "text", text="ещё")
    got = await desk.until(2)
    assert [update.message.text for update in got if update.message] == ["/start", "ещё"]
    assert desk.secrets == {"s3cret"}
    while (await served.bot.get_webhook_info()).pending_update_count:
        await asyncio.sleep(0.01)
    info = await served.bot.get_webhook_info()
    assert info.allowed_updates == ["message"]
    assert info.last_error_message is None


async def test_a_refused_update_comes_again_in_order(
    served: Served, webhook: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "FIRST_PAUSE", 0.01)
    desk = Desk(refuse=3)
    await served.bot.set_webhook(await webhook(desk.take))
    for number in range(5):
        await served.sim.act(ANNA, 100, "text", text=str(number))
    got = await desk.until(5)
    assert [update.message.text for update in got if update.message] == list("01234")
    info = await served.bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"


async def test_nobody_at_the_address_is_reported_and_survived(
    served: Served, webhook: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "FIRST_PAUSE", 0.01)
    await served.bot.set_webhook("http://127.0.0.1:9/hook")
    await served.sim.act(ANNA, 100, "text", text="x")
    while not (await served.bot.get_webhook_info()).last_error_message:
        await asyncio.sleep(0.01)
    desk = Desk()
    await served.bot.set_webhook(await webhook(desk.take))
    assert await desk.until(1)


async def test_repeats_and_shuffles(served: Served, webhook: Start) -> None:
    served.sim.set_faults(duplicate=2, reorder=True)
    desk = Desk()
    await served.bot.set_webhook(await webhook(desk.take))
    for number in range(4):
        for person in (ANNA, BORIS, VERA):
            await served.sim.act(person, 100, "text", text=str(number))
    got = await desk.until(36)
    assert set(Counter(update.update_id for update in got).values()) == {3}
    for person in (ANNA, BORIS, VERA):
        said = [u.message.text for u in got if u.message and u.message.chat.id == person]
        assert said == [str(number) for number in range(4) for _ in range(3)]


async def test_a_bot_may_answer_with_a_method(served: Served, webhook: Start) -> None:
    desk = Desk()
    desk.reply = {"method": "sendMessage", "chat_id": ANNA, "text": "сразу"}
    await served.bot.set_webhook(await webhook(desk.take))
    await served.sim.act(ANNA, 100, "start")
    await desk.until(1)
    while len(shown := served.sim.history("100:7", ANNA, None, 5)) < 2:
        await asyncio.sleep(0.01)
    assert shown[-1]["text"] == "сразу"


async def test_dropping_what_waits(served: Served) -> None:
    await served.sim.act(ANNA, 100, "start")
    await served.bot.delete_webhook(drop_pending_updates=True)
    assert await served.bot.get_updates() == []
