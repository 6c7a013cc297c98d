"""Connected systems as the door and the pages see them, and what came of their deliveries."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, fetchval, parsed
from core.kernel.remembered import Remembered
from core.sources.kept import Kept, inbox_of, unpack
from core.sources.models import Source
from core.sources.rules import KINDS, Kind
from core.sources.vault import Locked, unseal

KEY_LENGTH = 128


def short(key: str) -> str:
    """A vendor's key as it is stored: as it is, or the SHA-256 of one that is long or no plain text."""
    if len(key) <= KEY_LENGTH and key.isprintable():
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class SourceView:
    """A connected system with its secrets opened: for the door, never for a page. `locked`: they do not open any more,
    so that nothing is believed."""

    id: str
    kind: str
    name: str
    active: bool
    secret: Mapping[str, str] = field(repr=False)
    config: Mapping[str, Any]
    mapping: Mapping[str, Any]
    locked: bool = False

    @property
    def needs(self) -> Kind:
        return KINDS[self.kind]


def _view(row: Any) -> SourceView:
    try:
        secret, locked = orjson.loads(unseal(row.id, row.secret)), False
    except Locked:
        secret, locked = {}, True
    return SourceView(row.id, row.kind, row.name, row.active, secret, row.config, row.mapping, locked)


async def _read() -> dict[str, SourceView]:
    return {row.id: _view(row) for row in await Source.filter(active=True) if row.kind in KINDS}


_live = Remembered(_read, "sources")


async def live_sources() -> dict[str, SourceView]:
    """Sources that are on, by id. A change made by another process is seen within a second; one's own, at once."""
    return await _live.get()


def remembered_sources() -> dict[str, SourceView] | None:
    """The same without waiting; None when they must be read."""
    return _live.now()


async def source(source_id: str) -> SourceView:
    """One source, on or off. NotFound sources."""
    row = await Source.get_or_none(id=source_id)
    if row is None:
        raise NotFound("sources", id=source_id)
    return _view(row)


async def order_of(source_id: str, external: str) -> int | None:
    """Our order that stands for their thing."""
    sql = "SELECT order_id FROM sources_links WHERE source_id = $1 AND external = $2"
    found: int | None = await fetchval(sql, source_id, short(external)) if external else None
    return found


@dataclass(frozen=True, slots=True)
class SourceCard:
    """A source as the administrator sees it: without secrets. `secrets` names those that are set."""

    id: str
    kind: str
    name: str
    active: bool
    locked: bool
    secrets: tuple[str, ...]
    config: Mapping[str, Any]
    mapping: Mapping[str, Any]
    refused: int
    refused_why: str
    refused_at: datetime | None
    ignored: int
    ignored_why: str
    ignored_at: datetime | None


def _card(row: Source) -> SourceCard:
    view = _view(row)
    return SourceCard(
        row.id,
        row.kind,
        row.name,
        row.active,
        view.locked,
        tuple(view.secret),
        row.config,
        row.mapping,
        row.refused,
        row.refused_why,
        row.refused_at,
        row.ignored,
        row.ignored_why,
        row.ignored_at,
    )


async def source_cards() -> list[SourceCard]:
    return [_card(row) for row in await Source.all().order_by("id")]


