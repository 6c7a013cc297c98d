"""Keep what came from outside, and finish each of it once, in the transaction of whoever handles it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from core.inbox.queries import DialogueRow, Undone
from core.kernel.clock import now
from core.kernel.database import pool
from core.kernel.errors import Refusal
from core.kernel.failpoints import hit
from core.kernel.hints import hint
from core.kernel.work import Fenced, current

ATTEMPTS = 5
ERROR_LENGTH = 2000

Arrival = tuple[str, int, bytes]


class Conflict(Exception):
    """The dialogue was changed by somebody else meanwhile: read it again and redo the work."""


_ACCEPT = """
INSERT INTO inbox_deliveries (source, key, lane, body, received_at, attempts)
SELECT $1, u.key, u.lane, u.body, $5, 0
FROM unnest($2::text[], $3::bigint[], $4::bytea[]) WITH ORDINALITY AS u(key, lane, body, n) ORDER BY u.n
ON CONFLICT (source, key) DO NOTHING
RETURNING id, key
"""


async def accept(source: str, arrivals: Iterable[Arrival]) -> dict[str, int]:
    """Commit raw deliveries `(key, lane, body)` in one statement; ids by key of those that are new.

    When it returns, they may be acknowledged: they are on disk, and a second copy is nothing. Runs outside a work.
    """
    items = list(arrivals)
    if not items:
        return {}
    keys, lanes, bodies = ([item[n] for item in items] for n in range(3))
    hit("inbox.before_accept")
    rows = await pool().fetch(_ACCEPT, source, keys, lanes, bodies, now())
    hit("inbox.after_accept")
    return {row["key"]: row["id"] for row in rows}


def announce(source: str) -> None:
    """Hint to whoever owns `source` that deliveries were accepted here."""
    hint(f"inbox.{source}")


FINISHED = "finished deliveries"
"""In a work's scratch: those that the statement which queues its notices finishes too (`core/outbox/actions.py`)."""

_FINISH = "UPDATE inbox_deliveries SET done_at = $2, error = NULL WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL"
_SETTLE = f"""
WITH done AS ({_FINISH} RETURNING 1), saved AS (
  INSERT INTO inbox_dialogues (bot, chat_id, user_id, step, data, version, touched_at)
  VALUES ($3, $4, $5, $6, $7::jsonb, $8 + 1, $2)
  ON CONFLICT (bot, chat_id, user_id) DO UPDATE
    SET step = excluded.step, data = excluded.data, version = excluded.version, touched_at = excluded.touched_at
    WHERE inbox_dialogues.version = $8
  RETURNING 1
)
SELECT (SELECT count(*) FROM done) AS done, (SELECT count(*) FROM saved) AS saved
"""


async def finish(delivery_id: int, dialogue: DialogueRow | None = None) -> None:
    """Acknowledge a delivery in the running work, together with the dialogue if it changed.

    `Fenced` when somebody else has finished it, `Conflict` when the dialogue is not the one that was read: both roll
    the work back. Where notices are queued already, their statement at the end of the work acknowledges it as well: a
    round trip less for each press.
    """
    w = current()
    if dialogue is None and w.notices:
        w.scratch.setdefault(FINISHED, []).append(delivery_id)
        return
    if dialogue is None:
        if not await w.execute(_FINISH, delivery_id, w.now):
            raise Fenced(f"delivery {delivery_id}")
        return
    data = orjson.dumps(dialogue.data).decode()
    place = (dialogue.bot, dialogue.chat_id, dialogue.user_id)
    row = await w.fetchrow(_SETTLE, delivery_id, w.now, *place, dialogue.step, data, dialogue.version)
    if not row["done"]:  # type: ignore[index]
        raise Fenced(f"delivery {delivery_id}")
    if not row["saved"]:  # type: ignore[index]
        raise Conflict(f"dialogue {place}")


_LEAVE = """
UPDATE inbox_dialogues SET version = version + 1, touched_at = $6,
  data = jsonb_set(data, '{arrived}', coalesce(data -> 'arrived', '[]') || $5::jsonb)
WHERE bot = $1 AND chat_id = $2 AND user_id = $3 AND data @> $4::jsonb
"""


async def leave(bot: str, chat_id: int, standing: dict[str, Any], thing: dict[str, Any]) -> bool:
    """Leave something for a person's dialogue, to be found under `arrived` in its data when they next do anything.

    False when the dialogue in their private chat has not `standing` in its data (any more).
    """
    w = current()
    told, left = orjson.dumps(standing).decode(), orjson.dumps([thing]).decode()
    return bool(await w.execute(_LEAVE, bot, chat_id, chat_id, told, left, w.now))


_NEXT = """
UPDATE inbox_deliveries SET attempts = attempts + 1 WHERE id = (
  SELECT d.id FROM inbox_deliveries d
  WHERE d.source = ANY($1::text[]) AND d.done_at IS NULL AND d.dead_at IS NULL AND d.id <> ALL($2::bigint[])
    AND NOT EXISTS (SELECT 1 FROM inbox_deliveries e WHERE e.source = d.source AND e.lane = d.lane AND e.id < d.id
      AND e.done_at IS NULL AND e.dead_at IS NULL)
  ORDER BY d.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, source, key, lane, body, attempts
"""


