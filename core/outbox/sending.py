"""What the sender writes: what was sent, which message shows which card, who can't be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.kernel.clock import now
from core.kernel.database import pool
from core.kernel.failpoints import hit
from core.kernel.hints import hint
from core.kernel.read import parsed
from core.kernel.work import current


@dataclass(slots=True)
class Outcome:
    """What became of one notice. `state`: sent, skipped, unknown, failed, sending, queued; `error` says why."""

    id: int
    state: str
    attempts: int = 0
    error: str | None = None


@dataclass(slots=True)
class CardRow:
    """Which message shows a card (`message_id`) or which topic it is (`thread_id`). `digest` is the message's kind."""

    chat_id: int
    card: str
    message_id: int | None = None
    thread_id: int | None = None
    revision: int = -1
    digest: str = ""


_OUTCOMES = """
WITH told AS (
  UPDATE outbox_notices n SET state = u.state, attempts = u.attempts, error = u.error,
    sent_at = CASE WHEN u.state IN ('sent', 'skipped') THEN $2 ELSE n.sent_at END
  FROM jsonb_to_recordset($1::jsonb) AS u(id bigint, state text, attempts int, error text)
  WHERE n.id = u.id AND n.state NOT IN ('sent', 'skipped')
)
INSERT INTO outbox_cards (bot, chat_id, card, message_id, thread_id, revision, digest)
SELECT $3, c.* FROM jsonb_to_recordset($4::jsonb) AS c(chat_id bigint, card text, message_id bigint, thread_id bigint,
  revision bigint, digest text)
ON CONFLICT (bot, chat_id, card) DO UPDATE SET message_id = excluded.message_id, thread_id = excluded.thread_id,
  revision = excluded.revision, digest = excluded.digest
"""


async def record(bot: str, outcomes: Sequence[Outcome], cards: Sequence[CardRow] = ()) -> None:
    """Commit a batch of outcomes and of cards' whereabouts in one statement; outside any work. As JSON: of an array
    asyncpg asks each element whether it is one too."""
    await pool().execute(_OUTCOMES, _json(outcomes), now(), bot, _json(cards))
    hit("outbox.after_record")


def _json(rows: Sequence[Outcome] | Sequence[CardRow]) -> str:
    return orjson.dumps(list(rows)).decode()


async def gave_up(bot: str, notice_id: int, attempts: int, error: str) -> bool:
    """It was not sent by `bot` and is tried no more, in the running work, where another channel may be chosen. False
    when that is known already, or it arrived after all."""
    done = await current().execute(
        "UPDATE outbox_notices SET state = 'failed', attempts = $3, error = $4 WHERE id = $1 AND bot = $2"
        " AND state IN ('queued', 'sending') AND delivered_at IS NULL",
        *(notice_id, bot, attempts, error[:500]),
    )
    return bool(done)


@dataclass(frozen=True, slots=True)
class Lost:
    """A notice that was sent and did not arrive."""

    bot: str
    chat_id: int
    screen: str
    facts: dict[str, Any]


async def bounced(bots: Sequence[str], notice_id: int, error: str) -> Lost | None:
    """It was sent by one of `bots`, and now we hear that it did not arrive. None when we knew, when it was said to have
    arrived, or there is none."""
    row = await current().fetchrow(
        "UPDATE outbox_notices SET state = 'failed', error = $3 WHERE id = $1 AND bot = ANY($2::text[])"
        " AND state IN ('sent', 'sending', 'unknown') AND delivered_at IS NULL"
        " RETURNING bot, chat_id, screen, facts",
        notice_id,
        list(bots),
        error[:500],
    )
    return Lost(row["bot"], row["chat_id"], row["screen"], parsed(row["facts"])) if row else None


async def arrived(bots: Sequence[str], notice_id: int) -> bool:
    """It was sent by one of `bots`, perhaps without an answer, and now we hear that it arrived."""
    w = current()
    done = await w.execute(
        "UPDATE outbox_notices SET state = 'sent', error = NULL, delivered_at = $3, sent_at = coalesce(sent_at, $3)"
        " WHERE id = $1 AND bot = ANY($2::text[]) AND state IN ('sent', 'sending', 'unknown')"
        " AND delivered_at IS NULL",
        notice_id,
        list(bots),
        w.now,
    )
    return bool(done)


