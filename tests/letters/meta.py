"""The WhatsApp Cloud API on this machine: answers as its documentation says, or as the test wants."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

NUMBER, TOKEN = "106540352242922", "EAAGvery-secret-token-of-a-system-user"
BEARER = f"Bearer {TOKEN}"


def error(code: int, message: str = "(#x) no", details: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "error_data": {"details": details}, "fbtrace_id": "A"}}


@dataclass
class Meta:
    """`answer`: in place of the usual one; None: it hangs. `files`: bytes by id; `wrong`: what of a file's card is
    told otherwise."""

    base: str = ""
    answer: tuple[int, Any] | None = (0, None)
    files: dict[str, bytes] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    got: list[tuple[str, str, Any]] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, **options: str) -> str:
        tail = "&".join(f"{key}={value}" for key, value in {**options, "api": self.base}.items())
        return f"whatsapp://{NUMBER}:{TOKEN}@/?{tail}"

    @property
    def sent(self) -> list[Any]:
        """Messages alone."""
        return [said for method, path, said in self.got if method == "POST" and path.endswith("/messages")]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        is_json = request.content_type == "application/json"
        self.got.append((request.method, request.path_qs, json.loads(raw) if raw and is_json else raw))
        self.proofs.append(request.headers.get("Authorization", ""))
        if self.answer is None:
            await self.over.wait()
            return web.Response()
        status, body = self.answer
        if status:
            return (
                web.json_response(body, status=status)
                if isinstance(body, dict)
                else web.Response(status=status, text=body)
            )
        return self._usual(request)

    def _usual(self, request: web.Request) -> web.Response:
        name = urlsplit(request.path).path.rpartition("/")[2]
        if request.headers.get("Authorization") != BEARER:
            return web.json_response(error(190, "Invalid OAuth access token"), status=401)
        if name == "media":
            return web.json_response({"id": f"9{len(self.got)}"})
        if request.method == "POST":
            message = {"id": f"wamid.{len(self.got)}", "message_status": "accepted"}
            return web.json_response({"messaging_product": "whatsapp", "messages": [message]})
        if name == NUMBER:
            return web.json_response({"id": NUMBER, "status": "CONNECTED", **self.wrong})
        if name == "bytes":
            return web.Response(body=self.files[dict(parse_qsl(request.query_string))["mid"]])
        if name not in self.files:
            return web.json_response(error(100, "Unsupported get request"), status=400)
        card = {"id": name, "url": f"{self.base}/bytes?mid={name}", "file_size": str(len(self.files[name]))}
        return web.json_response({**card, **self.wrong})
