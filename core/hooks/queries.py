"""What happened, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.hooks.record import TRIAL
from core.kernel.read import fetch, parsed
from core.kernel.work import current, work

FEED_LOCK = 7_304_402
MOST = 500


@dataclass(frozen=True, slots=True)
class EventRow:
    """`seq` grows in the order in which events became readable; nothing appears below one that was read."""

    seq: int
    id: int
    type: str
    order_id: int | None
    data: Mapping[str, Any]
    at: datetime


_NUMBER = """
UPDATE hooks_events e SET seq = f.seq FROM (
  SELECT id, (SELECT coalesce(max(seq), 0) FROM hooks_events) + row_number() OVER (ORDER BY id) AS seq
  FROM hooks_events WHERE seq IS NULL
) f WHERE e.id = f.id
"""


async def number_events() -> None:
    """Give committed events that nobody has read their place, one reader at a time."""
    w = current()
    if await w.fetchval("SELECT EXISTS (SELECT FROM hooks_events WHERE seq IS NULL)"):
        await w.execute("SELECT pg_advisory_xact_lock($1)", FEED_LOCK)
        await w.execute(_NUMBER)


async def feed(after: int = 0, limit: int = 100, types: tuple[str, ...] = ()) -> list[EventRow]:
    """Events after a place, the oldest first. Ids are given before commits and so are in no order; places are given
    here, after them: whoever goes on from the last place misses nothing. Opens a work of its own."""
    async with work():
        await number_events()
        sql = """SELECT seq, id, type, order_id, data, at FROM hooks_events
          WHERE seq > $1 AND type <> $4 AND (cardinality($3::text[]) = 0 OR type = ANY($3)) ORDER BY seq LIMIT $2"""
        rows = await fetch(sql, after, min(limit, MOST), list(types), TRIAL)
        return [EventRow(**{**dict(row), "data": parsed(row["data"])}) for row in rows]
