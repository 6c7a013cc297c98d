"""What a request may weigh before anything is parsed, and how often a token may ask."""

import logging
import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from core.kernel.errors import Refusal

MAX_JSON = 256 << 10
MAX_DEPTH = 12
MAX_PARTS = 5_000
WINDOW_S = 60
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")

log = logging.getLogger(__name__)


def check_json(raw: bytes) -> None:
    """Nesting and number of members, told from the bytes alone. Refusals api.too_deep, api.too_many."""
    bare, depth = _STRING.sub(b"", raw), 0
    if bare.count(b",") + bare.count(b":") > MAX_PARTS:
        raise Refusal("api.too_many", limit=MAX_PARTS)
    for found in _BRACKETS.finditer(bare):
        depth += 1 if found.group() in b"[{" else -1
        if depth > MAX_DEPTH:
            raise Refusal("api.too_deep", limit=MAX_DEPTH)


@dataclass(frozen=True, slots=True)
class Quota:
    """`left` requests until `reset` seconds have gone; negative: this one is too many."""

    limit: int
    left: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        told = {"RateLimit-Limit": self.limit, "RateLimit-Remaining": max(self.left, 0), "RateLimit-Reset": self.reset}
        return {name: str(value) for name, value in told.items()}


class Limiter:
    """Requests of a token in the present minute, counted in Redis for all processes; in this one alone while there is
    no Redis."""

    def __init__(self, redis: Any = None, prefix: str = "naryad") -> None:
        self._redis, self._prefix = redis, prefix.rstrip(":")
        self._here: Counter[int] = Counter()
        self._window = 0

    async def take(self, token_id: int, limit: int) -> Quota:
        """Count this request."""
        at = time.time()
        window = int(at // WINDOW_S)
        used = await self._count(token_id, window)
        return Quota(limit, limit - used, int((window + 1) * WINDOW_S - at) + 1)

    async def _count(self, token_id: int, window: int) -> int:
        if self._redis is not None:
            key = f"{self._prefix}:api:{token_id}:{window}"
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.incr(key)
                    pipe.expire(key, 2 * WINDOW_S)
                    return int((await pipe.execute())[0])
            except (RedisError, OSError) as error:
                log.warning("requests are counted in this process only", extra={"error": type(error).__name__})
        if window != self._window:
            self._here.clear()
            self._window = window
        self._here[token_id] += 1
        return self._here[token_id]
