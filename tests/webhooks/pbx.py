"""An exchange that is played by a server on this machine, since Debian bookworm has no package of Asterisk: the shapes
of its frames are those of the project's documentation."""

import base64
import io
import wave
import zlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from core.sources.models import Outcome
from core.sources.worker import Follower
from core.tasks.actions import OUTSIDE, run_one
from tests.hooks.conftest import Resolver
from tests.webhooks.deliveries import shape, written
from webhooks.fetch import Web
from webhooks.fetch import web as outside

HOST, PASSWORD = "pbx.test", "s3cret-word"
PROOF = "Basic " + base64.b64encode(f"desk:{PASSWORD}".encode()).decode()
CALL, OLGA, LINE = "1790000000.7", "79161000001", "74957778899"


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 800)
    return out.getvalue()


def channel(state: str = "Ring", ident: str = CALL, number: str = OLGA) -> dict[str, Any]:
    return {**shape("asterisk", "stasis_start")["channel"], "id": ident, "state": state, "caller": {"number": number}}


def frame(kind: str, **more: Any) -> dict[str, Any]:
    """Other words have another moment."""
    moment = f"2026-09-21T10:15:00.{zlib.crc32(str(more).encode()):010}+0300"
    return {"type": kind, "timestamp": moment, "application": "naryad", **more}


def on(kind: str, state: str = "Ring", ident: str = CALL, number: str = OLGA, **more: Any) -> dict[str, Any]:
    return frame(kind, channel=channel(state, ident, number), **more)


@dataclass
class Pbx:
    """`says` is told to whoever listens next, then the line stays open, unless it `hangs_up`. Of all who `listened`,
    `open` still do."""

    base: str = ""
    says: list[dict[str, Any] | str] = field(default_factory=list)
    hangs_up: bool = True
    channels: list[dict[str, Any]] = field(default_factory=list)
    bridges: list[dict[str, Any]] = field(default_factory=list)
    recordings: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    listened: int = 0
    open: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        if request.headers.get("Authorization") != PROOF:
            return web.Response(status=401)
        if request.path == "/ari/events":
            return await self._events(request)
        if request.path in ("/ari/channels", "/ari/bridges"):
            return web.json_response(getattr(self, request.path.rpartition("/")[2]))
        name = request.path.removeprefix("/ari/recordings/stored/").removesuffix("/file")
        if name in self.recordings:
            return web.Response(body=self.recordings[name])
        return web.Response(status=204 if request.path.endswith("/continue") else 404)

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.listened += 1
        self.open += 1
        try:
            said, self.says = self.says, []
            for one in said:
                await line.send_str(one if isinstance(one, str) else written(one).decode())
            if not self.hangs_up:
                async for frame in line:
                    if frame.type is WSMsgType.CLOSE:
                        break
            await line.close()
        finally:
            self.open -= 1
        return line


def opened() -> AbstractAsyncContextManager[Web]:
    return outside([HOST], Resolver({HOST: [["127.0.0.1"]]}))


Hear = Callable[..., Awaitable[list[str]]]


async def follow() -> list[str]:
    follower = Follower()
    while await follower.run_one():
        pass
    while await run_one(lane=OUTSIDE):
        pass
    return [one.what for one in await Outcome.all().order_by("delivery_id")]
