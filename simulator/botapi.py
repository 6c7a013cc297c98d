"""The Bot API over HTTP: `/bot{token}/{method}` and `/file/bot{token}/{path}`, with the page's faults applied."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

import orjson
from aiohttp import BodyPartReader, web
from yarl import URL

from simulator.api import Request, Upload, call
from simulator.box import Box
from simulator.errors import ApiError, bad, forbidden, too_many
from simulator.files import DOWNLOAD_LIMIT
from simulator.state import Bot, Json

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024 * 1024
HUNG = 120.0
UNAUTHORIZED = ApiError(401, "Unauthorized")
REFUSALS = {
    429: too_many(1),
    403: forbidden("bot was blocked by the user"),
    500: ApiError(500, "Internal Server Error: the simulator was told to fail"),
}
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


def routes(box: Box) -> Iterable[web.AbstractRouteDef]:
    api = BotApi(box)
    return [
        web.route("*", r"/bot{token:[^/]+}/{method}", api.call),
        web.route("*", r"/bot{token:[^/]+}/test/{method}", api.call),
        web.get(r"/file/bot{token:[^/]+}/{path:.+}", api.file),
    ]


class BotApi:
    def __init__(self, box: Box) -> None:
        self.box = box
        box.couriers.reply = self.reply

    async def call(self, http: web.Request) -> web.StreamResponse:
        method = http.match_info["method"]
        bot = self.box.world.tokens.get(http.match_info["token"])
        if bot is None:
            return answer(UNAUTHORIZED)
        faults = self.box.faults
        if faults.delay_ms and faults.applies(bot.id, method):
            await asyncio.sleep(faults.delay_ms / 1000)
        struck = faults.strike(bot.id, method)
        if struck is not None:
            self.box.hub.send("faults", faults=faults.as_json())
            if struck not in ("timeout", "half"):
                return self._refuse(http, bot, method, struck)
        result = await self._run(http, bot, method)
        if struck == "timeout":
            return await self._hang(http)
        if struck == "half":
            return await _half(http, result)
        return answer(result)

    async def reply(self, bot: Bot, wanted: Json) -> None:
        """A method that a bot put into its webhook answer; its result goes nowhere."""
        method = str(wanted.pop("method"))
        await self._perform(Request(self.box, bot, wanted), method)

    async def file(self, http: web.Request) -> web.StreamResponse:
        bot = self.box.world.tokens.get(http.match_info["token"])
        if bot is None:
            return answer(UNAUTHORIZED)
        file = self.box.world.files.get(PurePosixPath(http.match_info["path"]).stem)
        if file is None or self.box.files.remote_path(file) != http.match_info["path"]:
            return answer(ApiError(404, "Not Found"))
        if file.size > DOWNLOAD_LIMIT:
            return answer(bad("file is too big"))
        headers = {"Content-Type": "application/octet-stream"}
        return web.FileResponse(self.box.files.path(file.key), headers=headers)

    async def _run(self, http: web.Request, bot: Bot, method: str) -> Any:
        try:
            params, uploads = await read(http)
        except ApiError as error:
            return error
        except ConnectionError:
            return bad("the line was cut before the whole call was there")
        return await self._perform(Request(self.box, bot, params, uploads), method)

    async def _perform(self, request: Request, method: str) -> Any:
        """The result of a call, or the ApiError that refuses it; every call but empty polls is logged."""
        started = time.perf_counter()
        sent = request.params
        error: ApiError | None = None
        result: Any = None
        try:
            result = await call(request, method)
        except ApiError as refused:
            error = refused
        except Exception:
            log.exception("the simulator failed in %s", method)
            error = ApiError(500, "Internal Server Error")
        if result != []:
            self.box.log(request.bot, method, sent, error, (time.perf_counter() - started) * 1000)
        return error or result

    def _refuse(self, http: web.Request, bot: Bot, method: str, fault: int | str) -> web.StreamResponse:
        if fault == "drop":
            self.box.log(bot, method, {}, ApiError(0, "the line was cut"), 0)
            _cut(http)
            return web.Response()
        if fault == 502:
            self.box.log(bot, method, {}, ApiError(502, "Bad Gateway"), 0)
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        error = REFUSALS[int(fault)]
        self.box.log(bot, method, {}, error, 0)
        return answer(error)

    async def _hang(self, http: web.Request) -> web.StreamResponse:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.box.stopping.wait(), HUNG)
        _cut(http)
        return web.Response()


def answer(result: Any) -> web.Response:
    if isinstance(result, ApiError):
        return web.Response(body=encode(result), status=result.code, content_type="application/json")
    return web.Response(body=encode(result), content_type="application/json")


def encode(result: Any) -> bytes:
    if isinstance(result, ApiError):
        return orjson.dumps(result.answer())
    return orjson.dumps({"ok": True, "result": result})


async def _half(http: web.Request, result: Any) -> web.StreamResponse:
    """Promise the whole answer, send half of it and cut the line."""
    body = encode(result)
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(http)
    await response.write(body[: len(body) // 2])
    _cut(http)
    return response


def _cut(http: web.Request) -> None:
    if http.transport is not None:
        http.transport.close()


async def read(http: web.Request) -> tuple[Json, dict[str, Upload]]:
    """A call's parameters and files, from the query, a form, multipart or JSON."""
    params: Json = dict(http.query)
    uploads: dict[str, Upload] = {}
    if not http.body_exists:
        return params, uploads
    if http.content_type == "application/json":
        params.update(_json(await http.read()))
    elif http.content_type == "application/x-www-form-urlencoded":
        params.update(_form(await http.text()))
    elif http.content_type == "multipart/form-data":
        await _multipart(http, params, uploads)
    return params, uploads


def _form(body: str) -> Json:
    """An urlencoded form, by yarl's compiled parser: the standard one costs more than all the rest of a call."""
    return dict(URL(f"?{body.replace('#', '%23')}", encoded=True).query)


def _json(body: bytes) -> Json:
    try:
        found = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise bad("can't parse JSON object") from None
    if not isinstance(found, dict):
        raise bad("can't parse JSON object")
    return found


async def _multipart(http: web.Request, params: Json, uploads: dict[str, Upload]) -> None:
    total = 0
    try:
        async for part in await http.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            data = bytes(await part.read())
            total += len(data)
            if total > MOST_BYTES:
                raise ApiError(413, "Request Entity Too Large")
            if part.filename is not None:
                mime = part.headers.get("Content-Type")
                uploads[part.name] = Upload(part.filename, mime, data)
            else:
                params[part.name] = data.decode("utf-8", "replace")
    except (ValueError, AssertionError):
        raise bad("can't parse multipart form data") from None
