"""Asterisks whose events we listen to: one WebSocket to each (`/ari/events`), held by one process. A frame is judged
and committed raw, like any delivery. ARI repeats nothing: what happened while the line was down is asked for when it is
up again, and told as the frames that were missed.

A call that enters our application is sent on at once, so that the dialplan goes on: the desk listens, and decides
nothing. Source: the project's documentation of ARI.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson

from core.kernel.clock import now
from core.kernel.errors import Outage
from core.kernel.links import links
from core.ports import WebAnswer, WebCall
from core.sources.boxes import trouble
from core.sources.kept import Kept, pack
from core.sources.queries import SourceView, short
from core.sources.requests import open_calls
from webhooks import held
from webhooks.fetch import Web, web
from webhooks.fields import at, text
from webhooks.intake import Intake
from webhooks.judge import judge
from webhooks.lanes import lane_of
from webhooks.request import Request
from webhooks.route import KEPT
from webhooks.signatures import digest_hex
from webhooks.verdict import Source

KIND, VENDOR = "asterisk-ari", "asterisk"
LOCKS = 7_307
APP = "naryad"
MOST_FRAME = 1 << 20
MOST_LIST = 4 << 20

log = logging.getLogger(__name__)

Open = Callable[[], AbstractAsyncContextManager[Web]]


class Replaced(Exception):
    """Somebody else listens under the name of our application."""


async def exchanges(stop: asyncio.Event, opened: Open | None = None) -> None:
    """Listen to every exchange that is connected and on, until `stop`. `opened` gives the way to the network."""
    intake = Intake()
    try:
        await held.attend(stop, KIND, lambda source: _keep_listening(source, intake, opened or _web))
    finally:
        await intake.close()


def _web() -> AbstractAsyncContextManager[Web]:
    return web(links.inside)


async def _keep_listening(source: SourceView, intake: Intake, opened: Open) -> None:
    await held.keep(source, LOCKS, lambda: listen(source, intake, opened))


async def listen(source: SourceView, intake: Intake, opened: Open) -> None:
    """One session; ends with the line. Outage, Replaced."""
    async with opened() as outside:
        line = Line(source, intake, outside)
        async with outside.frames(line.events, line.headers, MOST_FRAME) as frames:
            await line.catch_up()
            await trouble(source.id, "")
            await line.hear(frames)


class Line:
    """To one exchange."""

    def __init__(self, source: SourceView, intake: Intake, outside: Web) -> None:
        self._source, self._intake, self._outside = source, intake, outside
        self._base = str(source.config["ari_url"]).rstrip("/")
        who = f"{source.config['ari_user']}:{source.secret.get('password', '')}"
        self.headers = {"Authorization": "Basic " + b64encode(who.encode()).decode()}
        self.app = str(source.config.get("ari_app") or APP)

    @property
    def events(self) -> str:
        return f"{self._base}/events?{urlencode({'app': self.app, 'subscribeAll': 'true'})}"

    async def hear(self, frames: AsyncIterator[aiohttp.WSMessage]) -> None:
        """Until the line ends."""
        async for frame in frames:
            if frame.type is aiohttp.WSMsgType.TEXT:
                await self.take(frame.data.encode("utf-8", "surrogatepass"))
        raise Outage("ari", "the exchange hung up")

    async def take(self, body: bytes) -> None:
        """When it returns, the frame is committed, or nothing follows from it."""
        said = _read(body)
        if said.get("type") == "ApplicationReplaced":
            raise Replaced(f"another one listens as {self.app}")
        frame = Request("WS", f"{self._base}/events", (), body, "stream_event")
        outcome = judge(VENDOR, frame, Source(now().timestamp(), {}, self._source.config))
        if outcome.action in KEPT:
            key = short(outcome.key or digest_hex(body))
            kept = Kept(frame.method, frame.url, (), body, outcome.action, now(), outcome.reason, outcome.normalized)
            arrival = key, lane_of(outcome.normalized, key), pack(self._source.id, kept)
            await self._intake.take(self._source.id, arrival)
        elif outcome.action == "reject":
            self._intake.count("refused", self._source.id, outcome.reason)
        if said.get("type") == "StasisStart" and said.get("application") == self.app:
            await self._send_on(text(at(said, "channel", "id")))

    async def catch_up(self) -> None:
        """What came and what ended while nobody listened, as frames."""
        channels = {text(at(one, "id")): one for one in await self._listed("channels")}
        stamp = now().isoformat()
        for one in channels.values():
            await self.take(_frame("ChannelCreated", text(at(one, "creationtime")) or stamp, one))
        for call, state in (await open_calls(self._source.id)).items():
            if call not in channels:
                ended = {"id": call, "state": "Ring" if state == "ringing" else "Up"}
                await self.take(_frame("ChannelDestroyed", stamp, ended))
        for bridge in await self._listed("bridges"):
            await self.take(
                _frame("ChannelEnteredBridge", stamp, {"id": text(at(bridge, "channels", 0))}, bridge=bridge)
            )

    async def _listed(self, what: str) -> list[Any]:
        answer = await self._call("GET", f"/{what}", MOST_LIST)
        if answer.status != 200:
            raise Outage("ari", f"{what}: status {answer.status}")
        try:
            found = orjson.loads(answer.body)
        except ValueError:
            raise Outage("ari", f"{what}: not JSON") from None
        return found if isinstance(found, list) else []

    async def _send_on(self, channel: str) -> None:
        """A caller who hung up meanwhile is not there any more."""
        with suppress(Outage):
            answer = await self._call("POST", f"/channels/{quote(channel, safe='')}/continue")
            if answer.status not in (200, 204, 404, 409):
                log.warning("a call was not sent on: %s", answer.status, extra={"source": self._source.id})

    async def _call(self, method: str, path: str, most: int = 1 << 16) -> WebAnswer:
        return await self._outside.call(WebCall(method, self._base + path, self.headers, most=most))


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _frame(kind: str, stamp: str, channel: Any, **more: Any) -> bytes:
    return orjson.dumps({"type": kind, "timestamp": stamp, "channel": channel, **more})
