"""What is undone, what died, and where a person stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from core.kernel.database import pool
from core.kernel.work import Work

DIALOGUE_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class DialogueRow:
    """A wizard's state as it is stored; `version` 0 means there is no row yet."""

    bot: str
    chat_id: int
    user_id: int
    step: str | None
    data: dict[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the plumbing knows about where an update happened. `locale` and `zone` are the chat's, None if unknown;
    `topic` and `replied` are card keys; `blocked` means that we hold back what is for this chat."""

    step: str | None
    data: dict[str, Any]
    version: int
    locale: str | None
    zone: str | None
    topic: str | None
    replied: str | None
    blocked: bool


SCENE = """
SELECT d.step, d.data, d.version, d.touched_at, a.locale, a.zone, t.card AS topic, r.card AS replied, s.blocked_at
FROM (VALUES (1)) AS one
LEFT JOIN inbox_dialogues d ON d.bot = $1 AND d.chat_id = $2 AND d.user_id = $3
LEFT JOIN outbox_senders s ON s.bot = $1 AND s.chat_id = $2
LEFT JOIN LATERAL (
  SELECT locale, zone FROM outbox_addresses WHERE bot = $1 AND chat_id = $2 LIMIT 1) a ON true
LEFT JOIN LATERAL (
  SELECT card FROM outbox_cards WHERE bot = $1 AND chat_id = $2 AND thread_id = $4 AND message_id IS NULL LIMIT 1
) t ON true
LEFT JOIN LATERAL (
  SELECT card FROM outbox_cards WHERE bot = $1 AND chat_id = $2 AND message_id = $5 LIMIT 1) r ON true
"""
"""One row about bot, chat, user, thread and answered message, for `scene_of`; whoever asks more may join it."""


async def scene(
    w: Work, bot: str, chat_id: int, user_id: int, thread_id: int | None = None, reply_to: int | None = None
) -> Scene:
    """Dialogue, address, topic and answered card in one query. A dialogue nobody touched for two weeks is over."""
    return scene_of(await w.fetchrow(SCENE, bot, chat_id, user_id, thread_id, reply_to), w.now)


def scene_of(row: Any, at: datetime) -> Scene:
    """A row of `SCENE`, as it stands at `at`."""
    step, data, version = row["step"], {}, row["version"] or 0
    if version and at - row["touched_at"] > DIALOGUE_LIFE:
        step = None
    elif version:
        data = orjson.loads(row["data"])
    return Scene(
        step, data, version, row["locale"], row["zone"], row["topic"], row["replied"], row["blocked_at"] is not None
    )


@dataclass(frozen=True, slots=True)
class Undone:
    id: int
    key: str
    lane: int
    body: bytes
    attempts: int


_UNDONE = """
SELECT id FROM inbox_deliveries WHERE source = $1 AND done_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT $2
"""


async def undone(source: str, known: Collection[int] = (), limit: int = 1000) -> list[Undone]:
    """Deliveries of `source` that nobody has finished, except the `known` ones, in the order in which they came."""
    ids = [row["id"] for row in await pool().fetch(_UNDONE, source, limit + len(known)) if row["id"] not in known]
    if not ids:
        return []
    rows = await pool().fetch(
        "SELECT id, key, lane, body, attempts FROM inbox_deliveries WHERE id = ANY($1::bigint[])"
        " AND done_at IS NULL AND dead_at IS NULL ORDER BY id",
        ids[:limit],
    )
    return [Undone(row["id"], row["key"], row["lane"], row["body"], row["attempts"]) for row in rows]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`emptied`: it came too long ago, its body is erased."""

    id: int
    source: str
    key: str
    lane: int
    received_at: datetime
    attempts: int
    error: str
    dead_at: datetime | None
    emptied: bool


async def dead_letters(limit: int = 100) -> list[DeadLetter]:
    """Deliveries that could not be handled, newest first, without their bodies."""
    rows = await pool().fetch(
        "SELECT id, source, key, lane, received_at, attempts, coalesce(error, '') AS error, dead_at,"
        " body = '' AS emptied FROM inbox_deliveries WHERE dead_at IS NOT NULL ORDER BY id DESC LIMIT $1",
        limit,
    )
    return [DeadLetter(**dict(row)) for row in rows]


async def backlog() -> dict[str, int]:
    """How many deliveries of each source wait to be handled."""
    rows = await pool().fetch(
        "SELECT source, count(*) AS n FROM inbox_deliveries WHERE done_at IS NULL AND dead_at IS NULL GROUP BY source"
    )
    return {row["source"]: row["n"] for row in rows}


async def body_of(delivery_id: int) -> bytes | None:
    """The raw body of a delivery; None when it is no more."""
    return await pool().fetchval("SELECT body FROM inbox_deliveries WHERE id = $1", delivery_id)  # type: ignore[no-any-return]


_NEWEST = """
SELECT DISTINCT ON (left(key, $3)) left(key, $3) AS name, id, key FROM inbox_deliveries
WHERE source = $1 AND left(key, $3) = ANY($2::text[]) ORDER BY left(key, $3), id DESC
"""


async def newest_of(source: str, names: Collection[str], length: int) -> dict[str, tuple[int, str]]:
    """The id and key of the newest kept delivery for each of these beginnings of keys, all of that length."""
    rows = await pool().fetch(_NEWEST, source, list(names), length)
    return {row["name"]: (row["id"], row["key"]) for row in rows}
