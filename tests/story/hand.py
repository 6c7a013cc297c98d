"""Somebody at their telephone, over the simulator's HTTP: for tests that play a part of the story themselves."""

import asyncio
import json
from typing import Any

import aiohttp

from tests.story.town import PATIENCE, Json, Town


class Hand:
    """One person in one chat with a bot. What came before `Hand` was made is not looked at."""

    def __init__(self, town: Town, bot: int, user: int, since: int = 0) -> None:
        self.town, self.user, self.since = town, user, since
        self.chat = f"{bot}:{user}"

    @classmethod
    async def of(cls, town: Town, bot: int, user: int) -> "Hand":
        seen = await town.mine(bot, user)
        return cls(town, bot, user, max((message["message_id"] for message in seen), default=0))

    async def do(self, act: str, **facts: Any) -> Json:
        return await self.town.post("/sim/act", **{"as": self.user, "chat": self.chat, "do": act, **facts})

    async def upload(self, kind: str, name: str, mime: str, data: bytes, caption: str = "") -> Json:
        """Send a file as a photo, document, voice …"""
        facts = {"as": self.user, "chat": self.chat, "do": kind, **({"caption": caption} if caption else {})}
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload", json.dumps(facts), content_type="application/json")
        form.add_field("file", data, filename=name, content_type=mime)
        async with self.town.http.post(f"{self.town.page}/sim/act", data=form) as answer:
            found: Json = await answer.json()
            assert answer.status == 200, found
            return found

    async def say(self, text: str) -> Json:
        return await self.do("text", text=text)

    async def seen(self) -> list[Json]:
        found = await self.town.messages(self.chat, self.user)
        return [message for message in found if message["message_id"] > self.since]

    async def answers(self, after: int, least: int = 1) -> list[Json]:
        """What the bot said after a message, once it has said something."""
        async with asyncio.timeout(PATIENCE):
            while len(found := [m for m in await self.seen() if m["message_id"] > after and not _mine(m)]) < least:
                await asyncio.sleep(0.1)
        return found

    async def button(self, verb: str, extra: str | None = None) -> tuple[int, str]:
        try:
            async with asyncio.timeout(PATIENCE):
                while (found := await self.find(verb, extra)) is None:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise TimeoutError(f"no {verb} {extra} among: {await self._screen()}") from None
        return found

    async def _screen(self) -> list[str]:
        """The newest messages with their buttons, for whoever reads why a test failed."""
        shown = []
        for message in (await self.seen())[-12:]:
            rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
            buttons = [button.get("callback_data", "-") for row in rows for button in row]
            shown.append(f"{message.get('text') or message.get('caption') or '(no text)'} {buttons}")
        return shown

    async def find(self, verb: str, extra: str | None = None) -> tuple[int, str] | None:
        for message in reversed(await self.seen()):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
                for button in row:
                    parts = (button.get("callback_data") or "").split(":", 3)
                    if parts[0] == verb and extra in (None, parts[3]):
                        return message["message_id"], button["callback_data"]
        return None

    async def press(self, verb: str, extra: str | None = None) -> Json:
        message_id, data = await self.button(verb, extra)
        return await self.do("press", message_id=message_id, data=data)

    async def text(self, *words: str) -> Json:
        """The newest message of the bot that holds all these words."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in reversed(await self.seen()):
                    said = f"{message.get('text') or ''}{message.get('caption') or ''}"
                    if not _mine(message) and all(word in said for word in words):
                        return message
                await asyncio.sleep(0.1)


def _mine(message: Json) -> bool:
    return bool(message["sim"]["out"])
