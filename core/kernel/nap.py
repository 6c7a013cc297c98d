"""Sleeping until there may be something to do: a hint, a due time, or at the latest a poll."""

import asyncio
from contextlib import suppress
from datetime import datetime

from core.kernel.clock import now
from core.kernel.hints import listen

POLL_S = 1.0
HELD_S = 0.02
"""What is due and was not to be had is in somebody else's hands: whoever asked again at once would take the processor
from them."""


class Nap:
    """`rest()` returns early on a hint of `topic` or when `stop` is set. Polling at least once a second also covers a
    clock that was moved forward and hints that were lost. `close()` it in the end."""

    def __init__(self, topic: str, stop: asyncio.Event) -> None:
        self._stop = stop
        self._wake = asyncio.Event()
        self._forget = listen(topic, lambda _: self._wake.set())

    async def rest(self, due: datetime | None = None) -> None:
        left = POLL_S if due is None else (due - now()).total_seconds()
        seconds = min(POLL_S, left) if left > 0 else HELD_S
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(self._stop.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._wake.clear()

    def close(self) -> None:
        with suppress(KeyError):
            self._forget()
