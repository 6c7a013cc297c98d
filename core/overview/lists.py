"""Short lists over the whole desk: open orders, search, who is calling. Each is one statement and reads no more rows
than it shows, so that a million orders cost what ten thousand do.
"""

import re
from typing import Any

from core.customers.rules import patterns
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
        WHERE d.order_id = o.id AND d.met_at IS NULL AND d.cancelled_at IS NULL AND d.paused_at IS NULL) AS due_at
FROM orders_orders o
JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN customers_sites s ON s.id = o.site_id
"""
_OPEN = f"""
{_ROW} WHERE o.id IN (
  SELECT id FROM orders_orders WHERE state NOT IN ('closed', 'cancelled') ORDER BY id DESC LIMIT $1 OFFSET $2)
ORDER BY o.id DESC
"""
_NUMBERED = f"{_ROW} WHERE o.id = ANY($1::bigint[]) ORDER BY o.id DESC LIMIT $2"
_RECENT = """
WITH newest AS MATERIALIZED (SELECT id, summary, words FROM orders_orders ORDER BY id DESC LIMIT {recent})
SELECT (SELECT max(id) FROM newest) AS last,
  ARRAY(SELECT o.id FROM newest o WHERE {order} ORDER BY o.id DESC LIMIT $1) AS recent,
  ARRAY(SELECT x.id FROM (SELECT id FROM customers_sites p WHERE {site} ORDER BY id DESC LIMIT $1) p, LATERAL (
     SELECT id FROM orders_orders WHERE site_id = p.id ORDER BY id DESC LIMIT $1) x ORDER BY x.id DESC LIMIT $1)
  || ARRAY(SELECT x.id FROM (SELECT id FROM customers_customers p WHERE {customer} ORDER BY id DESC LIMIT $1) p,
     LATERAL (SELECT id FROM orders_orders WHERE customer_id = p.id ORDER BY id DESC LIMIT $1) x
     ORDER BY x.id DESC LIMIT $1)
  || ARRAY(SELECT x.id FROM (SELECT id FROM customers_contacts p WHERE phone = $2 LIMIT $1) p, LATERAL (
     SELECT id FROM orders_orders WHERE contact_id = p.id ORDER BY id DESC LIMIT $1) x ORDER BY x.id DESC LIMIT $1)
  AS others
"""
_ARCHIVE = """
SELECT x.id FROM generate_series($2::bigint >> 16, 0, -1) shelf, LATERAL (
  SELECT o.id FROM orders_orders o WHERE o.id >> 16 = shelf AND {order} ORDER BY o.id + 0 DESC LIMIT $1) x LIMIT $1
"""
RECENT = 2_000
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
    """The newest matches by number, telephone, words of the order, site or customer; no total is counted.

    Each word of `text` must stand in the order's words, or each in the site's name or address, or in the customer's
    name. Of sites and customers that match, the newest `limit` count.
    """
    _team(actor)
    text = text.strip()[:100]
    if re.fullmatch(r"(№|#)?\s*\d{1,12}", text):
        number = int(re.sub(r"\D", "", text))
        found = [_plain(row) for row in await fetch(f"{_ROW} WHERE o.id = $1", number)]
        if found:
            return found
    ids = await _matches(patterns(text), _phone(text), limit)
    return [_plain(row) for row in await fetch(_NUMBERED, ids, limit)]


async def _matches(words: list[str], phone: str, limit: int) -> list[int]:
    """Orders to choose the newest from. First those of late are read through, which finds what is frequent; what is
    rare is found by index, shelf by shelf of 65,536 orders from the newest on, until there is enough: no word, however
    popular it once was, makes one search read the whole archive."""

    def each(text: str, first: int) -> str:
        return " AND ".join(f"{text} LIKE ${n}" for n in range(first, first + len(words))) or "true"

    order = "lower(o.summary || ' ' || o.words)"
    places = {"site": each("lower(p.name || ' ' || p.address)", 3), "customer": each("lower(p.name)", 3)}
    sql = _RECENT.format(recent=RECENT, order=each(order, 3), **places)
    row = (await fetch(sql, limit, phone, *words))[0]
    ids = [*row["recent"], *row["others"]]
    if len(row["recent"]) < limit and row["last"]:
        archive = _ARCHIVE.format(order=each(order, 3))
        ids += [found["id"] for found in await fetch(archive, limit, row["last"], *words)]
    return ids


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
