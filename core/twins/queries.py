"""Which orders are of one trouble, or may be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, parsed
from core.kernel.work import current
from core.orders.queries import access_order
from core.orders.rules import OPEN
from core.twins.rules import NEAR, Told

MOST = 50
"""Open orders of one customer that a new one is compared with, the newest first."""


@dataclass(frozen=True, slots=True)
class TwinView:
    """A pair as seen from one of its orders: the other one, why they look alike, and what was decided."""

    pair_id: int
    state: str
    revision: int
    number: int
    summary: str
    order_state: str
    created_at: datetime
    source: str
    score: int
    signs: list[dict[str, Any]]
    settled_by: str


@dataclass(frozen=True, slots=True)
class MergeView:
    """An order that went into another."""

    keep_id: int
    drop_id: int
    summary: str
    by: str
    at: datetime


_TOLD = """
SELECT o.id, o.customer_id, o.site_id, coalesce(nullif(o.address, ''), s.address, '') AS address, o.kind, o.words,
       o.created_at, o.state, ARRAY(SELECT l.asset_id FROM orders_order_assets l WHERE l.order_id = o.id) AS assets
FROM orders_orders o LEFT JOIN customers_sites s ON s.id = o.site_id WHERE {where}
"""
_ONE = _TOLD.format(where="o.id = $1")
_OTHERS = _TOLD.format(
    where="""o.customer_id = $2 AND o.id <> $1 AND o.state = ANY($3::text[]) AND o.created_at BETWEEN $4 AND $5
    AND NOT EXISTS (SELECT FROM twins_pairs p WHERE p.older_id = least(o.id, $1) AND p.newer_id = greatest(o.id, $1))
    ORDER BY o.id DESC LIMIT $6"""
)


async def candidates(order_id: int) -> tuple[Told, dict[int, Told]] | None:
    """An open order and the other open ones of its customer about that time that nobody was asked about yet."""
    w = current()
    row = await w.fetchrow(_ONE, order_id)
    if row is None or row["state"] not in OPEN:
        return None
    at = row["created_at"]
    others = await w.fetch(_OTHERS, order_id, row["customer_id"], list(OPEN), at - NEAR, at + NEAR, MOST)
    return _told(row), {other["id"]: _told(other) for other in others}


async def waiting(order_id: int) -> int:
    """About how many other open orders people are asked already."""
    return len(await current().fetch(_OF_ORDER, order_id, list(OPEN)))


def _told(row: Any) -> Told:
    assets = frozenset(row["assets"])
    return Told(row["site_id"], row["address"], assets, row["kind"], row["words"], row["created_at"])


_PAIRS = """
SELECT p.id AS pair_id, p.state, p.revision, o.id AS number, o.summary, o.state AS order_state, o.created_at, o.source,
       p.score, p.signs, p.settled_by
FROM twins_pairs p JOIN orders_orders o ON o.id = CASE WHEN p.older_id = $1 THEN p.newer_id ELSE p.older_id END
WHERE {where} ORDER BY p.score DESC, p.id
"""
_OF_ORDER = _PAIRS.format(where="$1 IN (p.older_id, p.newer_id) AND p.state = 'open' AND o.state = ANY($2::text[])")
_FROM_NEWER = _PAIRS.format(where="p.newer_id = $1 AND p.id = $2")


async def twins_of(actor: Actor, order_id: int) -> list[TwinView]:
    """Pairs of this order that wait for a decision, the likeliest first."""
    await access_order(actor, order_id)
    return [_view(row) for row in await fetch(_OF_ORDER, order_id, list(OPEN))]


async def pair_of(actor: Actor, pair_id: int) -> tuple[int, TwinView]:
    """The newer order of a pair, and the pair as seen from it. NotFound twins."""
    found = await fetchrow("SELECT newer_id FROM twins_pairs WHERE id = $1", pair_id)
    if found is None:
        raise NotFound("twins", id=pair_id)
    newer = await access_order(actor, int(found["newer_id"]))
    row = await fetchrow(_FROM_NEWER, newer, pair_id)
    assert row is not None
    return newer, _view(row)


def _view(row: Any) -> TwinView:
    return TwinView(**{**dict(row), "signs": parsed(row["signs"])})


_MERGES = """
SELECT m.keep_id, m.drop_id, o.summary, m.by, m.at FROM twins_merges m JOIN orders_orders o ON o.id = m.drop_id
WHERE m.undone_at IS NULL AND $1 IN (m.keep_id, m.drop_id) ORDER BY m.id
"""


async def merges_of(actor: Actor, order_id: int) -> list[MergeView]:
    """What went into this order, and where it went itself."""
    await access_order(actor, order_id)
    return [MergeView(**dict(row)) for row in await fetch(_MERGES, order_id)]
