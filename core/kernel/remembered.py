"""What is read all the time and changes rarely, remembered for a moment by each process."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from core.kernel.database import desk_client
from core.kernel.hints import listen

T = TypeVar("T")
FRESH_SECONDS = 1.0


class Remembered(Generic[T]):
    """What `read` answers, for the open database; at most `seconds` old. A hint on one of `topics` makes it forgotten
    in every process, `forget()` in this one."""

    def __init__(self, read: Callable[[], Awaitable[T]], *topics: str, seconds: float = FRESH_SECONDS) -> None:
        self._read = read
        self._seconds = seconds
        self._known: WeakKeyDictionary[Any, tuple[float, T]] = WeakKeyDictionary()
        self._forgotten = 0
        for topic in topics:
            listen(topic, lambda _: self.forget())

    def now(self) -> T | None:
        """What is remembered; None when it must be read."""
        known = self._known.get(desk_client())
        return known[1] if known and time.monotonic() - known[0] < self._seconds else None

    async def get(self) -> T:
        place, at, forgotten = desk_client(), time.monotonic(), self._forgotten
        if (known := self.now()) is not None:
            return known
        value = await self._read()
        if forgotten == self._forgotten:
            self._known[place] = (at, value)
        return value

    def forget(self) -> None:
        self._forgotten += 1
        self._known.clear()
