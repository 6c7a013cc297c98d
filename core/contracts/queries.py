"""What things cost and what was agreed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.contracts.models import Contract
from core.customers.rules import patterns
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow


@dataclass(frozen=True, slots=True)
class PriceItemView:
    """`kind`: work or material; `price` in roubles for one `unit`, VAT included. `hourly`: a rate of labour."""

    id: int
    kind: str
    code: str
    name: str
    unit: str
    price: Decimal
    active: bool
    hourly: bool


_ITEMS = "SELECT id, kind, code, name, unit, price, active, hourly FROM contracts_price_items WHERE"


async def price_items(
    kind: str | None = None, search: str = "", limit: int = 100, offset: int = 0, active: bool | None = True
) -> list[PriceItemView]:
    """The price list: works before materials, by name; each word of `search` stands in the name or the code."""
    sql = f"""{_ITEMS} ($1::text IS NULL OR kind = $1) AND ($2::bool IS NULL OR active = $2)
      AND lower(name || ' ' || code) LIKE ALL($3::text[]) ORDER BY kind DESC, name, id LIMIT $4 OFFSET $5"""
    rows = await fetch(sql, kind, active, patterns(search) or ["%"], limit, offset)
    return [PriceItemView(**dict(row)) for row in rows]


async def price_item(item_id: int) -> PriceItemView:
    row = await fetchrow(f"{_ITEMS} id = $1", item_id)
    if row is None:
        raise NotFound("contracts.item", id=item_id)
    return PriceItemView(**dict(row))


@dataclass(frozen=True, slots=True)
class ContractView:
    """`terms`: minutes by priority and kind where they differ from the company's; `after_hours` as in the model."""

    id: int
    customer_id: int
    number: str
    starts_on: date
    ends_on: date | None
    terms: dict[str, Any]
    after_hours: int | None


_COLUMNS = ("id", "customer_id", "number", "starts_on", "ends_on", "terms", "after_hours")


async def contracts(customer_id: int) -> list[ContractView]:
    """A customer's contracts, the newest first."""
    rows = Contract.filter(customer_id=customer_id).order_by("-starts_on", "-id")
    return [ContractView(**row) for row in await rows.values(*_COLUMNS)]


async def contract(contract_id: int) -> ContractView:
    """For staff."""
    row = await Contract.get_or_none(id=contract_id).values(*_COLUMNS)
    if row is None:
        raise NotFound("contracts.contract", id=contract_id)
    return ContractView(**row)


@dataclass(frozen=True, slots=True)
class InForce:
    """A contract to choose, with its customer's name."""

    id: int
    number: str
    customer: str


async def contracts_in_force(day: date, limit: int = 500, chosen: Collection[int] = ()) -> list[InForce]:
    """Contracts that are not over on a day, by customer; before them those that were `chosen`, over or not."""
    sql = """SELECT k.id, k.number, c.name AS customer FROM contracts_contracts k
      JOIN customers_customers c ON c.id = k.customer_id
      WHERE k.ends_on IS NULL OR k.ends_on >= $1 OR k.id = ANY($3::bigint[])
      ORDER BY k.id = ANY($3::bigint[]) DESC, c.name, k.number, k.id LIMIT greatest($2, cardinality($3::bigint[]))"""
    return [InForce(**dict(row)) for row in await fetch(sql, day, limit, list(chosen))]


async def contract_on(customer_id: int, day: date) -> ContractView | None:
    """The contract in force on a day; of several the one that began last."""
    return next((one for one in await contracts(customer_id) if one.starts_on <= day <= (one.ends_on or day)), None)
