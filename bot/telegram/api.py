"""The Bot API over plain HTTP: a method's name and its parameters as JSON, or multipart where bytes travel.

Sending through aiogram's `Bot` costs four times the CPU, so only updates go through aiogram's types.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

TELEGRAM = "https://api.telegram.org"
TIMEOUT_S = 30.0
MENDABLE = (401, 404, 409, 429)
JSON = "application/json"


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


class Api:
    """One bot's door to Telegram. `base` is the server's address; close the session yourself."""

    def __init__(
        self, token: str, session: aiohttp.ClientSession, base: str = TELEGRAM, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._calls = f"{base.rstrip('/')}/bot{token}/"
        self._files = f"{base.rstrip('/')}/file/bot{token}/"
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(timeout_s, 10.0))
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
        timeout = self._timeout if timeout_s is None else aiohttp.ClientTimeout(total=timeout_s)
        said = params or {}
        body = _form(said, uploads) if uploads else aiohttp.BytesPayload(orjson.dumps(said), content_type=JSON)
        try:
            async with self._session.post(self._calls + method, data=body, timeout=timeout) as reply:
                raw = await reply.read()
                status = reply.status
        except aiohttp.ClientConnectorError as error:
            raise TelegramError(method, 0, type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(method, type(error).__name__) from None
        return _result(method, status, raw)

    async def download(self, path: str, limit: int) -> bytes:
        """The bytes of a file whose `file_path` getFile told; at most `limit` bytes."""
        try:
            async with self._session.get(self._files + path, timeout=self._timeout) as reply:
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


def session(connections: int = 100) -> aiohttp.ClientSession:
    """A session for calls: the bound on connections is on calls in flight."""
    connector = aiohttp.TCPConnector(limit=connections, ttl_dns_cache=300)
    return aiohttp.ClientSession(connector=connector, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())


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
