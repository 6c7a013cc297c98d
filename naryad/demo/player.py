"""Somebody at their telephone, for the story: reads what came, finds the button that does a thing, presses it.

Buttons are found by their verb, never by their label or place, so that a change of words breaks no story; what was
in the chat before this playing began is not looked at, so that the story can be played again and again. Waiting is
always for something to come, however long the machine takes; only a thing that never comes ends the story.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Literal, TypeVar

from simulator.app import Simulator, Upload
from simulator.errors import ActError

WAIT_S = 120.0
LOOK_S = 0.05
AGAIN_S = 5.0
Json = dict[str, Any]
Found = TypeVar("Found")


class Player:
    """One person in one chat (their own with a bot, or the dispatchers' group), from now on."""

    def __init__(self, sim: Simulator, user_id: int, chat: str | int) -> None:
        self.sim = sim
        self.user_id = user_id
        self.chat = chat if isinstance(chat, str) or chat < 0 else f"{chat}:{user_id}"
        self.since = max((message["message_id"] for message in self._shown()), default=0)

    async def do(self, act: str, **facts: Any) -> Json:
        return await self.sim.act(self.user_id, self.chat, act, **facts)

    async def say(self, text: str, **facts: Any) -> Json:
        return await self.do("text", text=text, **facts)

    async def send(self, kind: str, *files: Upload, caption: str = "") -> Json:
        return await self.do(kind, files=list(files), **({"caption": caption} if caption else {}))

    async def press(self, verb: str, extra: str | None = None, id: int | None = None) -> Json:
        """Press the newest button with that verb (and extra, and id), as soon as there is one."""
        message_id, data = await self.button(verb, extra, id)
        return await self.do("press", message_id=message_id, data=data)

    async def lead(self, verb: str, *, to: str, extra: str | None = None) -> None:
        """Press a button that opens a screen with the button `to`. A card that changed under the finger answers with
        itself; then it is pressed again, as a person would."""
        for _ in range(int(WAIT_S / AGAIN_S)):
            await self.press(verb)
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self.button(to, extra)
                    return
        raise self._missing(f"{to} after {verb}")

    async def button(self, verb: str, extra: str | None = None, id: int | None = None) -> tuple[int, str]:
        """Wait for such a button: its message and data."""
        return await self.wait(lambda: self.find(verb, extra, id), f"{verb} {extra or ''}")

    async def choose(self, label: str) -> Json:
        """Press the newest button whose label holds these words: names of sites and machines, which are data."""
        message_id, data = await self.wait(lambda: self._labelled(label), label)
        return await self.do("press", message_id=message_id, data=data)

    async def message(self, *words: str) -> Json:
        """Wait for the newest message of somebody else that holds all these words (in text, caption or file name)."""
        return await self.wait(lambda: self.said(*words), " ".join(words))

    async def wait(self, look: Callable[[], Found | Literal[False] | None], what: str) -> Found:
        """What `look` finds; ActError when it finds nothing for very long."""
        end = time.monotonic() + WAIT_S
        while not (found := look()):
            if time.monotonic() > end:
                raise self._missing(what)
            await asyncio.sleep(LOOK_S)
        return found

    def find(self, verb: str, extra: str | None = None, id: int | None = None) -> tuple[int, str] | None:
        for message, button in self._buttons():
            parts = button["callback_data"].split(":", 3)
            if len(parts) != 4 or parts[0] != verb:
                continue
            if (extra is None or parts[3] == extra) and (id is None or parts[1] == str(id)):
                return message["message_id"], button["callback_data"]
        return None

    def history(self) -> list[Json]:
        """What came since this playing began, oldest first."""
        return [message for message in self._shown() if message["message_id"] > self.since]

    def said(self, *words: str) -> Json | None:
        """The newest message of somebody else that holds all these words."""
        for message in reversed(self.history()):
            if message["from"]["id"] != self.user_id and all(word in words_of(message) for word in words):
                return message
        return None

    def asked_for(self, what: str) -> bool:
        """Whether the keyboard below asks to share something: `contact` or `location`."""
        keyboard = self.sim.chat(self.chat).keyboards.get(self.user_id) or {}
        return any(f"request_{what}" in button for row in keyboard.get("keyboard", ()) for button in row)

    def _labelled(self, label: str) -> tuple[int, str] | None:
        found = (pair for pair in self._buttons() if label in pair[1]["text"])
        return next(((message["message_id"], button["callback_data"]) for message, button in found), None)

    def _buttons(self) -> Iterator[tuple[Json, Json]]:
        """Buttons that can be pressed, those of the newest message first."""
        for message in reversed(self.history()):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
                yield from ((message, button) for button in row if "callback_data" in button)

    def _shown(self) -> list[Json]:
        shown = self.sim.history(self.chat, self.user_id, None, 200)
        return [message for message in shown if not message.get("sim", {}).get("deleted")]

    def _missing(self, what: str) -> ActError:
        return ActError("no_button", f"{what} did not come to {self.chat} of {self.user_id}")


def words_of(message: Json) -> str:
    parts = [message.get("text"), message.get("caption"), (message.get("document") or {}).get("file_name")]
    return "\n".join(part for part in parts if part)
