"""Somebody at their telephone, for the story: reads what came, finds the button that does a thing, presses it.

Buttons are found by their verb, never by their label or place, so that a change of words breaks no story.
"""

import asyncio
import time
from typing import Any

from simulator.app import Simulator, Upload
from simulator.errors import ActError

WAIT_S = 30.0
LOOK_S = 0.05
Json = dict[str, Any]


class Player:
    """One person in one chat (their own with a bot, or the dispatchers' group)."""

    def __init__(self, sim: Simulator, user_id: int, chat: str | int) -> None:
        self.sim = sim
        self.user_id = user_id
        self.chat = chat if isinstance(chat, str) or chat < 0 else f"{chat}:{user_id}"

    async def do(self, act: str, **facts: Any) -> Json:
        return await self.sim.act(self.user_id, self.chat, act, **facts)

    async def say(self, text: str, **facts: Any) -> Json:
        return await self.do("text", text=text, **facts)

    async def send(self, kind: str, *files: Upload, caption: str = "") -> Json:
        return await self.do(kind, files=list(files), **({"caption": caption} if caption else {}))

    async def press(self, verb: str, extra: str | None = None, id: int | None = None, wait: float = WAIT_S) -> Json:
        """Press the newest button with that verb (and extra, and id)."""
        message_id, data = await self.button(verb, extra, id, wait)
        return await self.do("press", message_id=message_id, data=data)

    async def button(
        self, verb: str, extra: str | None = None, id: int | None = None, wait: float = WAIT_S
    ) -> tuple[int, str]:
        """Wait for such a button: its message and data. ActError when it does not come."""
        end = time.monotonic() + wait
        while True:
            if found := self.find(verb, extra, id):
                return found
            if time.monotonic() > end:
                raise ActError("no_button", f"{verb} {extra or ''} did not come to {self.chat} of {self.user_id}")
            await asyncio.sleep(LOOK_S)

    async def choose(self, label: str, wait: float = WAIT_S) -> Json:
        """Press the newest button whose label holds these words: names of sites and machines, which are data."""
        end = time.monotonic() + wait
        while True:
            for message in reversed(self.history()):
                for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
                    for button in row:
                        if label in button["text"] and "callback_data" in button:
                            return await self.do(
                                "press", message_id=message["message_id"], data=button["callback_data"]
                            )
            if time.monotonic() > end:
                raise ActError("no_button", f"{label} did not come to {self.chat} of {self.user_id}")
            await asyncio.sleep(LOOK_S)

    def find(self, verb: str, extra: str | None = None, id: int | None = None) -> tuple[int, str] | None:
        for message in reversed(self.history()):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
                for button in row:
                    parts = (button.get("callback_data") or "").split(":", 3)
                    if len(parts) != 4 or parts[0] != verb:
                        continue
                    if (extra is None or parts[3] == extra) and (id is None or parts[1] == str(id)):
                        return message["message_id"], button["callback_data"]
        return None

    async def message(self, *words: str, wait: float = WAIT_S) -> Json:
        """Wait for the newest message that holds all these words (in text, caption or file name)."""
        end = time.monotonic() + wait
        while True:
            for message in reversed(self.history()):
                if all(word in words_of(message) for word in words):
                    return message
            if time.monotonic() > end:
                raise ActError("no_message", f"{words} did not come to {self.chat} of {self.user_id}")
            await asyncio.sleep(LOOK_S)

    def history(self) -> list[Json]:
        return [
            one for one in self.sim.history(self.chat, self.user_id, None, 200) if not one.get("sim", {}).get("deleted")
        ]


def words_of(message: Json) -> str:
    parts = [message.get("text"), message.get("caption"), (message.get("document") or {}).get("file_name")]
    return "\n".join(part for part in parts if part)
