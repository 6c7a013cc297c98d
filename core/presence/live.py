"""The latest places in Redis, for maps that many look at. Redis may be lost or absent: readers then ask PostgreSQL.

`{prefix}:places` is a GEO set of member ids, `{prefix}:seen` a hash of "unix seconds:job id" by member id. Both go
after a quarter of an hour without news; readers skip what is older than that.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

from core.presence.rules import Record

KEPT = timedelta(minutes=15)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member was last seen, and on which job."""

    member_id: int
    lat: float
    lon: float
    at: datetime
    job_id: int | None


class Live:
    """One desk's part of a Redis. No method raises when Redis can't be reached."""

    def __init__(self, redis: Any, prefix: str = "naryad") -> None:
        self._redis = redis
        self._places, self._seen = f"{prefix}:places", f"{prefix}:seen"

    async def put(self, records: Iterable[Record]) -> None:
        """Remember places, in one round trip."""
        places: list[Any] = []
        seen: list[Any] = []
        for member_id, job_id, lat, lon, _, at in records:
            if abs(lat) <= 85:
                places += (lon, lat, member_id)
                seen += (member_id, f"{at}:{job_id}")
        if not seen:
            return
        pipe = self._redis.pipeline(transaction=False)
        pipe.execute_command("GEOADD", self._places, *places)
        pipe.execute_command("HSET", self._seen, *seen)
        pipe.expire(self._places, KEPT)
        pipe.expire(self._seen, KEPT)
        await self._quietly(pipe.execute())

    async def drop(self, member_id: int) -> None:
        """They are on no job any more: their place is nobody's business."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrem(self._places, member_id)
        pipe.hdel(self._seen, member_id)
        await self._quietly(pipe.execute())

    async def all(self, now: datetime) -> list[Place] | None:
        """Everybody who was seen lately; None when Redis knows nothing or can't be asked."""
        seen = await self._quietly(self._redis.hgetall(self._seen))
        if not seen:
            return None
        members = [_text(member) for member in seen]
        points = await self._quietly(self._redis.geopos(self._places, *members))
        found = []
        for member, told, point in zip(members, seen.values(), points or (), strict=False):
            stamp, _, job = _text(told).partition(":")
            at = datetime.fromtimestamp(int(stamp), UTC)
            if point and now - at <= KEPT:
                found.append(Place(int(member), float(point[1]), float(point[0]), at, int(job)))
        return found

    async def _quietly(self, asking: Any) -> Any:
        try:
            return await asking
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("live places: Redis does not answer", extra={"error": type(error).__name__})
            return None


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


_live: Live | None = None


def use(live: Live | None) -> None:
    """Set the process's Redis; without one everything works from PostgreSQL."""
    global _live
    _live = live


def live() -> Live | None:
    return _live
