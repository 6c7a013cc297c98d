"""The page's own doors: what it shows (`/sim/state`, messages, events) and what its buttons do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import BodyPartReader, web
from aiohttp.typedefs import Handler
from aiohttp_sse import sse_response

from simulator.api import Upload
from simulator.errors import ActError
from simulator.state import Chat, Json

if TYPE_CHECKING:
    from simulator.app import Simulator

STATIC = Path(__file__).parent / "static"
VENDOR = Path(__file__).parent.parent / "admin_web" / "static" / "vendor"
LOCALES = Path(__file__).parent.parent / "locales"
LANGUAGES = ("ru", "en")
POLICY = (
    "default-src 'self'; img-src 'self' data: blob: https:; media-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; frame-src http: https:; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'"
)
INLINE = ("image/jpeg", "image/png", "image/webp", "image/gif", "audio/", "video/", "application/pdf")
MOST_BYTES = 200 * 1024 * 1024
MOST_MESSAGES = 200
PING = 15.0


def reply(body: Any, status: int = 200) -> web.Response:
    data = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    return web.Response(body=data, status=status, content_type="application/json")


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A refused act is HTTP 400 with its code; the page shows it as it is."""
    try:
        return await handler(request)
    except ActError as error:
        return reply({"ok": False, "error": error.text, "code": error.code}, 400)


def routes(sim: Simulator) -> Iterable[web.AbstractRouteDef]:
    page = Page(sim)
    return [
        web.get("/", page.index),
        web.get("/sim/i18n", page.words),
        web.get("/sim/state", page.state),
        web.get("/sim/chats/{chat}/messages", page.messages),
        web.get("/sim/events", page.events),
        web.get("/sim/files/{key}", page.file),
        web.get("/sim/calls", page.calls),
        web.get("/sim/faults", page.faults),
        web.post("/sim/faults", page.set_faults),
        web.post("/sim/act", page.act),
        web.post("/sim/read", page.read),
        web.post("/sim/bots", page.add_bot),
        web.post("/sim/people", page.add_person),
        web.post("/sim/groups", page.add_group),
        web.post("/sim/groups/{id}/migrate", page.migrate),
        web.post("/sim/groups/{id}/forum", page.forum),
        web.post("/sim/clock", page.clock),
        web.post("/sim/story", page.story),
        web.post("/sim/reset", page.reset),
    ]


