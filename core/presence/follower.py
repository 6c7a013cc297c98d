"""Whose positions are kept: only of people on shift, on a job that is travelling or on site, who share their place.

The list is read from the database anew as soon as `forget()` says that a shift, a job or a share changed (every process
hears it by a hint), and every few seconds in case a hint was lost. What is not on it is dropped and never written.
Between readings a position costs a look-up and two multiplications: this is the one flood.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Any

from tortoise.connection import get_connection

from core.company.queries import company
from core.kernel import hints
from core.kernel.clock import now
from core.presence import history, live
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
SHOWN_SECONDS = 11.0
PUSH_SECONDS = 3.0

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
            await history.keep(records)
        self._last |= latest
        if live.live() is not None:
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
        radius = float((await company()).rule("geofence_metres"))
        ways = {follow.job_id: follow for follow in self._on_the_way.values()}
        self._follows = {_key(row): _follow(row) for row in rows}
        self._on_the_way = {one.member_id: one for one in self._follows.values() if one.travelling}
        for follow in self._on_the_way.values():
            follow.fence_off(radius)
            if follow.job_id in ways:
                follow.carry_on(ways[follow.job_id])
        members = {follow.member_id for follow in self._follows.values()}
        for member_id in self._last.keys() - members:
            del self._last[member_id]
            self._push.pop(member_id, None)

    async def _judge(self, latest: dict[int, Record]) -> list[Seen]:
        """What the newest positions, and silence, mean for jobs on their way: arrived, later than told, worth showing.
        Far from the site a job is looked at every few seconds only."""
        ours = await company()
        radius, threshold = float(ours.rule("geofence_metres")), float(ours.rule("eta_threshold_minutes"))
        on_the_way = self._on_the_way
        seen = []
        for member_id, record in latest.items():
            way = on_the_way.get(member_id)
            if way is None:
                continue
            if record[5] >= way.due or way.fence is not None or way.is_near(record[2], record[3]):
                found = _moved(way, record, radius, threshold)
                if found is not None:
                    seen.append(found)
        return seen + self._waited({one.job_id for one in seen})

    def _waited(self, heard: set[int]) -> list[Seen]:
        """Nothing new of somebody who was inside the circle when last seen."""
        present, seen = now().timestamp(), []
        for way in self._on_the_way.values():
            if way.fence is not None and way.fence.wait(present) and way.job_id not in heard:
                _, _, lat, lon, _, at = self._last[way.member_id]
                metres = haversine(lat, lon, way.lat or 0, way.lon or 0)
                seen.append(Seen(way.job_id, way.order_id, way.member_id, lat, lon, at, metres, arrived=True))
        return seen

    async def _show(self) -> None:
        """The latest places to Redis, every few seconds."""
        redis = live.live()
        if redis is None or not self._push or monotonic() - self._pushed_at < PUSH_SECONDS:
            return
        self._pushed_at = monotonic()
        await redis.put(self._push.values())
        self._push.clear()


def _moved(way: Follow, record: Record, radius: float, threshold: float) -> Seen | None:
    """What a position means for a job on its way, with what is remembered of that way."""
    _, job_id, lat, lon, accuracy, at = record
    metres = eta_at = None
    arrived = changed = False
    if way.lat is not None and way.lon is not None:
        metres = haversine(lat, lon, way.lat, way.lon)
        if metres <= radius or way.fence is not None:
            arrived = _inside(way, metres, radius, accuracy, at)
        eta_at = at + eta_minutes(metres) * 60
        changed = eta_is_news(way.told if way.said is None else way.said, eta_at, threshold)
    if not (arrived or changed or at >= way.due):
        return None
    way.due = at + SHOWN_SECONDS
    if changed:
        way.said = eta_at
    return Seen(job_id, way.order_id, way.member_id, lat, lon, at, metres, eta_at, changed, arrived)


def _inside(way: Follow, metres: float, radius: float, accuracy: float | None, at: int) -> bool:
    """Whether it proves the arrival. The fence is remembered while somebody is inside."""
    fence = way.fence or Fence()
    arrived = fence.see(metres, radius, accuracy, at)
    way.fence = fence if fence.first_inside is not None else None
    return arrived


def _key(row: Any) -> Key:
    return row["bot"], row["chat_id"], row["message_id"]


def _follow(row: Any) -> Follow:
    told = row["eta_at"].timestamp() if row["eta_at"] else None
    return Follow(row["member_id"], row["job_id"], row["order_id"], row["travelling"], row["lat"], row["lon"], told)


follower = Follower()
hints.listen(TOPIC, lambda _: follower.forget())
