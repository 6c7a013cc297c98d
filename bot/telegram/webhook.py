"""`/tg/{bot}`: Telegram brings an update; it is committed, then acknowledged."""

import hmac
import logging
from collections.abc import Mapping

import orjson
from aiohttp import web

from bot.telegram.intake import Intake
from core.kernel.ids import keys

HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_BYTES = 1 << 20

log = logging.getLogger(__name__)


def secret_of(bot: str) -> str:
    """What Telegram must say with each update of this bot."""
    return keys().mac("telegram webhook", bot, size=32)


def path_of(bot: str) -> str:
    return f"/tg/{bot}"


class WebhookDoor:
    """Takes updates of the bots it was given, in any process of the desk."""

    def __init__(self, intakes: Mapping[str, Intake]) -> None:
        self._intakes = intakes
        self._secrets = {bot: secret_of(bot).encode() for bot in intakes}

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/tg/{bot}", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """200 committed; 404 no such bot; 401 wrong secret; 413 too long; 400 no update; 503 not kept, come again."""
        bot = request.match_info["bot"]
        intake = self._intakes.get(bot)
        if intake is None:
            return web.Response(status=404)
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secrets[bot]):
            return web.Response(status=401)
        if (request.content_length or 0) > MOST_BYTES:
            return web.Response(status=413)
        body = await request.content.read(MOST_BYTES + 1)
        while len(body) <= MOST_BYTES and (more := await request.content.read(MOST_BYTES + 1)):
            body += more
        if len(body) > MOST_BYTES:
            return web.Response(status=413)
        try:
            update = orjson.loads(body)
            int(update["update_id"])
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        try:
            await intake.take(update, body)
        except Exception:
            log.exception("an update cannot be kept", extra={"bot": bot})
            return web.Response(status=503)
        return web.Response()
