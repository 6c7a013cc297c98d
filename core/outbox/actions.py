"""Queue what is to be told. Notices commit with the work that caused them; `bot/` renders and sends them later.

`tell()` only remembers; one statement at the end of the work finds the chats, locks their rows in sorted order,
numbers the notices and writes them, so that each chat gets them in commit order and no lock is held for long. It also
finishes the deliveries that caused the work (`inbox.finish`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from core.inbox.actions import FINISHED
from core.kernel.failpoints import hit
from core.kernel.hints import hint
from core.kernel.work import Fenced, Work, current

Op = Literal["show", "erase", "topic"]
OnUnknown = Literal["resend", "skip"]


@dataclass(slots=True)
class Draft:
    """A notice before it has a chat and a number. Either `party` or (`bot`, `chat_id`) says where it goes."""

    bot: str
    screen: str
    facts: dict[str, Any] = field(default_factory=dict)
    party: str | None = None
    chat_id: int | None = None
    op: Op = "show"
    card: str | None = None
    revision: int = 0
    topic: str | None = None
    message_id: int | None = None
    reply_to: str | None = None
    on_unknown: OnUnknown = "resend"
    locale: str | None = None
    zone: str | None = None


def tell(
    party: str,
    bot: str,
    screen: str,
    facts: dict[str, Any] | None = None,
    *,
    card: str | None = None,
    revision: int = 0,
    topic: str | None = None,
    op: Op = "show",
    reply_to: str | None = None,
    on_unknown: OnUnknown = "resend",
) -> None:
    """Show `screen` with JSON `facts` to `party` through `bot`; nothing happens if they have no chat with that bot.

    `card` names a message that is kept current: sent once, edited afterwards, the higher `revision` wins.
    `topic` is the card key of the forum topic in which to post. `reply_to` is the card key of a message to answer.
    """
    queue(Draft(bot, screen, facts or {}, party, None, op, card, revision, topic, None, reply_to, on_unknown))


def say(bot: str, chat_id: int, screen: str, facts: dict[str, Any] | None = None, **options: Any) -> None:
    """Show `screen` in one chat, known or not: answers to whoever wrote. Options are `Draft`'s fields; give `locale`
    and `zone` where the address book can't know them."""
    queue(Draft(bot, screen, facts or {}, chat_id=chat_id, **options))


def queue(draft: Draft) -> None:
    w = current()
    if not w.notices:
        w.closers.append(_flush)
    w.notices.append(draft)


_FLUSH = """
WITH draft AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
    bot text, screen text, facts jsonb, party text, chat_id bigint, op text, card text, revision bigint,
    topic text, message_id bigint, reply_to text, on_unknown text, locale text, zone text)) WITH ORDINALITY AS d(
    bot, screen, facts, party, chat_id, op, card, revision, topic, message_id, reply_to, on_unknown, locale, zone, n)
), known AS (
  SELECT d.bot, d.screen, d.facts, d.party, d.op, d.card, d.revision, d.topic, d.message_id, d.reply_to,
         d.on_unknown, d.n, coalesce(d.chat_id, a.chat_id) AS chat_id,
         coalesce(d.locale, a.locale, 'ru') AS locale, coalesce(d.zone, a.zone, 'Europe/Moscow') AS zone
  FROM draft d
  LEFT JOIN LATERAL (
    SELECT chat_id, locale, zone FROM outbox_addresses a
    WHERE a.bot = d.bot AND (a.party = d.party OR (d.party IS NULL AND a.chat_id = d.chat_id))
    LIMIT 1) a ON true
), reached AS (
  SELECT *, row_number() OVER (PARTITION BY bot, chat_id ORDER BY n) AS place FROM known WHERE chat_id IS NOT NULL
), wanted AS (
  SELECT bot, chat_id, count(*) AS n FROM reached GROUP BY bot, chat_id ORDER BY bot, chat_id
), chat AS (
  INSERT INTO outbox_chats AS c (bot, chat_id, last_seq)
  SELECT bot, chat_id, n FROM wanted ORDER BY bot, chat_id
  ON CONFLICT (bot, chat_id) DO UPDATE SET last_seq = c.last_seq + excluded.last_seq
  RETURNING c.bot, c.chat_id, c.last_seq
), placed AS (
  SELECT r.*, c.last_seq - w.n + r.place AS seq
  FROM reached r JOIN wanted w USING (bot, chat_id) JOIN chat c USING (bot, chat_id)
), put AS (
  INSERT INTO outbox_notices (bot, chat_id, seq, op, screen, facts, locale, zone, card, revision, topic, message_id,
                              reply_to, party, on_unknown, state, attempts, queued_at)
  SELECT bot, chat_id, seq, op, screen, facts, locale, zone, card, revision, topic, message_id,
         reply_to, party, on_unknown, 'queued', 0, $2
  FROM placed
  RETURNING id, bot, chat_id, seq
), finished AS (
  UPDATE inbox_deliveries SET done_at = $2, error = NULL
  WHERE id = ANY($3::bigint[]) AND done_at IS NULL AND dead_at IS NULL RETURNING id
)
SELECT p.id, p.n, p.bot, p.chat_id, p.seq, p.locale, p.zone, f.finished
FROM (SELECT count(*) AS finished FROM finished) f
LEFT JOIN (SELECT put.id, placed.* FROM put JOIN placed USING (bot, chat_id, seq)) p ON true
ORDER BY p.bot, p.chat_id, p.seq
"""


@dataclass(slots=True)
class Queued:
    """A notice with its chat and number, as the sender takes it over. `attempts` counts the tries before."""

    id: int
    chat_id: int
    seq: int
    op: str
    screen: str
    facts: dict[str, Any]
    locale: str
    zone: str
    card: str | None
    revision: int
    topic: str | None
    message_id: int | None
    reply_to: str | None
    party: str | None
    on_unknown: str
    state: str = "queued"
    attempts: int = 0


Takeover = Callable[[list[Queued]], None]
_senders: dict[str, Takeover] = {}


def hand_over(bot: str, take: Takeover | None) -> None:
    """Give what this process queues for `bot` to `take` after each commit; None when its sender ends."""
    if take is None:
        _senders.pop(bot, None)
    else:
        _senders[bot] = take


async def _flush(w: Work) -> None:
    drafts, w.notices = w.notices, []
    deliveries = w.scratch.pop(FINISHED, [])
    found = await w.fetch(_FLUSH, orjson.dumps(drafts).decode(), w.now, deliveries)
    hit("outbox.after_flush")
    if found[0]["finished"] < len(deliveries):
        raise Fenced(f"deliveries {deliveries}")
    if found[0]["id"] is not None:
        w.on_commit(lambda: _tell_senders(drafts, found))


def _tell_senders(drafts: list[Draft], rows: Sequence[Any]) -> None:
    """Hand notices to the sender in this process, hint to the one elsewhere; polling finds them anyway."""
    taken: dict[str, list[Queued]] = {}
    for row in rows:
        bot = row["bot"]
        if bot in _senders:
            taken.setdefault(bot, []).append(_queued(drafts[row["n"] - 1], row))
        else:
            hint(f"outbox.{bot}", str(row["chat_id"]))
    for bot, notices in taken.items():
        _senders[bot](notices)


def _queued(draft: Draft, row: Any) -> Queued:
    return Queued(
        row["id"],
        row["chat_id"],
        row["seq"],
        draft.op,
        draft.screen,
        draft.facts,
        row["locale"],
        row["zone"],
        draft.card,
        draft.revision,
        draft.topic,
        draft.message_id,
        draft.reply_to,
        draft.party,
        draft.on_unknown,
    )
