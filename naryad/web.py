"""The HTTP door of the process: pages, Mini Apps, the API, webhooks of Telegram and other systems, health, metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web as http

from admin_web.app import application
from admin_web.miniapp.app import TELEGRAM_FRAMES
from api import app as api
from bot.telegram.webhook import WebhookDoor
from core.kernel.links import links, listens_at
from naryad.health import add_health
from webhooks.route import HooksDoor

if TYPE_CHECKING:
    from naryad.app import Running

SHUTDOWN_S = 3.0


@asynccontextmanager
async def web(running: "Running", frames: str | None = None) -> AsyncIterator[None]:
    """Listen on the configured address; `running.web_port` is the port that was bound (0 asks for any)."""
    settings = running.settings
    app = application(
        tokens=settings.tokens, frames=f"{TELEGRAM_FRAMES} {frames or ''}".strip(), tiles=settings.tiles_url
    )
    WebhookDoor({name: bot.intake for name, bot in running.bots.items()}).add_to(app)
    hooks = HooksDoor()
    hooks.add_to(app)
    api.setup(app, redis=running.redis, prefix=settings.redis_prefix)
    add_health(app, running)
    runner = http.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        site = http.TCPSite(runner, settings.web_host, settings.web_port)
        await site.start()
        running.web_port = runner.addresses[0][1]
        links.own = listens_at(settings.web_host, running.web_port or settings.web_port)
        yield
    finally:
        await runner.cleanup()
        await hooks.intake.close()
