"""Messages by the Bot API of MAX: `max://<the bot's name>:<token>@/`.

The name is the one in the bot's link, `max.ru/<name>`. `api` is another address. A bot may write to whoever opened a
talk with it, until they stop it. The API has no idempotency key: a request that nobody answered is not sent again. A
file is brought first, and must be ready before a message may name it. At most 30 requests a second are taken.

Source: the vendor's pages on messages, uploads and errors, and its own client.
"""

import asyncio
import json
import re
from typing import Any

from core.adapters.enclosed import FILE_S, brought, form
from core.adapters.telephone import ADDRESS, Account, Answer, Line, Shape
from core.files.rules import MAX_BYTES
from core.kernel.clip import clip
from core.kernel.errors import Outage, Unanswered
from core.kernel.pace import Pace
from core.ports import Button, Enclosed, Web

CHANNEL = "max"
API = "https://platform-api.max.ru"
MOST, MOST_LABEL, GAP_S = 4000, 128, 1 / 25
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
NOT_READY = ("attachment.not.ready", "attachment.file.not.processed")
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""How long a file is waited for."""
SHAPE = Shape("max://id7700000000_bot:f9LH…@/", r"[A-Za-z0-9_.-]{2,64}", r"[A-Za-z0-9._=-]{20,1000}", {"api": ADDRESS})


class Max:
    """A port of `Messenger`."""

    by_phone = False
    buttons = True
    most = MOST
    most_template = 0
    most_caption = MOST

    def __init__(self, account: Account, web: Web) -> None:
        self.account = account.user
        self._api = account.options.get("api", API)
        self._headers = {"Authorization": account.secret, "Content-Type": "application/json"}
        self._line = Line(CHANNEL, web, account.secret)
        self._pace = Pace()

    def template(self, screen: str) -> str:
        return ""

    def takes(self, mime: str, size: int) -> bool:
        return 0 < size <= MAX_BYTES

    async def write(
        self,
        to: str,
        text: str,
        locale: str,
        key: str,
        template: str = "",
        file: Enclosed | None = None,
        button: Button | None = None,
    ) -> str:
        enclosed = [await self._enclosing(file)] if file else []
        said = {"text": clip(text, MOST), "attachments": [*enclosed, *([_pressed(button)] if button else [])]}
        body = json.dumps(said, ensure_ascii=False).encode()
        for pause in (*PAUSES_S, None):
            answer = await self._ask("POST", f"/messages?user_id={to}", body)
            if answer.good and (message_id := _mid(answer)):
                return message_id
            if pause is None or _code(answer) not in NOT_READY:
                break
            await asyncio.sleep(pause)
        raise self._refusal(answer)

    async def _enclosing(self, file: Enclosed) -> dict[str, Any]:
        """Nobody sees the file until a message names it, so all of this may be done again."""
        kind = "image" if file.mime in IMAGES else "file"
        try:
            answer = await self._ask("POST", f"/uploads?type={kind}", b"")
            place = answer.said.get("url")
            if not (answer.good and isinstance(place, str)):
                raise self._refusal(answer)
            fields, body = form({}, "data", file)
            stored = await self._line.ask("POST", place, {"Content-Type": fields}, body, FILE_S)
        except Unanswered as outage:
            raise self._line.outage(outage.reason) from outage
        if not stored.good or not (stored.said.get("token") or stored.said.get("photos")):
            raise self._line.outage(f"a file was not taken: {_why(stored)}")
        return {"type": kind, "payload": dict(stored.said)}

    async def fetch(self, media_id: str, most: int) -> bytes:
        return await brought(self._line, media_id, self._api, most)

    async def check(self) -> None:
        answer = await self._ask("GET", "/me")
        if not answer.good:
            raise self._line.outage(_why(answer))
        if str(answer.said.get("username")).lower() != self.account.lower():
            raise self._line.outage(f"the token is of another bot: {answer.said.get('username')}")

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        await self._pace.wait(CHANNEL, GAP_S)
        return await self._line.ask(method, f"{self._api}{path}", self._headers, body)

    def _refusal(self, answer: Answer) -> Outage:
        """What is wrong with our token is nobody's number; a talk that is not there or was stopped is."""
        code = _code(answer)
        if not code:
            return self._line.unread(answer)
        if answer.status == 401 or code.startswith("verify.") or code in NOT_READY:
            return self._line.outage(_why(answer))
        if answer.status in (403, 404):
            return self._line.outage(_why(answer), permanent=True)
        return self._line.unfit(_why(answer))


def _pressed(button: Button) -> dict[str, Any]:
    one = {"type": "link", "text": clip(button.label, MOST_LABEL), "url": button.url}
    return {"type": "inline_keyboard", "payload": {"buttons": [[one]]}}


def _mid(answer: Answer) -> str:
    found: Any = answer.said
    for name in ("message", "body", "mid"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _code(answer: Answer) -> str:
    """Some errors have their key in the words alone."""
    code, told = str(answer.said.get("code") or ""), str(answer.said.get("message") or "")
    return next((one for one in NOT_READY if re.search(rf"\b{re.escape(one)}\b", told)), code)


def _why(answer: Answer) -> str:
    return f"{answer.said.get('code') or f'HTTP {answer.status}'} {answer.said.get('message') or ''}"
