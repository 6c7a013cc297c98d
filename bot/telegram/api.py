"""The Bot API over plain HTTP: a method's name and its parameters as JSON, or multipart where bytes travel.

Sending through aiogram's `Bot` costs four times the CPU, so only updates go through aiogram's types.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson

from bot.telegram.lines import CONNECT_S, Broken, Lines, NotSent

TELEGRAM = "https://api.telegram.org"
TIMEOUT_S = 30.0
MENDABLE = (401, 404, 409, 429)


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes to send with a call; parameters refer to them as `attach://<name>`."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


class TelegramError(Exception):
    """The call was not carried out. `code` 0 means that it never reached Telegram. `permanent`: the same call will
    never succeed (a wrong token, 401 or 404, can be mended). `retry_after` in seconds, `migrate_to` the group's new
    id."""

    def __init__(self, method: str, code: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{method}: {code} {description}")
        self.method = method
        self.code = code
        self.description = description
        self.retry_after: float | None = (parameters or {}).get("retry_after")
        self.migrate_to: int | None = (parameters or {}).get("migrate_to_chat_id")

    @property
    def permanent(self) -> bool:
        if self.method == "download":
            return 400 <= self.code < 500
        return 400 <= self.code < 500 and self.code not in MENDABLE

    def says(self, *phrases: str) -> bool:
        """Whether Telegram's sentence holds one of these, in any case."""
        lower = self.description.lower()
        return any(phrase in lower for phrase in phrases)


class Unknown(Exception):
    """The line broke after the call had left: it may have been carried out or not."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"{method}: {reason}")
        self.method = method


class Server:
    """Connections to the Bot API's server at `base`, at most `connections` for calls and as many for files; open and
    close them with `async with`."""

    def __init__(self, base: str = TELEGRAM, connections: int = 100) -> None:
        self.base = base.rstrip("/")
        self.lines = Lines(self.base, connections)
        self._connections = connections

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300)
        self.files = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lines.close()
        await self.files.close()


class Api:
    """One bot's door to Telegram's `server`."""

    def __init__(self, token: str, server: Server, timeout_s: float = TIMEOUT_S) -> None:
        self._calls = f"/bot{quote(token, safe=':')}/"
        self._files = f"{server.base}/file{self._calls}"
        self._server = server
        self._timeout_s = timeout_s
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(timeout_s, CONNECT_S))
        self.secret = token

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        uploads: Mapping[str, Upload] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> Any:
        """The `result` of a call. Raises `TelegramError` (not done) or `Unknown` (perhaps done)."""
        said, path = params or {}, self._calls + method
        if uploads:
            status, raw = await self._upload(method, path, _form(said, uploads))
        else:
            try:
                status, raw = await self._server.lines.post(path, orjson.dumps(said), timeout_s or self._timeout_s)
            except NotSent as error:
                raise TelegramError(method, 0, str(error)) from None
            except Broken as error:
                raise Unknown(method, str(error)) from None
        return _result(method, status, raw)

    async def _upload(self, method: str, path: str, form: aiohttp.FormData) -> tuple[int, bytes]:
        try:
            async with self._server.files.post(self._server.base + path, data=form, timeout=self._timeout) as reply:
                return reply.status, await reply.read()
        except aiohttp.ClientConnectorError as error:
            raise TelegramError(method, 0, type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(method, type(error).__name__) from None

    async def download(self, path: str, limit: int) -> bytes:
        """The bytes of a file whose `file_path` getFile told; at most `limit` bytes."""
        try:
            async with self._server.files.get(self._files + path, timeout=self._timeout) as reply:
                if reply.status != 200:
                    raise TelegramError("download", reply.status, reply.reason or "")
                data = bytearray()
                async for chunk in reply.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > limit:
                        raise TelegramError("download", 413, "file is too big")
                return bytes(data)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TelegramError("download", 0, type(error).__name__) from None


def _form(params: Mapping[str, Any], uploads: Mapping[str, Upload]) -> aiohttp.FormData:
    """Names of files go as they are, in UTF-8: percent signs would be shown to people."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in params.items():
        form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    for name, upload in uploads.items():
        form.add_field(name, upload.data, filename=_one_line(upload.name), content_type=upload.mime)
    return form


def _one_line(name: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in name)


def _result(method: str, status: int, raw: bytes) -> Any:
    try:
        reply = orjson.loads(raw)
        if reply["ok"]:
            return reply["result"]
    except (ValueError, KeyError, TypeError):
        if status in (400, 401, 403, 404, 413, 429):
            raise TelegramError(method, status, "no answer in JSON") from None
        raise Unknown(method, f"status {status} without an answer") from None
    code = reply.get("error_code", status)
    raise TelegramError(method, code, reply.get("description", ""), reply.get("parameters"))


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until `stop`."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