async def next_of(sources: Sequence[str], later: Collection[int] = ()) -> tuple[str, Undone] | None:
    """The oldest undone delivery of these sources, the first of its lane and none of `later`, with its source; its
    attempt is counted and committed, since the process may die of it. Any number of processes may ask: what one of
    them holds (see `hold`) is passed over. Runs outside a work."""
    row = await pool().fetchrow(_NEXT, list(sources), list(later))
    if row is None:
        return None
    return row["source"], Undone(row["id"], row["key"], row["lane"], row["body"], row["attempts"])


async def hold(delivery_id: int) -> bool:
    """Hold an undone delivery until the running work ends; False when somebody else does, or it is done."""
    sql = (
        "SELECT true FROM inbox_deliveries WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL FOR UPDATE SKIP LOCKED"
    )
    return bool(await current().fetchval(sql, delivery_id))


async def do_again(delivery_id: int) -> bool:
    """Have a delivery that was handled, or died, handled once more; False when there is none, it waits already, or
    its body was emptied."""
    w = current()
    source = await w.fetchval(
        "UPDATE inbox_deliveries SET done_at = NULL, dead_at = NULL, attempts = 0, error = NULL"
        " WHERE id = $1 AND (done_at IS NOT NULL OR dead_at IS NOT NULL) AND body <> '' RETURNING source",
        delivery_id,
    )
    if source is not None:
        w.on_commit(lambda: announce(source))
    return source is not None


async def begin_again(delivery_id: int) -> int | None:
    """Count an attempt at a delivery that was undone when it was read from the table: a process may have died of it.

    Returns how often it was begun before, None when it is finished or dead. Runs outside a work.
    """
    sql = (
        "UPDATE inbox_deliveries SET attempts = attempts + 1"
        " WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL RETURNING attempts"
    )
    count = await pool().fetchval(sql, delivery_id)
    return None if count is None else int(count)


async def failed(delivery_id: int, error: BaseException | str, *, counted: bool = True) -> bool:
    """Keep why a delivery failed, in the running work; True when its attempts ran out and it is a dead letter now."""
    w = current()
    words = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    row = await w.fetchrow(
        "UPDATE inbox_deliveries SET attempts = attempts + $2, error = $3,"
        " dead_at = CASE WHEN attempts + $2 >= $4 THEN $5::timestamptz END"
        " WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL RETURNING dead_at",
        delivery_id,
        int(counted),
        words[:ERROR_LENGTH],
        ATTEMPTS,
        w.now,
    )
    return row is not None and row["dead_at"] is not None


async def kill(delivery_id: int, error: str) -> None:
    """Make a delivery a dead letter at once: it can never be handled (it is not what it should be)."""
    w = current()
    await w.execute(
        "UPDATE inbox_deliveries SET dead_at = $2, error = $3 WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL",
        delivery_id,
        w.now,
        error[:ERROR_LENGTH],
    )


async def retry_dead(delivery_id: int) -> bool:
    """Give a dead letter a fresh start; its owner is told. `inbox.emptied` when its body is gone."""
    w = current()
    row = await w.fetchrow(
        "SELECT body = '' AS emptied FROM inbox_deliveries WHERE id = $1 AND dead_at IS NOT NULL FOR UPDATE",
        delivery_id,
    )
    if row is not None and row["emptied"]:
        raise Refusal("inbox.emptied")
    source = await w.fetchval(
        "UPDATE inbox_deliveries SET dead_at = NULL, attempts = 0"
        " WHERE id = $1 AND dead_at IS NOT NULL RETURNING source",
        delivery_id,
    )
    if source is not None:
        w.on_commit(lambda: announce(source))
    return source is not None


async def forget_dead(delivery_id: int) -> bool:
    """Give a dead letter up: it counts as handled, with its error kept, until it is erased with the others."""
    w = current()
    sql = "UPDATE inbox_deliveries SET dead_at = NULL, done_at = $2 WHERE id = $1 AND dead_at IS NOT NULL"
    return bool(await w.execute(sql, delivery_id, w.now))


_PURGE = """
DELETE FROM inbox_deliveries WHERE id IN (
  SELECT id FROM inbox_deliveries WHERE done_at IS NOT NULL AND received_at < $1 LIMIT $2)
"""


async def purge(before: datetime, batch: int = 5000) -> int:
    """Erase what was handled and came before `before`; how many rows went, `batch` at most."""
    return await current().execute(_PURGE, before, batch)


_EMPTY = """
UPDATE inbox_deliveries SET body = '' WHERE id IN (
  SELECT id FROM inbox_deliveries WHERE dead_at IS NOT NULL AND received_at < $1 AND body <> '' LIMIT $2)
"""


async def empty_dead(before: datetime, batch: int = 5000) -> int:
    """Erase the bodies of dead letters that came before `before`; that they came, and their errors, stay. How many
    were emptied, `batch` at most."""
    return await current().execute(_EMPTY, before, batch)


async def forget_dialogues(before: datetime) -> int:
    """Erase dialogues that nobody touched since `before`."""
    return await current().execute("DELETE FROM inbox_dialogues WHERE touched_at < $1", before)