async def block(bot: str, chat_id: int, reason: str) -> list[str]:
    """Stop sending to a chat that refuses us, in the running work; the parties that are out of reach by that.

    Empty when it was known already. Nothing is thrown away: what waits is sent when they write again.
    """
    w = current()
    fresh = await w.fetchval(
        "INSERT INTO outbox_senders AS s (bot, chat_id, blocked_at, reason) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (bot, chat_id) DO UPDATE SET blocked_at = excluded.blocked_at, reason = excluded.reason"
        " WHERE s.blocked_at IS NULL RETURNING true",
        bot,
        chat_id,
        w.now,
        reason,
    )
    if not fresh:
        return []
    rows = await w.fetch(
        "UPDATE outbox_addresses SET blocked_at = $3 WHERE bot = $1 AND chat_id = $2 RETURNING party",
        bot,
        chat_id,
        w.now,
    )
    return [row["party"] for row in rows]


async def unblock(bot: str, chat_id: int) -> None:
    """The chat's person is there again: go on sending what waited."""
    w = current()
    for table in ("outbox_senders", "outbox_addresses"):
        await w.execute(f"UPDATE {table} SET blocked_at = NULL WHERE bot = $1 AND chat_id = $2", bot, chat_id)
    w.on_commit(lambda: hint(f"outbox.{bot}", f"open:{chat_id}"))


_MOVE = """
WITH waiting AS (
  SELECT id, row_number() OVER (ORDER BY seq) AS place FROM outbox_notices
  WHERE bot = $1 AND chat_id = $2 AND state IN ('queued', 'sending')
), counted AS (SELECT count(*) AS n FROM waiting), chat AS (
  INSERT INTO outbox_chats AS c (bot, chat_id, last_seq) SELECT $1, $3, n FROM counted WHERE n > 0
  ON CONFLICT (bot, chat_id) DO UPDATE SET last_seq = c.last_seq + excluded.last_seq RETURNING last_seq
), moved AS (
  UPDATE outbox_notices o SET chat_id = $3, seq = chat.last_seq - counted.n + w.place, message_id = NULL
  FROM waiting w, counted, chat WHERE o.id = w.id
)
DELETE FROM outbox_cards WHERE bot = $1 AND chat_id = $2
"""


async def move_chat(bot: str, old: int, new: int) -> None:
    """The group has a new id: what waits follows it. Messages have other ids there, so cards are sent anew."""
    w = current()
    await w.execute("SELECT 1 FROM outbox_chats WHERE bot = $1 AND chat_id = $2 FOR UPDATE", bot, old)
    await w.execute(_MOVE, bot, old, new)
    await w.execute("UPDATE outbox_addresses SET chat_id = $3 WHERE bot = $1 AND chat_id = $2", bot, old, new)
    for chat_id in (old, new):
        w.on_commit(lambda chat_id=chat_id: hint(f"outbox.{bot}", f"open:{chat_id}"))  # type: ignore[misc]


async def retry(notice_id: int) -> bool:
    """Send a notice that failed, or whose outcome is unknown, once more; it comes after what is queued now."""
    w = current()
    row = await w.fetchrow(
        "SELECT bot, chat_id FROM outbox_notices WHERE id = $1 AND state IN ('failed', 'unknown')", notice_id
    )
    if row is None:
        return False
    bot, chat_id = row["bot"], row["chat_id"]
    seq = await w.fetchval(
        "INSERT INTO outbox_chats AS c (bot, chat_id, last_seq) VALUES ($1, $2, 1) ON CONFLICT (bot, chat_id)"
        " DO UPDATE SET last_seq = c.last_seq + 1 RETURNING last_seq",
        bot,
        chat_id,
    )
    done = await w.execute(
        "UPDATE outbox_notices SET state = 'queued', attempts = 0, error = NULL, seq = $2"
        " WHERE id = $1 AND state IN ('failed', 'unknown')",
        notice_id,
        seq,
    )
    w.on_commit(lambda: hint(f"outbox.{bot}", str(chat_id)))
    return bool(done)


async def skip(notice_id: int) -> bool:
    """Give up a notice that is stuck, failed or unknown."""
    w = current()
    row = await w.fetchrow(
        "UPDATE outbox_notices SET state = 'skipped', sent_at = $2 WHERE id = $1 AND state NOT IN ('sent', 'skipped')"
        " RETURNING bot, chat_id",
        notice_id,
        w.now,
    )
    if row is None:
        return False
    w.on_commit(lambda: hint(f"outbox.{row['bot']}", f"open:{row['chat_id']}"))
    return True


_PURGE = """
DELETE FROM outbox_notices WHERE id IN (
  SELECT id FROM outbox_notices WHERE state IN ('sent', 'skipped') AND sent_at < $1 AND op <> 'topic' LIMIT $2)
"""


async def purge(before: datetime, batch: int = 5000) -> int:
    """Erase what was told before `before`, `batch` rows at most. Topics stay: a deleted one is made again from them."""
    return await current().execute(_PURGE, before, batch)
