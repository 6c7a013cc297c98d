"""Leave a system alone for a moment between two questions: some block whoever asks too often."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Of one process. Who comes while others wait for the same system waits behind them."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._free: dict[str, float] = {}

    async def wait(self, name: str, gap_s: float) -> None:
        """Until `gap_s` seconds after whoever asked `name` before."""
        now = self._clock()
        self._free = {one: at for one, at in self._free.items() if at > now}
        at = self._free.get(name, now)
        self._free[name] = at + gap_s
        if at > now:
            await self._sleep(at - now)


pace = Pace()
