"""Orders as an accounting system takes them: what has changed since it took them last, with their lines."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.kernel.money import Money
from core.kernel.read import fetch
from core.reports.rules import parts

MOST = 500
OURS = "naryad-"
"""How an order of ours that has no name there is called."""


@dataclass(frozen=True, slots=True)
class ExchangedLine:
    """A work or material of the order's jobs; `kind` is work or material, `price` of one unit. Hours outside of working
    hours are a line of their own at their own price, as in the act."""

    item_id: int
    kind: str
    name: str
    unit: str
    quantity: Decimal
    price: Decimal

    @property
    def sum(self) -> Decimal:
        return Money(self.price).times(self.quantity).amount


@dataclass(frozen=True, slots=True)
class Exchanged:
    """`external` is its name there. `address` is the site's, else the order's own; `technicians` are names in a line;
    what there is none of is empty."""

    id: int
    revision: int
    external: str
    state: str
    summary: str
    words: str
    created_at: datetime
    closed_at: datetime | None
    cancel_reason: str
    merged_into: int | None
    customer_id: int
    customer: str
    legal_name: str
    inn: str
    kpp: str
    customer_address: str
    site: str
    address: str
    contact: str
    phone: str
    email: str
    technicians: str
    lines: tuple[ExchangedLine, ...] = ()


_ORDERS = f"""
WITH due AS (
  SELECT o.id FROM orders_orders o LEFT JOIN sources_given g ON g.source_id = $1 AND g.order_id = o.id
  WHERE (EXISTS (SELECT FROM sources_links l WHERE l.source_id = $1 AND l.order_id = o.id)
         OR ($2 AND o.created_at >= (SELECT created_at FROM sources_sources WHERE id = $1)))
    AND (g.taken IS NULL OR g.taken < o.revision)
  ORDER BY o.id LIMIT $3
)
SELECT o.id, o.revision, coalesce(l.external, '{OURS}' || o.id) AS external, o.state, o.summary, o.words, o.created_at,
  o.closed_at, coalesce(o.cancel_reason, '') AS cancel_reason, o.merged_into, c.id AS customer_id, c.name AS customer,
  c.legal_name, c.inn, c.kpp, c.address AS customer_address, coalesce(s.name, '') AS site,
  coalesce(nullif(s.address, ''), o.address) AS address, coalesce(k.name, '') AS contact,
  coalesce(k.phone, '') AS phone, coalesce(k.email, '') AS email,
  coalesce((SELECT string_agg(DISTINCT m.name, ', ' ORDER BY m.name) FROM orders_jobs j
            JOIN people_members m ON m.id = j.assignee_id WHERE j.order_id = o.id), '') AS technicians
FROM due JOIN orders_orders o ON o.id = due.id JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_sites s ON s.id = o.site_id LEFT JOIN customers_contacts k ON k.id = o.contact_id
LEFT JOIN sources_links l ON l.source_id = $1 AND l.order_id = o.id
ORDER BY o.id, l.id
"""
_LINES = """
SELECT j.order_id, l.item_id, l.kind, l.name, l.unit, l.quantity, l.price, l.after, l.percent
FROM reports_lines l JOIN orders_jobs j ON j.id = l.job_id WHERE j.order_id = ANY($1::bigint[]) ORDER BY l.id
"""


async def to_be_taken(source_id: str, *, everything: bool, limit: int = MOST) -> list[Exchanged]:
    """The orders that came from this source, or `everything` since it was connected, of which it has not yet taken what
    they are now; the oldest first. An order that stands for two of their things is there twice."""
    rows = await fetch(_ORDERS, source_id, everything, limit)
    lines: dict[int, list[ExchangedLine]] = defaultdict(list)
    for row in await fetch(_LINES, [row["id"] for row in rows]):
        lines[row["order_id"]] += _billed(row)
    return [Exchanged(**dict(row), lines=tuple(lines[row["id"]])) for row in rows]


def _billed(row: Any) -> list[ExchangedLine]:
    said = (row["item_id"], row["kind"], row["name"], row["unit"])
    billed = parts(row["quantity"], row["price"], row["after"], row["percent"])
    return [ExchangedLine(*said, part.quantity, part.price.amount) for part in billed]
