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

    async def get(self) -> T:
        place, at, forgotten = desk_client(), time.monotonic(), self._forgotten
        known = self._known.get(place)
        if known and at - known[0] < self._seconds:
            return known[1]
        value = await self._read()
        if forgotten == self._forgotten:
            self._known[place] = (at, value)
        return value

    def forget(self) -> None:
        self._forgotten += 1
        self._known.clear()
