"""Telegram's sending limits: 30 messages a second for a bot, about one a second for a chat with short bursts,
20 a minute for a group. Over the limit a call is refused with 429 and the seconds to wait."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from simulator.errors import too_many

PER_BOT = (30, 1.0)
PER_CHAT_BURST = (5, 5.0)
PER_GROUP = (20, 60.0)


class Limits:
    """Sliding windows on monotonic time, forgotten at restart."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent: dict[tuple[int, str], deque[float]] = {}

    def spend(self, bot_id: int, chat: str, *, group: bool, messages: int = 1) -> None:
        """Count messages about to be sent, or raise 429 and count none."""
        windows = [((bot_id, ""), PER_BOT), ((bot_id, chat), PER_GROUP if group else PER_CHAT_BURST)]
        now = self._clock()
        wait = max(self._wait(key, limit, now, messages) for key, limit in windows)
        if wait > 0:
            raise too_many(max(1, math.ceil(wait)))
        for key, _ in windows:
            self._sent[key].extend([now] * messages)

    def _wait(self, key: tuple[int, str], limit: tuple[int, float], now: float, messages: int) -> float:
        most, seconds = limit
        sent = self._sent.setdefault(key, deque())
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        over = len(sent) + min(messages, most) - most
        return 0.0 if over <= 0 else sent[over - 1] + seconds - now

    def clear(self) -> None:
        self._sent.clear()