async def source_card(source_id: str) -> SourceCard:
    """NotFound sources."""
    row = await Source.get_or_none(id=source_id)
    if row is None:
        raise NotFound("sources", id=source_id)
    return _card(row)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery in a list. `what` is empty while it waits; `dead`: attempts ran out, `error` says why."""

    id: int
    source_id: str
    received_at: datetime
    event: str
    what: str
    order_id: int | None
    facts: Mapping[str, Any]
    dead: bool
    error: str


_LIST = """
SELECT * FROM (
  (SELECT o.delivery_id AS id, o.source_id, o.received_at, o.event, o.what, o.order_id, o.facts, false AS dead,
          '' AS error
   FROM sources_outcomes o WHERE o.source_id = ANY($1::text[]) AND o.delivery_id < $2
     AND NOT EXISTS (SELECT 1 FROM inbox_deliveries d WHERE d.id = o.delivery_id AND d.done_at IS NULL)
   ORDER BY o.delivery_id DESC LIMIT $3)
  UNION ALL
  (SELECT d.id, substr(d.source, 6), d.received_at, '', '', NULL, '{}'::jsonb, d.dead_at IS NOT NULL,
          coalesce(d.error, '')
   FROM inbox_deliveries d WHERE d.source = ANY($4::text[]) AND d.done_at IS NULL AND d.id < $2
   ORDER BY d.id DESC LIMIT $3)
) AS found ORDER BY id DESC LIMIT $3
"""


async def deliveries(source_ids: list[str], before: int | None = None, limit: int = 50) -> list[DeliveryRow]:
    """The newest deliveries of these sources: those that wait or died, and what came of the others."""
    rows = await fetch(_LIST, source_ids, before or 1 << 62, limit, [inbox_of(one) for one in source_ids])
    return [DeliveryRow(**{**dict(row), "facts": parsed(row["facts"])}) for row in rows]


async def delivery(delivery_id: int) -> tuple[str, Kept | None]:
    """The source of a delivery and what was kept of it; None when our secrets do not open it. NotFound deliveries."""
    sql = "SELECT source, body FROM inbox_deliveries WHERE id = $1 AND starts_with(source, 'hook:')"
    row = await fetchrow(sql, delivery_id)
    if row is None:
        raise NotFound("deliveries", id=delivery_id)
    source_id = row["source"].partition(":")[2]
    try:
        return source_id, unpack(source_id, bytes(row["body"]))
    except Locked:
        return source_id, None


async def kept_of(source_id: str, key: str) -> Kept | None:
    """What was kept of the delivery that its source calls `key`; None when it is there no more. Raises vault.Locked."""
    sql = "SELECT body FROM inbox_deliveries WHERE source = $1 AND key = $2"
    body = await fetchval(sql, inbox_of(source_id), key)
    return None if body is None else unpack(source_id, bytes(body))


async def last_delivery(source_id: str) -> int | None:
    """The newest delivery of a source that is still kept."""
    newest = await deliveries([source_id], limit=1)
    return newest[0].id if newest else None


async def outcome_of(delivery_id: int) -> DeliveryRow | None:
    """What came of a delivery; None while it waits for the first time."""
    sql = """SELECT o.delivery_id AS id, o.source_id, o.received_at, o.event, o.what, o.order_id, o.facts,
      false AS dead, '' AS error FROM sources_outcomes o WHERE o.delivery_id = $1"""
    row = await fetchrow(sql, delivery_id)
    return DeliveryRow(**{**dict(row), "facts": parsed(row["facts"])}) if row else None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Something that waits for a dispatcher, with its source's name."""

    id: int
    kind: str
    state: str
    phone: str
    facts: Mapping[str, Any]
    due_at: datetime | None
    order_id: int | None
    created_at: datetime
    source: str


_REQUESTS = """
SELECT r.id, r.kind, r.state, r.phone, r.facts, r.due_at, r.order_id, r.created_at,
  coalesce(s.name, r.source_id) AS source
FROM sources_requests r LEFT JOIN sources_sources s ON s.id = r.source_id WHERE
"""


async def waiting_requests(limit: int = 100) -> list[RequestRow]:
    """Calls that ring or are talked through, calls to return by their due time, then the rest, oldest first."""
    sql = f"""{_REQUESTS} r.state IN ('ringing', 'answered', 'missed', 'waiting')
      ORDER BY array_position(ARRAY['ringing', 'answered', 'missed', 'waiting'], r.state), r.due_at, r.id LIMIT $1"""
    return [RequestRow(**{**dict(row), "facts": parsed(row["facts"])}) for row in await fetch(sql, limit)]


async def request_row(request_id: int) -> RequestRow:
    """NotFound requests."""
    row = await fetchrow(f"{_REQUESTS} r.id = $1", request_id)
    if row is None:
        raise NotFound("requests", id=request_id)
    return RequestRow(**{**dict(row), "facts": parsed(row["facts"])})
