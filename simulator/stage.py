"""Playing the demo's story: one at a time, at a speed that may change while it plays.

A story is `async def story(sim) -> AsyncIterator[step]`; it acts through `sim.act`, rests with
`await sim.stage.rest(seconds)` (shortened by the speed), and yields each step before acting it out: its text, or
`{"text": …, "of": number of steps}`; a text is words, or words by language (`{"ru": …, "en": …}`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from simulator.errors import ActError
from simulator.events import Hub
from simulator.state import Json

log = logging.getLogger(__name__)

Step = str | dict[str, Any]
Story = Callable[[Any], AsyncGenerator[Step, None]]
SPEEDS = (0.05, 1000.0)
LETTERS_PER_S = 14.0


def _heard(ended: asyncio.Task[None]) -> None:
    """Its failure was told, to the log and to the page."""
    if not ended.cancelled():
        ended.exception()


class Stage:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.speed = 1.0
        self._task: asyncio.Task[None] | None = None
        self._step: Json = {"step": None, "no": 0, "of": None}
        self._error: str | None = None
        self._told_at = 0.0

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def state(self) -> Json:
        """What is played now. `error` says why the last playing stopped before its end."""
        return {"running": self.running, "speed": self.speed, "error": self._error, **self._step}

    def set_speed(self, speed: float) -> None:
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise ActError("bad_request", f"the speed is between {SPEEDS[0]} and {SPEEDS[1]:g}")
        self.speed = speed

    async def rest(self, seconds: float) -> None:
        """Let the viewer read: `seconds` at speed 1."""
        await asyncio.sleep(seconds / self.speed)

    async def _read_out(self) -> None:
        """However quickly it was acted out, a step stands as long as it takes to read it."""
        text = self._step["step"] or ""
        longest = max(map(len, text.values() if isinstance(text, dict) else (text,)))
        await self.rest(max(0.0, longest / LETTERS_PER_S - (time.monotonic() - self._told_at) * self.speed))
        self._told_at = time.monotonic()

    def start(self, story: Story | None, sim: Any) -> None:
        if story is None:
            raise ActError("no_story", "there is no story to play")
        if self.running:
            raise ActError("story_runs", "the story is already playing")
        self._step, self._error = {"step": None, "no": 0, "of": None}, None
        self._task = asyncio.get_running_loop().create_task(self._play(story, sim))
        self._task.add_done_callback(_heard)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self) -> None:
        """Until the story has ended; its failure is raised."""
        if self._task is not None:
            await self._task

    async def _play(self, story: Story, sim: Any) -> None:
        try:
            async with contextlib.aclosing(story(sim)) as steps:
                async for step in steps:
                    await self._read_out()
                    told = step if isinstance(step, dict) else {"text": step}
                    self._step = {"step": told["text"], "no": self._step["no"] + 1, "of": told.get("of")}
                    self.hub.send("story", running=True, **self._step)
        except Exception as failure:
            self._error = failure.text if isinstance(failure, ActError) else str(failure)
            log.warning("the story stopped at step %s: %s", self._step["no"], self._error)
            raise
        finally:
            self.hub.send("story", running=False, error=self._error, **self._step)
