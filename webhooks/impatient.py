"""To wait for a statement no longer than somebody waits for us."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
MOST_LEFT = 20


class Impatient:
    """A statement on a line that has gone dumb cannot even be broken off in time: the driver waits for the server's
    word on that too. It is left to end by itself, and where many were left no more is begun."""

    def __init__(self) -> None:
        self._left: set[asyncio.Task[Any]] = set()

    async def within(self, seconds: float, doing: Coroutine[Any, Any, T]) -> T:
        """TimeoutError when it takes longer; it may still be done then."""
        if len(self._left) >= MOST_LEFT:
            doing.close()
            raise TimeoutError
        task = asyncio.ensure_future(doing)
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        self._left.add(task)
        task.add_done_callback(self._forget)
        raise TimeoutError

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()
