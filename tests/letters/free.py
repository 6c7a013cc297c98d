"""MAX and VK as their APIs answer: messengers in which people have numbers of the messenger's own."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

TOKEN = "vk1.a.hunter2-hunter2-hunter2"
BOT, GROUP = "id7700000000_bot", "9001"


@dataclass
class Server:
    """`answer`: status and JSON in place of the usual one to a message; None: it hangs. `others`: answers by a method's
    or a path's name. `sent`: messages as they came; `brought`: what was uploaded, under the name of its part."""

    base: str = ""
    answer: tuple[int, Any] | None = (0, None)
    others: dict[str, tuple[int, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    brought: list[tuple[str, str, bytes]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    proofs: set[str] = field(default_factory=set)
    not_ready: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.asked.append((request.method, request.path_qs))
        if name in self.others:
            status, said = self.others[name]
            return web.json_response(said, status=status)
        if name in self.files:
            assert "Authorization" not in request.headers
            return web.Response(body=self.files[name])
        if name == "upload":
            part = await (await request.multipart()).next()
            assert part is not None
            self.brought.append((part.name or "", part.filename or "", bytes(await part.read())))
            return web.json_response(self._taken(part.name or ""))
        return await self._api(request, name)

    async def _message(self, said: dict[str, Any], usual: Any) -> web.Response:
        self.sent.append(said)
        if self.answer is None:
            await self.over.wait()
            return web.Response()
        status, other = self.answer
        return web.json_response(other, status=status) if status else web.json_response(usual)

    def _taken(self, part: str) -> Any:
        raise NotImplementedError

    async def _api(self, request: web.Request, name: str) -> web.StreamResponse:
        raise NotImplementedError


class MaxServer(Server):
    channel, account = "max", BOT

    @property
    def url(self) -> str:
        return f"max://{BOT}:{TOKEN}@/?api={self.base}"

    def said(self, n: int = -1) -> tuple[str, str, str]:
        """To whom, the words, the page under the button."""
        buttons = [one for one in self.sent[n]["attachments"] if one["type"] == "inline_keyboard"]
        link = buttons[0]["payload"]["buttons"][0][0]["url"] if buttons else ""
        return self.sent[n]["to"], self.sent[n]["text"], link

    def refusal(self, *, lasting: bool) -> tuple[int, Any]:
        if lasting:
            return 403, {"code": "chat.denied", "message": "error.dialog.suspended"}
        return 400, {"code": "proto.payload", "message": "Text is too long"}

    def busy(self) -> tuple[int, Any]:
        return 429, {"code": "too.many.requests", "message": "slower"}

    def _taken(self, part: str) -> Any:
        return {"token": "file-token", "fileId": 5} if part == "data" else {}

    async def _api(self, request: web.Request, name: str) -> web.StreamResponse:
        if request.headers.get("Authorization") != TOKEN:
            return web.json_response({"code": "verify.token", "message": "Invalid access_token"}, status=401)
        if name == "me":
            return web.json_response({"user_id": 7, "username": BOT, "is_bot": True})
        if name == "uploads":
            return web.json_response({"url": f"{self.base}/upload"})
        said = json.loads(await request.read()) | {"to": request.query["user_id"]}
        if self.not_ready:
            self.not_ready -= 1
            told = {"code": "attachment.not.ready", "message": "Key: errors.process.attachment.file.not.processed"}
            return web.json_response(told, status=400)
        return await self._message(said, {"message": {"body": {"mid": f"mid.{len(self.sent) + 1}", "seq": 1}}})


class VkServer(Server):
    channel, account = "vk", GROUP

    @property
    def url(self) -> str:
        return f"vk://{GROUP}:{TOKEN}@/?api={self.base}"

    def said(self, n: int = -1) -> tuple[str, str, str]:
        keyboard = json.loads(self.sent[n].get("keyboard") or '{"buttons": []}')
        link = keyboard["buttons"][0][0]["action"]["link"] if keyboard["buttons"] else ""
        return self.sent[n]["peer_id"], self.sent[n]["message"], link

    def refusal(self, *, lasting: bool) -> tuple[int, Any]:
        code = 901 if lasting else 914
        return 200, {"error": {"error_code": code, "error_msg": "no", "request_params": []}}

    def busy(self) -> tuple[int, Any]:
        return 200, {"error": {"error_code": 6, "error_msg": "Too many requests per second"}}

    def _taken(self, part: str) -> Any:
        return {"server": 3, "photo": "[p]", "hash": "h"} if part == "photo" else {"file": "f|1"}

    async def _api(self, request: web.Request, name: str) -> web.StreamResponse:
        said = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        assert said["v"] == "5.199"
        if said.get("access_token") != TOKEN:
            return web.json_response({"error": {"error_code": 5, "error_msg": "User authorization failed"}})
        usual: dict[str, Any] = {
            "groups.getById": {"groups": [{"id": int(GROUP)}], "profiles": []},
            "photos.getMessagesUploadServer": {"upload_url": f"{self.base}/upload"},
            "docs.getMessagesUploadServer": {"upload_url": f"{self.base}/upload"},
            "photos.saveMessagesPhoto": [{"id": 8, "owner_id": -9001, "access_key": "k"}],
            "docs.save": {"type": "doc", "doc": {"id": 9, "owner_id": 31}},
        }
        if name in usual:
            return web.json_response({"response": usual[name]})
        return await self._message(said, {"response": len(self.sent) + 1})
