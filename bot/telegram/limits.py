"""How fast Telegram lets a bot speak, kept with token buckets on monotonic time."""

import time
from dataclasses import dataclass

STEADY, AT_ONCE = 0.85, 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages per second for the whole bot; per second and in a burst for one chat; per minute for one group."""

    per_second: float = 30.0
    chat_per_second: float = 1.0
    chat_burst: int = 4
    group_per_minute: float = 20.0

    @classmethod
    def none(cls) -> "Limits":
        """For tests and benchmarks."""
        return cls(1e9, 1e9, 1_000_000, 1e9)

    def pace(self) -> "Bucket":
        """The whole bot's: no second holds more than `per_second`, the first of a crowd of messages neither, nor one in
        which the network brings together what left apart."""
        return Bucket(self.per_second * STEADY, max(1.0, self.per_second * AT_ONCE))


class Bucket:
    """Holds `burst` tokens, refilled at `rate` a second."""

    __slots__ = ("_at", "_left", "burst", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self._left = burst
        self._at = time.monotonic()

    def wait(self) -> float:
        """Seconds until a token is there; 0 when one is."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        return 0.0 if self._left >= 1 else (1 - self._left) / self.rate

    def take(self) -> None:
        """Spend a token; may go below zero, so that what could not wait is paid for later."""
        self._left -= 1

    def empty(self, seconds: float) -> None:
        """Nothing for so many seconds: Telegram said so."""
        self.wait()
        self._left = 1 - seconds * self.rate
