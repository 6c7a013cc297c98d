"""Whom the desk serves and where. Sites are reached through what the actor may see; see `SCOPE`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.customers.rules import patterns
from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, fetchval

SCOPE = """
($1 = 'all'
 OR ($1 = 'contact' AND s.customer_id = $2 AND ($3::bigint[] IS NULL OR s.id = ANY($3)))
 OR ($1 = 'own' AND (
   EXISTS (SELECT 1 FROM orders_orders o JOIN orders_jobs j ON j.order_id = o.id
           WHERE o.site_id = s.id AND j.assignee_id = $2)
   OR EXISTS (SELECT 1 FROM orders_orders o JOIN orders_jobs j ON j.order_id = o.id
              JOIN dispatch_offers d ON d.job_id = j.id AND d.state = 'open'
              WHERE o.site_id = s.id AND d.member_id = $2))))
"""
"""SQL: whether the actor sees site `s`; `scope(actor)` gives $1 to $3. Staff that sees all orders or keeps customers
or assets sees all sites; a technician those of their jobs and open offers; a contact their customer's, below their
branch."""


def scope(actor: Actor) -> tuple[str, int, list[int] | None]:
    if actor.kind == "contact":
        return "contact", actor.customer_id or 0, None if actor.site_ids is None else sorted(actor.site_ids)
    wide = ("orders.see_all", "orders.create", "customers.edit", "assets.edit")
    if actor.kind == "system" or any(actor.may(permission) for permission in wide):
        return "all", 0, None
    return ("own", actor.id, None) if actor.may("orders.work") else ("none", 0, None)


@dataclass(frozen=True, slots=True)
class SiteView:
    """`hint` is the verbal way. `distance` km, only where a place was asked about."""

    id: int
    name: str
    address: str
    hint: str
    lat: float | None
    lon: float | None
    customer_id: int
    customer: str
    branch_id: int | None
    area_id: int | None
    responsible_id: int | None
    active: bool
    distance: float | None = None


_SITES = """
SELECT s.id, s.name, s.address, s.hint, s.lat, s.lon, s.customer_id, c.name AS customer, s.branch_id, s.area_id,
       s.responsible_id, s.active {extra}
FROM customers_sites s JOIN customers_customers c ON c.id = s.customer_id WHERE
"""
_PLAIN = _SITES.format(extra="") + SCOPE
_NEAR = (
    "WITH near AS ("
    + _SITES.format(
        extra=""", 12742 * asin(least(1, sqrt(
          power(sin(radians(s.lat - $4) / 2), 2)
          + cos(radians($4)) * cos(radians(s.lat)) * power(sin(radians(s.lon - $5) / 2), 2)))) AS distance"""
    )
    + SCOPE
    + " AND s.active AND c.active AND s.lat IS NOT NULL AND s.lat BETWEEN $4 - $6 / 110.0 AND $4 + $6 / 110.0)"
    " SELECT * FROM near WHERE distance <= $6 ORDER BY distance, id LIMIT $7"
)


async def sites_for(
    actor: Actor, search: str = "", limit: int = 10, offset: int = 0, customer_id: int | None = None
) -> list[SiteView]:
    """Working sites that the actor sees, by name; each word of `search` stands in the name, address or customer."""
    sql = f"""{_PLAIN} AND s.active AND c.active AND ($4::bigint IS NULL OR s.customer_id = $4)
      AND lower(s.name || ' ' || s.address || ' ' || c.name) LIKE ALL($5::text[]) ORDER BY s.name, s.id
      LIMIT $6 OFFSET $7"""
    rows = await fetch(sql, *scope(actor), customer_id, patterns(search) or ["%"], limit, offset)
    return [SiteView(**dict(row)) for row in rows]


async def sites_page(
    actor: Actor, after: int = 0, limit: int = 50, search: str = "", customer_id: int | None = None
) -> list[SiteView]:
    """Sites that the actor sees, closed ones too, by id after `after`."""
    sql = f"""{_PLAIN} AND s.id > $4 AND ($5::bigint IS NULL OR s.customer_id = $5)
      AND lower(s.name || ' ' || s.address || ' ' || c.name) LIKE ALL($6::text[]) ORDER BY s.id LIMIT $7"""
    rows = await fetch(sql, *scope(actor), after, customer_id, patterns(search) or ["%"], limit)
    return [SiteView(**dict(row)) for row in rows]


async def site_view(actor: Actor, site_id: int) -> SiteView:
    """NotFound for a site that the actor doesn't see."""
    row = await fetchrow(f"{_PLAIN} AND s.id = $4", *scope(actor), site_id)
    if row is None:
        raise NotFound("customers.site", id=site_id)
    return SiteView(**dict(row))


