"""What the page hears: one bounded queue per open page; a page that falls behind is dropped and reconnects."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

BACKLOG = 2_000


class Hub:
    """Fan-out of events as ready JSON. Nobody listening costs one truth test: ask `if hub` before building."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes | None]] = set()

    def __bool__(self) -> bool:
        return bool(self._queues)

    def join(self) -> asyncio.Queue[bytes | None]:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[bytes | None]) -> None:
        self._queues.discard(queue)

    def send(self, kind: str, **facts: Any) -> None:
        if not self._queues:
            return
        line = orjson.dumps({"type": kind, **facts}, option=orjson.OPT_NON_STR_KEYS)
        for queue in list(self._queues):
            try:
                queue.put_nowait(line)
            except asyncio.QueueFull:
                self._drop(queue)

    def close(self) -> None:
        for queue in list(self._queues):
            self._drop(queue)

    def _drop(self, queue: asyncio.Queue[bytes | None]) -> None:
        """End a listener: `None` is the last thing it gets."""
        self._queues.discard(queue)
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(None)
