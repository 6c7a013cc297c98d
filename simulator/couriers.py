"""Webhooks: updates carried to the bot's address, each chat in order, chats in parallel, until answered 2xx.

A refused or lost delivery is tried again after 0.5, 1, 2 … 60 seconds; meanwhile other chats go on. A bot may
answer with a method to call, as in Telegram.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import aiohttp
import orjson

from simulator.state import Bot, Json, World
from simulator.updates import Updates

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
MIXING = 0.2
PATIENCE = aiohttp.ClientTimeout(total=60)
Reply = Callable[[Bot, Json], Awaitable[None]]


class Couriers:
    """One dispatcher task per bot with a webhook, one task per chat being served."""

    def __init__(self, world: World, updates: Updates) -> None:
        self.world = world
        self.updates = updates
        self.reply: Reply | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._errors: dict[int, Json] = {}

    def start(self) -> None:
        for bot in self.world.bots.values():
            self.serve(bot)

    def serve(self, bot: Bot) -> None:
        """Begin, change or end a bot's deliveries as its webhook says now."""
        task = self._tasks.pop(bot.id, None)
        if task is not None:
            task.cancel()
        self._errors.pop(bot.id, None)
        if bot.webhook:
            self._tasks[bot.id] = asyncio.get_running_loop().create_task(self._dispatch(bot, bot.webhook))

    def last_error(self, bot_id: int) -> Json:
        return self._errors.get(bot_id, {})

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _dispatch(self, bot: Bot, webhook: Json) -> None:
        """Hand each chat's updates to one task of its own; a finished chat is started again by news."""
        box = self.updates.box(bot.id)
        slots = asyncio.Semaphore(webhook["max_connections"])
        busy: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                box.news.clear()
                for chat in box.rows:
                    if chat not in busy or busy[chat].done():
                        busy[chat] = asyncio.create_task(self._serve_chat(bot, webhook, chat, slots))
                for chat in [chat for chat, task in busy.items() if task.done()]:
                    del busy[chat]
                await box.news.wait()
        finally:
            for task in busy.values():
                task.cancel()
            await asyncio.gather(*busy.values(), return_exceptions=True)

    async def _serve_chat(self, bot: Bot, webhook: Json, chat: str, slots: asyncio.Semaphore) -> None:
        box = self.updates.box(bot.id)
        pause = FIRST_PAUSE
        while chat in box.rows:
            if self.updates.faults.reorder:
                await asyncio.sleep(random.random() * MIXING)
            async with slots:
                if chat not in box.rows:
                    break
                update_id = next(iter(box.rows[chat]))
                delivered = await self._deliver(bot, webhook, box.updates[update_id])
            if delivered:
                self.updates.confirm(bot.id, [update_id])
                pause = FIRST_PAUSE
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        box.news.set()

    async def _deliver(self, bot: Bot, webhook: Json, update: Json) -> bool:
        for _ in range(self.updates.faults.duplicate + 1):
            if not await self._post(bot, webhook, update):
                return False
        return True

    async def _post(self, bot: Bot, webhook: Json, update: Json) -> bool:
        headers = {"Content-Type": "application/json"}
        if webhook["secret_token"]:
            headers[SECRET_HEADER] = webhook["secret_token"]
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=PATIENCE)
        try:
            async with self._session.post(
                webhook["url"], data=orjson.dumps(update), headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.read()
                if 200 <= answer.status < 300:
                    await self._follow(bot, body)
                    return True
                reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = f"Connection failed: {error}" if str(error) else "Read timeout expired"
        self._errors[bot.id] = {"last_error_date": int(self.world.now()), "last_error_message": reason}
        return False

    async def _follow(self, bot: Bot, body: bytes) -> None:
        """Run the method that the bot put into its answer, if it did."""
        if not body.startswith(b"{") or self.reply is None:
            return
        try:
            wanted = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        if isinstance(wanted.get("method"), str):
            await self.reply(bot, wanted)