async def nearest_sites(actor: Actor, lat: float, lon: float, within_km: float = 3, limit: int = 6) -> list[SiteView]:
    """The sites around a place that the actor sees, the nearest first; `distance` is set."""
    rows = await fetch(_NEAR, *scope(actor), float(lat), float(lon), float(within_km), limit)
    return [SiteView(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """`sites`, `contacts`: how many work. `private`: a person, not a company."""

    id: int
    name: str
    legal_name: str
    inn: str
    kpp: str
    address: str
    segment: str
    private: bool
    active: bool
    sites: int
    contacts: int


_CUSTOMERS = """
SELECT c.id, c.name, c.legal_name, c.inn, c.kpp, c.address, c.segment, c.private, c.active,
       (SELECT count(*) FROM customers_sites s WHERE s.customer_id = c.id AND s.active) AS sites,
       (SELECT count(*) FROM customers_contacts k WHERE k.customer_id = c.id AND k.active) AS contacts
FROM customers_customers c WHERE
"""


async def customers(
    search: str = "", limit: int = 50, offset: int = 0, active: bool | None = True
) -> list[CustomerView]:
    """For staff. Each word of `search` stands in the name, the ИНН, or a contact's name or number."""
    sql = f"""{_CUSTOMERS} ($1::bool IS NULL OR c.active = $1) AND (
      lower(c.name || ' ' || c.legal_name || ' ' || c.inn) LIKE ALL($2::text[])
      OR EXISTS (SELECT 1 FROM customers_contacts k WHERE k.customer_id = c.id
                 AND lower(k.name || ' ' || k.phone) LIKE ALL($2::text[])))
      ORDER BY c.name, c.id LIMIT $3 OFFSET $4"""
    return [CustomerView(**dict(row)) for row in await fetch(sql, active, patterns(search) or ["%"], limit, offset)]


async def customers_named(ids: Collection[int]) -> list[CustomerView]:
    """For staff: these customers, former ones too."""
    rows = await fetch(f"{_CUSTOMERS} c.id = ANY($1::bigint[]) ORDER BY c.name, c.id", list(ids))
    return [CustomerView(**dict(row)) for row in rows]


async def customers_page(after: int = 0, limit: int = 50, search: str = "") -> list[CustomerView]:
    """For staff: customers, former ones too, by id after `after`."""
    sql = f"""{_CUSTOMERS} c.id > $1 AND lower(c.name || ' ' || c.legal_name || ' ' || c.inn) LIKE ALL($2::text[])
      ORDER BY c.id LIMIT $3"""
    return [CustomerView(**dict(row)) for row in await fetch(sql, after, patterns(search) or ["%"], limit)]


async def customer_view(actor: Actor, customer_id: int) -> CustomerView:
    """Staff that sees all sites, and the customer's own people; NotFound for others."""
    kind, own, _ = scope(actor)
    row = None
    if kind == "all" or (kind == "contact" and own == customer_id):
        row = await fetchrow(f"{_CUSTOMERS} c.id = $1", customer_id)
    if row is None:
        raise NotFound("customers", id=customer_id)
    return CustomerView(**dict(row))


@dataclass(frozen=True, slots=True)
class ContactView:
    """`linked`: reachable in the customer bot. `branch_id` limits what they see."""

    id: int
    customer_id: int
    branch_id: int | None
    name: str
    phone: str
    post: str
    locale: str
    active: bool
    linked: bool
    email: str
    guest: bool


_CONTACTS = """
SELECT k.id, k.customer_id, k.branch_id, k.name, k.phone, k.post, k.locale, k.active,
       EXISTS (SELECT 1 FROM people_accounts a WHERE a.bot = 'customer' AND a.party = 'contact:' || k.id) AS linked,
       k.email, k.guest
FROM customers_contacts k WHERE
"""


async def contacts(customer_id: int, active: bool | None = True) -> list[ContactView]:
    """For staff: the customer's people by name."""
    sql = f"{_CONTACTS} k.customer_id = $1 AND ($2::bool IS NULL OR k.active = $2) ORDER BY k.name, k.id"
    return [ContactView(**dict(row)) for row in await fetch(sql, customer_id, active)]


async def contact_view(actor: Actor, contact_id: int) -> ContactView:
    """Staff that sees all sites, and the person; NotFound for others."""
    row: Any = None
    if scope(actor)[0] == "all" or actor.party == f"contact:{contact_id}":
        row = await fetchrow(f"{_CONTACTS} k.id = $1", contact_id)
    if row is None:
        raise NotFound("customers.contact", id=contact_id)
    return ContactView(**dict(row))


@dataclass(frozen=True, slots=True)
class BranchView:
    """`depth` 0 is the top; the list of a customer goes from each node to those below it."""

    id: int
    parent_id: int | None
    name: str
    depth: int


async def branches(customer_id: int) -> list[BranchView]:
    """For staff: the customer's network as a tree, top down."""
    rows = await fetch(
        """WITH RECURSIVE tree AS (
             SELECT id, parent_id, name, 0 AS depth, ARRAY[name, id::text] AS way FROM customers_branches
             WHERE customer_id = $1 AND parent_id IS NULL
             UNION ALL
             SELECT b.id, b.parent_id, b.name, t.depth + 1, t.way || b.name::text || b.id::text
             FROM customers_branches b JOIN tree t ON b.parent_id = t.id)
           SELECT id, parent_id, name, depth FROM tree ORDER BY way""",
        customer_id,
    )
    return [BranchView(**dict(row)) for row in rows]


async def branch_customer(branch_id: int) -> int:
    """Whose network a branch belongs to."""
    customer_id: int | None = await fetchval("SELECT customer_id FROM customers_branches WHERE id = $1", branch_id)
    if customer_id is None:
        raise NotFound("customers.branch", id=branch_id)
    return customer_id


async def match_phone(phone: str) -> int | None:
    """The contact with this E.164 number; of several, whoever was added last (a person who changed employers)."""
    contact_id: int | None = await fetchval(
        "SELECT k.id FROM customers_contacts k JOIN customers_customers c ON c.id = k.customer_id AND c.active"
        " WHERE k.phone = $1 AND k.phone <> '' AND k.active AND NOT k.guest ORDER BY k.id DESC LIMIT 1",
        phone,
    )
    return contact_id
