"""Who holds a private link, to what, and what may be seen by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.company.queries import company
from core.guests.rules import FOLLOW
from core.kernel import ids
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import Gone, NotFound
from core.kernel.read import fetch, fetchrow, fetchval
from core.people.rules import MAX_NAME


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that is good now. `order_id` None: a request that waits for a dispatcher. `actor` sees the order alone.
    The link of an order that was merged opens the one under which it goes on, if that is the same person's."""

    id: int
    order_id: int | None
    request_id: int | None
    name: str
    locale: str
    actor: Actor


_OPEN = """
WITH RECURSIVE way AS (
  SELECT made.id, made.merged_into, coalesce(l.contact_id, made.contact_id) AS contact_id
  FROM guests_links l LEFT JOIN sources_requests r ON r.id = l.request_id
  JOIN orders_orders made ON made.id = coalesce(l.order_id, r.order_id) WHERE l.digest = $1
  UNION SELECT o.id, o.merged_into, way.contact_id FROM way JOIN orders_orders o ON o.id = way.merged_into
)
SELECT l.id, l.request_id, l.name, l.locale, l.created_at, l.revoked_at,
       coalesce(l.contact_id, o.contact_id, 0) AS contact_id, o.id AS order_id, o.customer_id, o.closed_at,
       r.state AS request_state
FROM guests_links l
LEFT JOIN sources_requests r ON r.id = l.request_id
LEFT JOIN orders_orders made ON made.id = coalesce(l.order_id, r.order_id)
LEFT JOIN orders_orders o ON o.id = coalesce((
  SELECT k.id FROM way JOIN orders_orders k ON k.id = way.id AND k.contact_id = way.contact_id
  WHERE way.merged_into IS NULL), made.id)
WHERE l.digest = $1
"""


async def opened(token: str) -> Opened:
    """NotFound guests.link for one that is forged, or whose order ended longer ago than the company's `follow_days`;
    Gone guests.link for one that was revoked."""
    row = await fetchrow(_OPEN, ids.digest(token)) if token.isascii() and len(token) <= 64 else None
    if row is None or await _is_over(row):
        raise NotFound("guests.link")
    if row["revoked_at"] is not None:
        raise Gone("guests.link")
    actor = Actor(
        "contact",
        row["contact_id"],
        locale=row["locale"],
        name=row["name"][:MAX_NAME],
        customer_id=row["customer_id"],
        site_ids=frozenset(),
        order_id=row["order_id"] or 0,
    )
    return Opened(row["id"], row["order_id"], row["request_id"], row["name"], row["locale"], actor)


async def _is_over(row: Any) -> bool:
    life = timedelta(days=int((await company()).rule("follow_days")))
    since: datetime | None = row["closed_at"] if row["order_id"] else row["created_at"]
    return since is not None and now() - since > life


async def token_of(link_id: int) -> str | None:
    """The secret of a link, said again in a letter; None when it was made under a secret that we have no more."""
    row = await fetchrow("SELECT salt, digest FROM guests_links WHERE id = $1", link_id)
    if row is None:
        return None
    made = ids.keys().macs(FOLLOW, row["salt"], size=24)
    return next((token for token in made if ids.digest(token) == row["digest"]), None)


_FILE = """
SELECT f.id FROM files_files f WHERE f.id = $2 AND (
  EXISTS (SELECT FROM orders_attachments a WHERE a.order_id = $1 AND a.file_id = f.id AND a.public)
  OR EXISTS (SELECT FROM documents_documents d WHERE d.order_id = $1 AND d.file_id = f.id)
  OR EXISTS (SELECT FROM chats_messages m WHERE m.order_id = $1 AND m.file_id = f.id AND m.side = 'customer'))
"""


async def file_of(link: Opened, file_id: int) -> int:
    """A file that the order's customer may see. NotFound files."""
    found: int | None = await fetchval(_FILE, link.order_id or 0, file_id)
    if found is None:
        raise NotFound("files", id=file_id)
    return found


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the technician is, and when that was."""

    lat: float
    lon: float
    at: datetime


_SPOT = """
SELECT t.lat, t.lon, t.at FROM (
  SELECT id, assignee_id FROM orders_jobs WHERE order_id = $1 AND state = 'travelling'
  ORDER BY coalesce(eta_at, planned_from), id LIMIT 1) j
JOIN LATERAL (SELECT lat, lon, at FROM presence_tracks t WHERE t.member_id = j.assignee_id AND t.job_id = j.id
              AND t.at > $2 ORDER BY t.at DESC LIMIT 1) t ON true
"""


async def technician_spot(link: Opened) -> Spot | None:
    """Of the one who comes first, only while they are on the way, and not older than a quarter of an hour."""
    row = await fetchrow(_SPOT, link.order_id or 0, now() - timedelta(minutes=15))
    return Spot(**dict(row)) if row else None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as the desk sees it, without its secret."""

    id: int
    name: str
    origin: str
    created_at: datetime
    seen_at: datetime | None


async def links_of(order_id: int) -> list[LinkView]:
    """The links of an order that are good."""
    rows = await fetch(
        "SELECT l.id, l.name, l.origin, l.created_at, l.seen_at FROM guests_links l"
        " LEFT JOIN sources_requests r ON r.id = l.request_id"
        " WHERE coalesce(l.order_id, r.order_id) = $1 AND l.revoked_at IS NULL ORDER BY l.id",
        order_id,
    )
    return [LinkView(**dict(row)) for row in rows]
