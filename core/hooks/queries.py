"""What happened, page by page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.files.queries import FileView, file_view, file_views
from core.hooks.models import Attempt, Handed, Outgoing, Subscription
from core.hooks.rules import TRIAL
from core.hooks.saying import LINK
from core.kernel.errors import NotFound
from core.kernel.ids import keys
from core.kernel.read import fetch, fetchrow, parsed
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


@dataclass(frozen=True, slots=True)
class HookView:
    """A subscription without its secrets. `waiting`: how many deliveries wait. `both_until`: until then two secrets
    sign. `last_at`: when something last arrived."""

    id: int
    name: str
    kind: str
    source_id: str | None
    url: str
    state: str
    why: str
    failing_since: datetime | None
    both_until: datetime | None
    config: Mapping[str, Any]
    waiting: int
    last_at: datetime | None
    wants: tuple[tuple[str, str], ...]


_HOOKS = """
SELECT s.id, s.name, s.kind, s.source_id, s.url, s.state, s.why, s.failing_since, s.old_until AS both_until, s.config,
  (SELECT count(*) FROM hooks_outgoing o WHERE o.subscription_id = s.id AND o.state = 'waiting') AS waiting,
  (SELECT max(o.done_at) FROM hooks_outgoing o WHERE o.subscription_id = s.id AND o.state = 'sent') AS last_at,
  (SELECT coalesce(jsonb_agg(jsonb_build_array(w.type, w.part) ORDER BY w.id), '[]') FROM hooks_wants w
   WHERE w.subscription_id = s.id) AS wants
FROM hooks_subscriptions s
"""


def _hook(row: Any) -> HookView:
    wants = tuple((kind, part) for kind, part in parsed(row["wants"]))
    return HookView(**{**dict(row), "config": parsed(row["config"]), "wants": wants})


async def hooks() -> list[HookView]:
    """All subscriptions, in the order in which they were made."""
    return [_hook(row) for row in await fetch(f"{_HOOKS} ORDER BY s.id")]


async def hook(subscription_id: int) -> HookView:
    """NotFound hooks."""
    row = await fetchrow(f"{_HOOKS} WHERE s.id = $1", subscription_id)
    if row is None:
        raise NotFound("hooks", id=subscription_id)
    return _hook(row)


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt of a delivery."""

    at: datetime
    took_ms: int
    status: int | None
    error: str
    answer: str


@dataclass(frozen=True, slots=True)
class OutgoingView:
    """A delivery with its attempts, the last first. `due_at` is when it is tried next, while it waits. `file`: which
    one is given, for the part file."""

    id: int
    event_id: int
    type: str
    part: str
    order_id: int | None
    state: str
    attempts: int
    at: datetime
    due_at: datetime
    tries: tuple[Try, ...]
    file: FileView | None


async def outgoing(subscription_id: int, before: int | None = None, limit: int = 50) -> list[OutgoingView]:
    """The newest deliveries of a subscription."""
    found = Outgoing.filter(subscription_id=subscription_id, id__lt=before or 1 << 62)
    rows = await found.order_by("-id").limit(limit).select_related("event", "handed")
    files = await file_views([row.handed.file_id for row in rows if row.handed])
    tries: dict[int, list[Try]] = {row.id: [] for row in rows}
    for one in await Attempt.filter(outgoing_id__in=list(tries)).order_by("-id"):
        tries[one.outgoing_id].append(Try(one.at, one.took_ms, one.status, one.error, one.answer))
    return [
        OutgoingView(
            row.id,
            row.event_id,
            row.event.type,
            row.part,
            row.event.order_id,
            row.state,
            row.attempts,
            row.event.at,
            row.due_at,
            tuple(tries[row.id]),
            files.get(row.handed.file_id) if row.handed else None,
        )
        for row in rows
    ]


async def handed_file(payload: str) -> FileView:
    """The file behind a private link. NotFound files: not one of ours, or what it was given to is no more."""
    number = keys().read(LINK, payload)
    row = await Handed.get_or_none(id=number) if number is not None else None
    if row is None:
        raise NotFound("files")
    return await file_view(row.file_id)


_LAST = """
SELECT DISTINCT ON (e.type) e.type, e.data, e.at, e.order_id FROM hooks_events e
WHERE e.type = ANY($2) AND EXISTS (SELECT FROM sources_links l WHERE l.source_id = $1 AND l.order_id = e.order_id)
ORDER BY e.type, e.id DESC
"""


@dataclass(frozen=True, slots=True)
class LastSaid:
    """The newest event of a type about an order of one source."""

    type: str
    data: Mapping[str, Any]
    at: datetime
    order_id: int


async def last_said(source_id: str, types: Collection[str]) -> list[LastSaid]:
    """What a mapping may be tried on; a desk to which nobody listened yet has none."""
    rows = await fetch(_LAST, source_id, list(types))
    return [LastSaid(**{**dict(row), "data": parsed(row["data"])}) for row in rows]


async def alarm(subscription_id: int) -> dict[str, Any]:
    """What dispatchers are told when it goes off: `name`, and the address's `host`."""
    row = await Subscription.get(id=subscription_id)
    return {"id": row.id, "name": row.name, "host": row.url.split("/")[2][:200]}
