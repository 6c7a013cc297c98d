"""What waits to be told, what could not be, and which message shows what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.kernel.database import pool
from core.kernel.read import fetchval
from core.outbox.actions import Queued
from core.outbox.models import Notice
from core.outbox.sending import CardRow

_COLUMNS = (
    "id, chat_id, seq, op, screen, facts, locale, zone, card, revision, topic, message_id, reply_to, party,"
    " on_unknown, state, attempts"
)


async def chat_of(party: str, bot: str) -> int | None:
    """The chat in which this bot reaches a party; None when there is none."""
    sql = "SELECT chat_id FROM outbox_addresses WHERE party = $1 AND bot = $2"
    chat: int | None = await fetchval(sql, party, bot)
    return chat


async def shown(bot: str, chat_id: int, card: str) -> int | None:
    """The revision of a card as it was told last in that chat; None when it was erased, or never was."""
    sql = """SELECT CASE WHEN op = 'show' THEN revision END FROM outbox_notices
             WHERE bot = $1 AND chat_id = $2 AND card = $3 ORDER BY seq DESC LIMIT 1"""
    found: int | None = await fetchval(sql, bot, chat_id, card)
    return found


async def waiting_chats(bot: str) -> dict[int, int]:
    """The last waiting number of each chat that waits for something and is not blocked."""
    rows = await pool().fetch(
        "SELECT n.chat_id, max(n.seq) AS last FROM outbox_notices n WHERE n.bot = $1"
        " AND n.state IN ('queued', 'sending') AND NOT EXISTS (SELECT 1 FROM outbox_senders s"
        " WHERE s.bot = n.bot AND s.chat_id = n.chat_id AND s.blocked_at IS NOT NULL) GROUP BY n.chat_id",
        bot,
    )
    return {row["chat_id"]: row["last"] for row in rows}


async def waiting(bot: str, chats: Collection[int], per_chat: int = 200) -> list[Queued]:
    """What waits in these chats, in order, `per_chat` at most in each; nothing for a blocked chat."""
    rows = await pool().fetch(
        f"SELECT {_COLUMNS} FROM unnest($2::bigint[]) AS c(id_of_chat), LATERAL (SELECT * FROM outbox_notices n"
        " WHERE n.bot = $1 AND n.chat_id = c.id_of_chat AND n.state IN ('queued', 'sending') ORDER BY n.seq LIMIT $3"
        ") AS n WHERE NOT EXISTS (SELECT 1 FROM outbox_senders s"
        " WHERE s.bot = $1 AND s.chat_id = n.chat_id AND s.blocked_at IS NOT NULL) ORDER BY n.chat_id, n.seq",
        bot,
        list(chats),
        per_chat,
    )
    return [_queued(row) for row in rows]


def _queued(row: Any) -> Queued:
    values = dict(row)
    values["facts"] = orjson.loads(values["facts"])
    return Queued(**values)


async def cards(bot: str, keys: Collection[tuple[int, str]]) -> list[CardRow]:
    """Where these cards (chat, key) are; those that were never shown are missing."""
    rows = await pool().fetch(
        "SELECT c.chat_id, c.card, c.message_id, c.thread_id, c.revision, c.digest FROM outbox_cards c"
        " JOIN unnest($2::bigint[], $3::text[]) AS k(chat_id, card) ON c.chat_id = k.chat_id AND c.card = k.card"
        " WHERE c.bot = $1",
        bot,
        [chat_id for chat_id, _ in keys],
        [card for _, card in keys],
    )
    return [CardRow(**dict(row)) for row in rows]


async def topic_notice(bot: str, chat_id: int, card: str) -> Queued | None:
    """The notice that made a topic, to make it anew."""
    row = await pool().fetchrow(
        f"SELECT {_COLUMNS} FROM outbox_notices WHERE bot = $1 AND chat_id = $2 AND card = $3 AND op = 'topic'"
        " ORDER BY seq DESC LIMIT 1",
        bot,
        chat_id,
        card,
    )
    return _queued(row) if row else None


async def newest(bot: str, chat_id: int, card: str) -> Queued | None:
    """The newest version of a card that was ever queued for a chat."""
    row = await pool().fetchrow(
        f"SELECT {_COLUMNS} FROM outbox_notices WHERE bot = $1 AND chat_id = $2 AND card = $3 AND op = 'show'"
        " ORDER BY revision DESC, seq DESC LIMIT 1",
        *(bot, chat_id, card),
    )
    return _queued(row) if row else None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as plumbing: without its facts, which are people's."""

    id: int
    bot: str
    chat_id: int
    party: str | None
    screen: str
    state: str
    attempts: int
    error: str
    queued_at: datetime


_VIEW = ("id", "bot", "chat_id", "party", "screen", "state", "attempts", "error", "queued_at")


async def undelivered(limit: int = 100) -> list[NoticeView]:
    """Notices that failed for good or whose outcome nobody knows, newest first."""
    return _views(await Notice.filter(state__in=("failed", "unknown")).order_by("-id").limit(limit).values(*_VIEW))


async def stuck(before: datetime, limit: int = 100) -> list[NoticeView]:
    """Notices that were queued before `before` and still wait, oldest first (blocked chats among them)."""
    rows = Notice.filter(state__in=("queued", "sending"), queued_at__lt=before).order_by("id").limit(limit)
    return _views(await rows.values(*_VIEW))


def _views(rows: Any) -> list[NoticeView]:
    return [NoticeView(**{**row, "error": row["error"] or ""}) for row in rows]


@dataclass(frozen=True, slots=True)
class BlockedChat:
    bot: str
    chat_id: int
    parties: tuple[str, ...]
    blocked_at: datetime
    reason: str
    waiting: int


async def blocked_chats(limit: int = 100) -> list[BlockedChat]:
    """Chats that refuse us, and how much waits for each."""
    rows = await pool().fetch(
        "SELECT s.bot, s.chat_id, s.blocked_at, coalesce(s.reason, '') AS reason,"
        " ARRAY(SELECT party FROM outbox_addresses a WHERE a.bot = s.bot AND a.chat_id = s.chat_id) AS parties,"
        " (SELECT count(*) FROM outbox_notices n WHERE n.bot = s.bot AND n.chat_id = s.chat_id"
        "  AND n.state IN ('queued', 'sending')) AS waiting"
        " FROM outbox_senders s WHERE s.blocked_at IS NOT NULL ORDER BY s.blocked_at DESC LIMIT $1",
        limit,
    )
    return [BlockedChat(**{**dict(row), "parties": tuple(row["parties"])}) for row in rows]


async def backlog() -> dict[str, int]:
    """How many notices of each bot wait to be sent."""
    rows = await pool().fetch(
        "SELECT bot, count(*) AS n FROM outbox_notices WHERE state IN ('queued', 'sending') GROUP BY bot"
    )
    return {row["bot"]: row["n"] for row in rows}
