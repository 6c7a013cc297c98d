"""Whose positions are kept: only of people on shift, on a job that is travelling or on site, who share their place.

The list is read from the database anew as soon as `forget()` says that a shift, a job or a share changed (every process
hears it by a hint), and every few seconds in case a hint was lost. What is not on it is dropped and never written.
Between readings a position costs a look-up and two multiplications: this is the one flood.
"""

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
FRESH_SECONDS = 5.0
SHOWN_EVERY = timedelta(seconds=11)
PUSH_SECONDS = 3.0
NEARLY = 1.2
COLUMNS = ("member_id", "job_id", "lat", "lon", "accuracy", "at")

Key = tuple[str, int, int]

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
        self._on_the_way: dict[int, Follow] = {}
        self._read_at = 0.0
        self._stale = True
        self._last: dict[int, Record] = {}
        self._fences: dict[int, Fence] = {}
        self._told: dict[int, datetime] = {}
        self._shown: dict[int, datetime] = {}
        self._push: dict[int, Record] = {}
        self._pushed_at = 0.0

    def forget(self) -> None:
        """A shift, a job or a share changed: look before the next batch."""
        self._stale = True

    async def positions(self, batch: Sequence[Position]) -> list[Seen]:
        """Keep a batch. See `presence.actions.positions`."""
        if self._stale or monotonic() - self._read_at >= FRESH_SECONDS:
            await self._read()
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

    async def _read(self) -> None:
        self._stale, self._read_at = False, monotonic()
        rows = (await get_connection("default").execute_query(_FOLLOWED, [now(), list(FOLLOWED)]))[1]
        self._follows = {_key(row): _follow(row) for row in rows}
        self._on_the_way = {one.member_id: one for one in self._follows.values() if one.travelling}
        jobs = {follow.job_id for follow in self._on_the_way.values()}
        for memory in (self._fences, self._told, self._shown):
            for job_id in memory.keys() - jobs:
                del memory[job_id]
        members = {follow.member_id for follow in self._follows.values()}
        for member_id in self._last.keys() - members:
            del self._last[member_id]
            self._push.pop(member_id, None)

    async def _judge(self, latest: dict[int, Record]) -> list[Seen]:
        """What the newest positions, and silence, mean for jobs on their way: arrived, later than told, worth showing.
        Far from the site a job is looked at every few seconds only."""
        ours = await company()
        radius, threshold = float(ours.rule("geofence_metres")), float(ours.rule("eta_threshold_minutes"))
        reach = (radius * NEARLY) ** 2
        on_the_way, fences, shown = self._on_the_way, self._fences, self._shown
        seen = []
        for member_id, record in latest.items():
            follow = on_the_way.get(member_id)
            if follow is None:
                continue
            due = shown.get(follow.job_id)
            near = follow.square(record[2], record[3]) <= reach or follow.job_id in fences
            if near or due is None or record[5] - due >= SHOWN_EVERY:
                found = self._moved(follow, record, radius, threshold)
                seen += [found] if found else []
        present = now()
        silent = [job_id for job_id, fence in fences.items() if fence.wait(present)]
        return seen + [self._waited(job_id) for job_id in silent if all(one.job_id != job_id for one in seen)]

    def _moved(self, follow: Follow, record: Record, radius: float, threshold: float) -> Seen | None:
        _, job_id, lat, lon, accuracy, at = record
        metres = eta_at = None
        arrived = changed = False
        if follow.lat is not None and follow.lon is not None:
            metres = haversine(lat, lon, follow.lat, follow.lon)
            arrived = self._fence(job_id, metres, radius, accuracy, at)
            eta_at = at + timedelta(minutes=eta_minutes(metres))
            changed = eta_is_news(self._told.get(job_id, follow.told), eta_at, threshold)
        shown = self._shown.get(job_id)
        if not (arrived or changed or shown is None or at - shown >= SHOWN_EVERY):
            return None
        self._shown[job_id] = at
        if changed and eta_at is not None:
            self._told[job_id] = eta_at
        return Seen(job_id, follow.order_id, follow.member_id, lat, lon, at, metres, eta_at, changed, arrived)

    def _fence(self, job_id: int, metres: float, radius: float, accuracy: float | None, at: datetime) -> bool:
        """The fence is remembered while somebody is inside."""
        fence = self._fences.get(job_id)
        if fence is None:
            if metres > radius:
                return False
            fence = Fence()
        arrived = fence.see(metres, radius, accuracy, at)
        if fence.first_inside is not None:
            self._fences[job_id] = fence
        else:
            self._fences.pop(job_id, None)
        return arrived

    def _waited(self, job_id: int) -> Seen:
        """Nothing new of somebody who was inside the circle when last seen."""
        follow = next(one for one in self._on_the_way.values() if one.job_id == job_id)
        _, _, lat, lon, _, at = self._last[follow.member_id]
        metres = haversine(lat, lon, follow.lat or 0, follow.lon or 0)
        return Seen(job_id, follow.order_id, follow.member_id, lat, lon, at, metres, arrived=True)

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
    lat, lon = row["lat"], row["lon"]
    return Follow(row["member_id"], row["job_id"], row["order_id"], row["travelling"], lat, lon, row["eta_at"])


async def _copy(records: list[Record]) -> None:
    """History by COPY, in a transaction of its own: stored when this returns."""
    pool: Any = get_connection("default")
    async with pool.acquire_connection() as connection:
        await connection.copy_records_to_table("presence_tracks", records=records, columns=COLUMNS)


follower = Follower()
hints.listen(TOPIC, lambda _: follower.forget())
