"""Short lists over the whole desk: open orders, search, who is calling. Each is one statement and reads no more rows
than it shows, so that a million orders cost what ten thousand do.
"""

import re
from typing import Any

from core.kernel.actor import Actor
from core.kernel.errors import NotAllowed, Refusal
from core.kernel.read import fetch
from core.people.rules import normalise_phone

Row = dict[str, Any]

_ROW = """
SELECT o.id AS number, o.summary, o.state, o.priority, o.created_at, o.needs_help, s.name AS site, c.name AS customer,
       (SELECT m.name FROM orders_jobs j JOIN people_members m ON m.id = j.assignee_id
        WHERE j.order_id = o.id ORDER BY j.id DESC LIMIT 1) AS assignee,
       (SELECT min(d.due_at) FROM sla_deadlines d
        WHERE d.order_id = o.id AND d.met_at IS NULL AND d.cancelled_at IS NULL) AS due_at
FROM orders_orders o
JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_sites s ON s.id = o.site_id
"""
_OPEN = f"""
{_ROW} WHERE o.id IN (
  SELECT id FROM orders_orders WHERE state NOT IN ('closed', 'cancelled') ORDER BY id DESC LIMIT $1 OFFSET $2)
ORDER BY o.id DESC
"""
_WORDS = f"""
{_ROW} WHERE o.id IN (
  (SELECT id FROM orders_orders WHERE lower(summary || ' ' || words) LIKE $1 ORDER BY id DESC LIMIT $2)
  UNION
  (SELECT x.id FROM customers_sites p JOIN LATERAL (
     SELECT id FROM orders_orders WHERE site_id = p.id ORDER BY id DESC LIMIT $2) x ON true
   WHERE lower(p.name || ' ' || p.address) LIKE $1 LIMIT $2)
  UNION
  (SELECT x.id FROM customers_customers p JOIN LATERAL (
     SELECT id FROM orders_orders WHERE customer_id = p.id ORDER BY id DESC LIMIT $2) x ON true
   WHERE lower(p.name) LIKE $1 LIMIT $2)
  UNION
  (SELECT x.id FROM customers_contacts p JOIN LATERAL (
     SELECT id FROM orders_orders WHERE contact_id = p.id ORDER BY id DESC LIMIT $2) x ON true
   WHERE p.phone = $3 LIMIT $2)
) ORDER BY o.id DESC LIMIT $2
"""
_CALLERS = """
SELECT k.id, k.name, k.phone, k.customer_id, c.name AS customer
FROM customers_contacts k JOIN customers_customers c ON c.id = k.customer_id
WHERE k.active AND (k.phone = $2 OR lower(k.name) LIKE $1 OR lower(c.name) LIKE $1)
ORDER BY k.phone = $2 DESC, c.name, k.name LIMIT $3
"""


async def open_orders(actor: Actor, limit: int = 10, offset: int = 0) -> list[Row]:
    """Orders that are not over, the newest first: number, summary, state, priority, site, customer, assignee, due_at
    (ISO 8601, the earliest clock that runs)."""
    _team(actor)
    return [_plain(row) for row in await fetch(_OPEN, limit, offset)]


async def search(actor: Actor, text: str, limit: int = 50) -> list[Row]:
    """The newest matches by number, telephone, words of the order, site or customer; no total is counted."""
    _team(actor)
    text = text.strip()[:100]
    if re.fullmatch(r"(№|#)?\s*\d{1,12}", text):
        number = int(re.sub(r"\D", "", text))
        found = [_plain(row) for row in await fetch(f"{_ROW} WHERE o.id = $1", number)]
        if found:
            return found
    return [_plain(row) for row in await fetch(_WORDS, _like(text), limit, _phone(text))]


async def callers(actor: Actor, text: str, limit: int = 8) -> list[Row]:
    """Contacts that somebody on the telephone may be: by number, name or company."""
    _team(actor)
    return [dict(row) for row in await fetch(_CALLERS, _like(text), _phone(text), limit)]


def _team(actor: Actor) -> None:
    if not actor.may("orders.see_all"):
        raise NotAllowed("orders.see_all")


def _like(text: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", text.strip().lower())
    return f"%{escaped}%"


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except Refusal:
        return "-"


def _plain(row: Any) -> Row:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in dict(row).items()}
