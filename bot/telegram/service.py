"""One bot, whole: elected, fed, answered. Any number of processes may run it; one at a time owns the bot."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.routes import Routes
from bot.telegram.adapter import Adapter
from bot.telegram.api import TELEGRAM, Api, Server, TelegramError, Unknown, pause
from bot.telegram.feeder import Feeder
from bot.telegram.incoming import ALLOWED
from bot.telegram.intake import Intake, Moves, Poller, source_of
from bot.telegram.limits import Limits
from bot.telegram.owner import ownership
from bot.telegram.sender import Sender
from bot.telegram.webhook import path_of, secret_of
from core.kernel.trouble import heed

DRAIN_S = 8.0
TROUBLE_S = 1.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class BotSettings:
    """`webhook_url` is the public address of the web (None: poll); `app_url` opens Mini Apps (None: no such buttons).

    `parallel` chats are handled at once, `timeout_s` bounds one call to Telegram.
    """

    api: str = TELEGRAM
    webhook_url: str | None = None
    app_url: str | None = None
    parallel: int = 8
    limits: Limits = field(default_factory=Limits)
    timeout_s: float = 30.0
    poll_s: int = 25


class _Over(Exception):
    pass


class BotService:
    """`intake` is what a webhook route in this process feeds (see `WebhookDoor`)."""

    def __init__(
        self,
        name: str,
        token: str,
        routes: Routes,
        settings: BotSettings | None = None,
        *,
        moves: Moves | None = None,
    ) -> None:
        self.name = name
        self.token = token
        self.routes = routes
        self.settings = settings or BotSettings()
        self.intake = Intake(name, moves)
        self.username = ""
        self.owns = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Own the bot whenever nobody else does, until `stop`; then finish what is in hand and leave."""
        async with Server(self.settings.api) as server:
            api = Api(self.token, server, self.settings.timeout_s)
            await self._introduce(api, stop)
            while not stop.is_set():
                heed()
                async with ownership(f"bot:{self.name}", stop) as lost:
                    if lost is None:
                        break
                    try:
                        await self._own(api, lost, stop)
                    except* Exception:
                        log.exception("bot: trouble, starting anew", extra={"bot": self.name})
                await pause(stop, TROUBLE_S / 10)
        await self.intake.close()

    async def _introduce(self, api: Api, stop: asyncio.Event) -> None:
        """Learn our own name; a wrong token is said clearly and asked again, for it may be Telegram's trouble."""
        while not stop.is_set():
            try:
                self.username = (await api.call("getMe"))["username"]
                return
            except (TelegramError, Unknown) as error:
                log.error("getMe of the %s bot: %s", self.name, error)
                await pause(stop, 30 if isinstance(error, TelegramError) and error.code in (401, 404) else 1)

    async def _own(self, api: Api, lost: asyncio.Event, stop: asyncio.Event) -> None:
        sender = Sender(self.name, api, self.settings.limits, app_url=self.settings.app_url, username=self.username)
        closing = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as nursery:

                def spawn(job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
                    return nursery.create_task(_calm(job))

                adapter = Adapter(self.routes, api, spawn, username=self.username)
                feeder = Feeder(source_of(self.name), adapter.handle, parallel=self.settings.parallel)
                self.intake.feeder = feeder
                nursery.create_task(sender.run())
                nursery.create_task(feeder.run())
                nursery.create_task(self._receive(api, closing))
                self.owns.set()
                await _first(lost, stop)
                closing.set()
                if not lost.is_set():
                    await self._drain(feeder, sender, lost)
                raise _Over
        except* _Over:
            pass
        finally:
            self.owns.clear()
            self.intake.feeder = None

    async def _drain(self, feeder: Feeder, sender: Sender, lost: asyncio.Event) -> None:
        """Finish what is in hand; what is not begun stays in the tables for the next owner."""
        job = asyncio.create_task(_in_turn(feeder.drain(), sender.drain()))
        losing = asyncio.create_task(lost.wait())
        await asyncio.wait((job, losing), timeout=DRAIN_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (job, losing):
            task.cancel()

    async def _receive(self, api: Api, closing: asyncio.Event) -> None:
        if self.settings.webhook_url is None:
            await Poller(api, self.intake, poll_s=self.settings.poll_s).run(closing)
            return
        params = {
            "url": self.settings.webhook_url.rstrip("/") + path_of(self.name),
            "secret_token": secret_of(self.name),
            "allowed_updates": ALLOWED,
            "max_connections": 100,
        }
        while not closing.is_set():
            try:
                await api.call("setWebhook", params)
                return
            except (TelegramError, Unknown) as error:
                log.error("setWebhook: %s", error, extra={"bot": self.name})
                await pause(closing, 5)


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _in_turn(*jobs: Coroutine[Any, Any, None]) -> None:
    for job in jobs:
        await job


async def _calm(job: Coroutine[Any, Any, None]) -> None:
    try:
        await job
    except Exception:
        log.exception("a side job failed")