class Page:
    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    async def index(self, request: web.Request) -> web.StreamResponse:
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        return web.FileResponse(STATIC / "index.html", headers=headers)

    async def words(self, request: web.Request) -> web.StreamResponse:
        """The page's texts in one of its languages, Russian unless asked otherwise."""
        lang = request.query.get("lang", "ru")
        known = lang if lang in LANGUAGES else LANGUAGES[0]
        return web.FileResponse(LOCALES / f"simulator.{known}.json", headers={"Cache-Control": "no-cache"})

    async def state(self, request: web.Request) -> web.Response:
        return reply(self.sim.state())

    async def messages(self, request: web.Request) -> web.Response:
        query = request.query
        before, limit = _int(query.get("before")), _int(query.get("limit")) or 50
        chat = request.match_info["chat"]
        thread = _int(query.get("thread"))
        found = self.sim.history(chat, _int(query.get("as")), before, min(limit, MOST_MESSAGES), thread)
        return reply({"messages": found})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events until the page leaves, falls behind or the simulator stops."""
        queue = self.sim.hub.join()
        try:
            async with sse_response(request) as stream:
                while stream.is_connected():
                    try:
                        line = await asyncio.wait_for(queue.get(), PING)
                    except TimeoutError:
                        continue
                    if line is None:
                        break
                    await stream.send(line.decode())
        except ConnectionError:
            pass
        finally:
            self.sim.hub.leave(queue)
        return stream

    async def file(self, request: web.Request) -> web.StreamResponse:
        file = self.sim.world.files.get(request.match_info["key"])
        if file is None:
            raise web.HTTPNotFound
        shown = file.mime_type.startswith(INLINE)
        response = web.FileResponse(self.sim.files.path(file.key))
        response.headers["Content-Type"] = file.mime_type if shown else "application/octet-stream"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        response.headers["Cache-Control"] = "private, max-age=86400, immutable"
        name = (file.file_name or file.key).replace('"', "").encode("ascii", "replace").decode()
        name = "".join(letter for letter in name if letter.isprintable())
        response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
        return response

    async def calls(self, request: web.Request) -> web.Response:
        limit = _int(request.query.get("limit")) or 200
        return reply({"calls": [call.as_json() for call in list(self.sim.calls)[-limit:]]})

    async def faults(self, request: web.Request) -> web.Response:
        return reply(self.sim.faults.as_json())

    async def set_faults(self, request: web.Request) -> web.Response:
        self.sim.set_faults(**await body_of(request))
        return reply({"ok": True, **self.sim.faults.as_json()})

    async def act(self, request: web.Request) -> web.Response:
        """Answered only when it is on disk: what a person was told is done survives a crash."""
        facts, files = await _deed(request)
        try:
            user_id, chat, do = int(facts.pop("as")), facts.pop("chat"), str(facts.pop("do"))
        except (KeyError, TypeError, ValueError):
            raise ActError("bad_request", "name “as”, “chat” and “do”") from None
        facts.pop("files", None)
        result = await self.sim.act(user_id, chat, do, files=files, **facts)
        await self.sim.saved()
        return reply({"ok": True, **result})

    async def read(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        self.sim.read(_need(facts, "as", int), facts.get("chat"))
        return reply({"ok": True})

    async def add_bot(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        token, username = _need(facts, "token", str), _need(facts, "username", str)
        bot_id = self.sim.add_bot(token, username, str(facts.get("first_name") or username))
        return await self._kept(id=bot_id)

    async def add_person(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        known = ("id", "last_name", "username", "phone", "language_code", "role", "colour")
        person = {name: facts[name] for name in known if facts.get(name)}
        user_id = self.sim.add_person(first_name=_need(facts, "first_name", str), **person)
        return await self._kept(id=user_id)

    async def add_group(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        members, bots = facts.get("members") or [], facts.get("bots") or []
        if not all(isinstance(n, int) for n in [*members, *bots]):
            raise ActError("bad_request", "“members” and “bots” are lists of ids")
        title = _need(facts, "title", str)
        chat_id = self.sim.add_group(title, forum=bool(facts.get("forum", True)), members=members, bots=bots)
        return await self._kept(id=chat_id)

    async def migrate(self, request: web.Request) -> web.Response:
        return await self._kept(id=self.sim.migrate_group(self._group(request).id))

    async def forum(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        return await self._kept(id=self.sim.set_forum(self._group(request).id, on=bool(facts.get("on", True))))

    async def clock(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        if "advance_s" in facts:
            offset = self.sim.world.offset + _need(facts, "advance_s", (int, float))
        else:
            offset = _need(facts, "offset_s", (int, float))
        await self.sim.set_clock(float(offset))
        return await self._kept(**self.sim.clock())

    async def story(self, request: web.Request) -> web.Response:
        facts = await body_of(request)
        action = facts.get("action")
        if action not in ("start", "stop", "speed"):
            raise ActError("bad_request", "“action” is start, stop or speed")
        if facts.get("speed") is not None:
            self.sim.stage.set_speed(float(_need(facts, "speed", (int, float))))
        if action == "start":
            self.sim.stage.start(self.sim.story, self.sim)
        elif action == "stop":
            await self.sim.stage.stop()
        return reply({"ok": True, "story": self.sim.story_state()})

    async def reset(self, request: web.Request) -> web.Response:
        await self.sim.reset()
        return await self._kept()

    def _group(self, request: web.Request) -> Chat:
        return self.sim.chat(request.match_info["id"])

    async def _kept(self, **facts: Any) -> web.Response:
        await self.sim.saved()
        return reply({"ok": True, **facts})


def _int(value: str | None) -> int | None:
    try:
        return int(value) if value else None
    except ValueError:
        raise ActError("bad_request", f"{value!r} is not a number") from None


def _need(facts: Json, name: str, kind: type | tuple[type, ...]) -> Any:
    value = facts.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) or value == "":
        raise ActError("bad_request", f"“{name}” is missing or of the wrong kind")
    return value


async def body_of(request: web.Request) -> Json:
    return parse(await request.read())


def parse(data: bytes | str) -> Json:
    try:
        facts = orjson.loads(data) if data else {}
    except orjson.JSONDecodeError:
        raise ActError("bad_request", "the body is not JSON") from None
    if not isinstance(facts, dict):
        raise ActError("bad_request", "the body is not a JSON object")
    return facts


async def _deed(request: web.Request) -> tuple[Json, list[Upload]]:
    """An act's JSON and its files, in the order they were attached."""
    if request.content_type != "multipart/form-data":
        return await body_of(request), []
    facts: Json = {}
    files: list[Upload] = []
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read())
        total += len(data)
        if total > MOST_BYTES:
            raise ActError("too_big", "the files are too big for the simulator")
        if part.name == "payload":
            facts = parse(data)
        elif part.name == "file":
            files.append(Upload(part.filename, part.headers.get("Content-Type"), data))
    return facts, files
