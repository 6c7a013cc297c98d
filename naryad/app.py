"""The process of the desk: `naryad run` is all in one, `naryad run bot|web|worker` splits it over machines.

Parts live in one nursery: when one fails for good, all stop and the process ends with an error, so that whatever
watches it starts it anew; on SIGTERM each finishes what it has in hand.
"""

import asyncio
import signal
from collections.abc import Collection, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvloop

from core.kernel import garbage, hints
from core.kernel.links import links
from naryad.embedded import Servers
from naryad.errors import OperatorError
from naryad.settings import Settings
from naryad.wiring import desk, servers_for

if TYPE_CHECKING:
    from bot.telegram.profile import Spoken
    from bot.telegram.service import BotService

PARTS = frozenset({"bot", "web", "worker"})
OUTSIDE_WORKERS = 6
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Running:
    """What runs in this process. `ready` is set when every part has begun; `web_port` is the port really bound."""

    settings: Settings
    parts: frozenset[str]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    bots: dict[str, "BotService"] = field(default_factory=dict)
    redis: Any = None
    web_port: int | None = None


def run(settings: Settings, parts: Collection[str] = PARTS) -> None:
    """Until SIGTERM or Ctrl-C. While it begins nothing is garbage: to look for some takes a tenth of the start."""
    if not settings.tokens and "bot" in parts:
        raise OperatorError("run.no_tokens")
    garbage.beginning()
    uvloop.run(_run(settings, frozenset(parts)))


async def _run(settings: Settings, parts: frozenset[str]) -> None:
    running = Running(settings, parts)
    stop_on_signals(running.stop)
    async with servers_for(settings, owner=parts >= PARTS) as servers, desk(settings, servers):
        await serve(running, servers)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Both ways of asking to stop; a second Ctrl-C is not needed and not heard."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)


async def serve(running: Running, servers: Servers, *, frames: str | None = None) -> None:
    """Run the chosen parts until `running.stop`. `frames` are extra pages that may frame a Mini App. What is there when
    all of it has been made stays until the end, so the garbage collector never looks at it again."""
    settings, stop = running.settings, running.stop
    async with AsyncExitStack() as stack:
        running.redis = await _powers(stack, settings, servers)
        if running.parts & {"bot", "web"}:
            running.bots = _bots(settings)
        jobs: list[Coroutine[Any, Any, None]] = [hints.link(stop), *_channels(running)]
        if "bot" in running.parts:
            from bot.telegram.moves import watch

            jobs += [*(bot.run(stop) for bot in running.bots.values()), watch(stop)]
        if "worker" in running.parts:
            jobs += _worker(stop)
        if "web" in running.parts:
            from naryad.web import web

            await stack.enter_async_context(web(running, frames))
            if settings.smtp_port is not None or settings.lmtp_port is not None:
                from webhooks.listener import listening

                door = listening(settings.mail_host, settings.smtp_port, settings.lmtp_port)
                await stack.enter_async_context(door)
        garbage.begun()
        async with asyncio.TaskGroup() as nursery:
            for job in jobs:
                nursery.create_task(job)
            nursery.create_task(_present(running))
            running.ready.set()
            log.info("desk.started", parts=sorted(running.parts), port=running.web_port)
        log.info("desk.stopped")


async def _powers(stack: AsyncExitStack, settings: Settings, servers: Servers) -> Any:
    """The messenger's files, the web and Redis, which is returned; each process has its own connections."""
    from bot.telegram.api import Server
    from bot.telegram.files import Downloads
    from core import ports
    from core.plan import solver
    from naryad.outgoing import outgoing
    from naryad.redis import redis
    from webhooks.fetch import web

    stack.push_async_callback(solver.close)
    telegram = await stack.enter_async_context(Server(settings.telegram_api))
    outside = await stack.enter_async_context(web(settings.inside_hosts))
    ports.use(telegram=Downloads(settings.tokens, telegram), web=outside)
    outgoing(settings, outside)
    return await stack.enter_async_context(redis(servers.redis_url, settings.redis_prefix))


def _bots(settings: Settings) -> dict[str, "BotService"]:
    from bot.customer import app as customer
    from bot.dispatcher import app as dispatcher
    from bot.technician import app as technician
    from bot.telegram.moves import moved
    from bot.telegram.service import BotService, BotSettings

    apps = {"customer": customer, "technician": technician, "dispatcher": dispatcher}
    options = BotSettings(
        api=settings.telegram_api,
        webhook_url=settings.public_url if settings.webhooks else None,
        app_url=links.apps,
    )
    return {
        name: BotService(name, token, apps[name].routes, options, moves=moved)
        for name, token in settings.tokens.items()
    }


def _channels(running: Running) -> list[Coroutine[Any, Any, None]]:
    """The senders of the channels that are set, where bots are sent for."""
    from core import ports

    if "bot" not in running.parts:
        return []
    from bot.letters.sender import Sender
    from core.channels.rules import MESSENGERS

    known: dict[str, object] = {"email": ports.mailer(), **{name: ports.texter(name) for name in ("sms", "voice")}}
    known |= {name: ports.messenger(name) for name in MESSENGERS}
    return [Sender(name).run(running.stop) for name, power in known.items() if power is not None]


def _worker(stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
    from core.sources.worker import hooks_loop
    from core.tasks.actions import OUTSIDE
    from core.tasks.worker import tasks_loop
    from core.timers.worker import timers_loop
    from naryad import background
    from naryad.housekeeping import housekeeping
    from webhooks.exchanges import exchanges
    from webhooks.mailbox import mailboxes

    background.learn()
    outside = tasks_loop(stop, OUTSIDE_WORKERS, OUTSIDE)
    held = [mailboxes(stop), exchanges(stop)]
    return [timers_loop(stop), tasks_loop(stop), outside, hooks_loop(stop), *held, housekeeping(stop)]


async def _present(running: Running) -> None:
    """Learn the bots' names, which every part puts into links, and where the bots run, tell Telegram our commands and
    descriptions; again when it failed. Each bot by itself: one that can't be reached holds up no other."""
    from bot.telegram.profile import present

    settings, spoken = running.settings, _spoken() if "bot" in running.parts else {}

    async with asyncio.TaskGroup() as nursery:
        for name, token in settings.tokens.items():
            known = partial(links.bots.__setitem__, name)
            nursery.create_task(present(name, token, settings.telegram_api, running.stop, known, spoken.get(name)))


def _spoken() -> "dict[str, Spoken]":
    from bot.customer import app as customer
    from bot.dispatcher import app as dispatcher
    from bot.technician import app as technician

    apps = {"customer": customer, "technician": technician, "dispatcher": dispatcher}
    return {name: (app.COMMANDS, app.PROFILE) for name, app in apps.items()}
