"""Whose positions are kept: only of people on shift, on a job that is travelling or on site, who share their place.

The list is read from the database once a second at most, and anew as soon as `forget()` says that a shift or a job
changed. What is not on it is dropped and never written anywhere.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from tortoise.connection import get_connection

from core.company.queries import company
from core.kernel import hints
from core.kernel.clock import now
from core.presence import live
from core.presence.rules import (
    FOLLOWED,
    Fence,
    Follow,
    Position,
    Record,
    Seen,
    eta_is_news,
    eta_minutes,
    haversine,
)

TOPIC = "presence.changed"
FRESH_SECONDS = 1.0
HURRY_SECONDS = 0.25
SHOWN_SECONDS = 11.0
PUSH_SECONDS = 1.0
COLUMNS = ("member_id", "job_id", "lat", "lon", "accuracy", "at")

Key = tuple[str, int, int]
log = logging.getLogger(__name__)

_FOLLOWED = """
SELECT s.bot, s.chat_id, s.message_id, s.member_id, j.id AS job_id, j.order_id, j.state = 'travelling' AS travelling,
       coalesce(t.lat, o.lat) AS lat, coalesce(t.lon, o.lon) AS lon, j.eta_at
FROM presence_live_shares s
JOIN people_members m ON m.id = s.member_id AND m.active AND m.on_duty_at IS NOT NULL
JOIN orders_jobs j ON j.assignee_id = s.member_id AND j.state = ANY($2::text[])
JOIN orders_orders o ON o.id = j.order_id LEFT JOIN customers_sites t ON t.id = o.site_id
WHERE s.stopped_at IS NULL AND s.until > $1
"""


class Follower:
    """One process's memory of who is followed. Losing it loses nothing that matters."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As at the start of the process."""
        self._follows: dict[Key, Follow] = {}
        self._read_at = -FRESH_SECONDS
        self._stale = True
        self._last: dict[int, Record] = {}
        self._fences: dict[int, Fence] = {}
        self._told: dict[int, datetime] = {}
        self._shown: dict[int, float] = {}
        self._push: dict[int, Record] = {}
        self._pushed_at = 0.0

    def forget(self) -> None:
        """A shift, a job or a share changed: look before the next batch."""
        self._stale = True

    async def positions(self, batch: Sequence[Position]) -> list[Seen]:
        """Keep a batch. See `presence.actions.positions`."""
        await self._refresh()
        if any(position[:3] not in self._follows for position in batch):
            await self._refresh(HURRY_SECONDS)
        records, latest = self._wanted(batch)
        if records:
            await _copy(records)
        self._last |= latest
        self._push |= latest
        seen = await self._judge(latest)
        await self._show()
        return seen

    def _wanted(self, batch: Sequence[Position]) -> tuple[list[Record], dict[int, Record]]:
        """What may be kept, and the newest of each member. Each position counts once and in order of time: a messenger
        may deliver an edit again, or late."""
        follows, last = self._follows, self._last
        records: list[Record] = []
        latest: dict[int, Record] = {}
        for bot, chat_id, message_id, lat, lon, accuracy, at in batch:
            follow = follows.get((bot, chat_id, message_id))
            if follow is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
                continue
            member_id = follow.member_id
            before = latest.get(member_id) or last.get(member_id)
            if before is None or at > before[5]:
                record = (member_id, follow.job_id, lat, lon, accuracy, at)
                records.append(record)
                latest[member_id] = record
        return records, latest

    async def _refresh(self, fresh: float = FRESH_SECONDS) -> None:
        age = monotonic() - self._read_at
        if not self._stale and age < fresh:
            return
        self._stale, self._read_at = False, monotonic()
        rows = (await get_connection("default").execute_query(_FOLLOWED, [now(), list(FOLLOWED)]))[1]
        self._follows = {_key(row): _follow(row) for row in rows}
        jobs = {follow.job_id for follow in self._follows.values() if follow.travelling}
        for memory in (self._fences, self._told, self._shown):
            for job_id in memory.keys() - jobs:
                del memory[job_id]
        members = {follow.member_id for follow in self._follows.values()}
        for member_id in self._last.keys() - members:
            del self._last[member_id]
            self._push.pop(member_id, None)

    async def _judge(self, latest: dict[int, Record]) -> list[Seen]:
        """What the newest positions mean for jobs on their way: arrived, later than told, worth showing."""
        ours = await company()
        radius, threshold = float(ours.rule("geofence_metres")), float(ours.rule("eta_threshold_minutes"))
        seen, asked = [], set[int]()
        present = now()
        for follow in self._follows.values():
            if not follow.travelling or follow.job_id in asked:
                continue
            asked.add(follow.job_id)
            record = latest.get(follow.member_id)
            found = self._moved(follow, record, radius, threshold) if record else self._waited(follow, present)
            if found is not None:
                seen.append(found)
        return seen

    def _moved(self, follow: Follow, record: Record, radius: float, threshold: float) -> Seen | None:
        _, job_id, lat, lon, accuracy, at = record
        metres = eta_at = None
        arrived = changed = False
        if follow.lat is not None and follow.lon is not None:
            metres = haversine(lat, lon, follow.lat, follow.lon)
            arrived = self._fences.setdefault(job_id, Fence()).see(metres, radius, accuracy, at)
            eta_at = at + timedelta(minutes=eta_minutes(metres))
            changed = eta_is_news(self._told.get(job_id, follow.told), eta_at, threshold)
        present = monotonic()
        if not (arrived or changed or present - self._shown.get(job_id, -SHOWN_SECONDS) >= SHOWN_SECONDS):
            return None
        self._shown[job_id] = present
        if changed and eta_at is not None:
            self._told[job_id] = eta_at
        return Seen(job_id, follow.order_id, follow.member_id, lat, lon, at, metres, eta_at, changed, arrived)

    def _waited(self, follow: Follow, present: datetime) -> Seen | None:
        """Nothing new of somebody who was inside the circle when last seen."""
        fence = self._fences.get(follow.job_id)
        record = self._last.get(follow.member_id)
        if fence is None or record is None or follow.lat is None or follow.lon is None or not fence.wait(present):
            return None
        _, _, lat, lon, _, at = record
        metres = haversine(lat, lon, follow.lat, follow.lon)
        return Seen(follow.job_id, follow.order_id, follow.member_id, lat, lon, at, metres, arrived=True)

    async def _show(self) -> None:
        """The latest places to Redis, once a second."""
        redis = live.live()
        if redis is None or not self._push or monotonic() - self._pushed_at < PUSH_SECONDS:
            return
        self._pushed_at = monotonic()
        await redis.put(self._push.values())
        self._push.clear()


def _key(row: Any) -> Key:
    return row["bot"], row["chat_id"], row["message_id"]


def _follow(row: Any) -> Follow:
    return Follow(
        row["member_id"], row["job_id"], row["order_id"], row["travelling"], row["lat"], row["lon"], row["eta_at"]
    )


async def _copy(records: list[Record]) -> None:
    """History by COPY, in a transaction of its own: stored when this returns."""
    pool: Any = get_connection("default")
    async with pool.acquire_connection() as connection:
        await connection.copy_records_to_table("presence_tracks", records=records, columns=COLUMNS)


follower = Follower()
hints.listen(TOPIC, lambda _: follower.forget())
