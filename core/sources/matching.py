"""Whose is what came: the customer, site and contact that another system's words, or a telephone number, mean.

The customer: by ИНН, else by exact name, else by the caller's number, else the source's usual one. The site: by exact
name or address among the customer's, else the source's usual one, else the only one there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.customers.queries import match_phone
from core.kernel.errors import Refusal
from core.kernel.read import fetch, fetchrow, fetchval
from core.people.rules import normalise_phone
from core.sources.mapping import Mapped

OVER = ("done", "closed", "cancelled")
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Place:
    customer_id: int | None = None
    site_id: int | None = None
    contact_id: int | None = None


def telephone(text: str) -> str:
    """E.164, or nothing where it is no telephone number."""
    try:
        return normalise_phone(text) if text else ""
    except Refusal:
        return ""


async def match_place(found: Mapped, usual: Mapping[str, Any]) -> Place:
    phone = telephone(found.phone)
    contact_id = await match_phone(phone) if phone else None
    customer_id = await _customer(found.customer)
    if customer_id is None and contact_id is not None:
        customer_id = await _customer_of(contact_id)
    if customer_id is None:
        customer_id = await _known("customers_customers", usual.get("customer_id"))
    if customer_id is None:
        return Place()
    if contact_id is not None and await _customer_of(contact_id) != customer_id:
        contact_id = None
    return Place(customer_id, await _site(customer_id, found, usual), contact_id)


async def _customer(text: str) -> int | None:
    """By ИНН or name; a name that two customers bear is nobody's."""
    if not text:
        return None
    sql = "SELECT id FROM customers_customers WHERE active AND (inn = $1 OR lower(name) = lower($1)) LIMIT 2"
    rows = await fetch(sql, text.strip())
    return int(rows[0]["id"]) if len(rows) == 1 else None


async def _customer_of(contact_id: int) -> int | None:
    found: int | None = await fetchval("SELECT customer_id FROM customers_contacts WHERE id = $1", contact_id)
    return found


async def _known(table: str, row_id: Any) -> int | None:
    found: int | None = await fetchval(f"SELECT id FROM {table} WHERE id = $1 AND active", row_id) if row_id else None
    return found


_SITES = """
SELECT id, lower(name) AS name, lower(address) AS address FROM customers_sites WHERE customer_id = $1 AND active
  AND ($2 = '' OR lower(name) = lower($2) OR id = $4) AND ($3 = '' OR $2 <> '' OR lower(address) = lower($3) OR id = $4)
LIMIT 2
"""


async def _site(customer_id: int, found: Mapped, usual: Mapping[str, Any]) -> int | None:
    rows = await fetch(_SITES, customer_id, found.site, found.address, usual.get("site_id"))
    named = [row["id"] for row in rows if row["id"] != usual.get("site_id")]
    if len(named) == 1:
        return int(named[0])
    if len(rows) == 1:
        return int(rows[0]["id"])
    return next((int(row["id"]) for row in rows if row["id"] == usual.get("site_id")), None)


_CALLER = """
SELECT k.id AS contact_id, k.name, c.id AS customer_id, c.name AS customer, c.private,
  ARRAY(SELECT s.name FROM customers_sites s WHERE s.customer_id = c.id AND s.active ORDER BY s.name, s.id LIMIT $2)
    AS sites,
  ARRAY(SELECT o.id FROM orders_orders o WHERE o.customer_id = c.id AND o.state <> ALL($3::text[])
        ORDER BY o.id DESC LIMIT $2) AS orders
FROM customers_contacts k JOIN customers_customers c ON c.id = k.customer_id WHERE k.id = $1
"""


async def caller_card(phone: str) -> dict[str, Any]:
    """Who has this number: contact, customer, sites (names) and open orders (numbers), a few of each; empty for a
    stranger."""
    contact_id = await match_phone(phone) if phone else None
    row = await fetchrow(_CALLER, contact_id, SHOWN, list(OVER)) if contact_id else None
    return dict(row) if row else {}
