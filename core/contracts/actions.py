"""Keep the price list and the contracts."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.contracts.models import Contract, PriceItem
from core.contracts.rules import KINDS, check_after_hours, check_dates, check_hourly, check_price, check_terms
from core.customers.models import Customer
from core.customers.rules import tidy
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current

FIELDS = {"name", "unit", "price", "active", "hourly"}


async def add_price_item(
    kind: str, code: str, name: str, price: Decimal, unit: str = "шт.", hourly: bool = False
) -> int:
    """A new line of the price list. `contracts.code_taken` for a code that stands there already,
    `contracts.not_labour` for a material by the hour."""
    current().actor.require("prices.edit")
    code = tidy(code, 32)
    if kind not in KINDS or not code:
        raise Refusal("contracts.bad_item")
    if await PriceItem.exists(code=code):
        raise Refusal("contracts.code_taken", item=code)
    check_hourly(kind, hourly)
    values = _values({"name": name, "unit": unit, "price": price, "hourly": hourly})
    row = await PriceItem.create(kind=kind, code=code, **values)
    return int(row.id)


async def update_price_item(item_id: int, **fields: Any) -> None:
    """Change a price or a name from now on: what was entered in reports keeps the price of its day."""
    current().actor.require("prices.edit")
    values = _values(fields)
    item = await PriceItem.get_or_none(id=item_id)
    if item is None:
        raise NotFound("contracts.item", id=item_id)
    check_hourly(item.kind, values.get("hourly", False))
    if values:
        await PriceItem.filter(id=item_id).update(**values)


async def add_contract(
    customer_id: int,
    number: str,
    starts_on: date,
    ends_on: date | None = None,
    terms: dict[str, Any] | None = None,
    after_hours: int | None = None,
) -> int:
    """A contract with a customer; `terms` are the minutes that differ from the company's promises, `after_hours` what
    an hour outside of working hours costs, in percent of the usual one (None: as the company's rule says)."""
    current().actor.require("customers.edit")
    if not await Customer.exists(id=customer_id):
        raise NotFound("customers", id=customer_id)
    values = _contract(number, starts_on, ends_on, terms, after_hours)
    row = await Contract.create(customer_id=customer_id, **values)
    return int(row.id)


async def update_contract(
    contract_id: int,
    number: str,
    starts_on: date,
    ends_on: date | None = None,
    terms: dict[str, Any] | None = None,
    after_hours: int | None = None,
) -> None:
    """Correct a contract. Deadlines that run already stay as they were promised, hours that were written down as they
    were priced."""
    current().actor.require("customers.edit")
    if not await Contract.filter(id=contract_id).update(**_contract(number, starts_on, ends_on, terms, after_hours)):
        raise NotFound("contracts.contract", id=contract_id)


def _contract(
    number: str, starts_on: date, ends_on: date | None, terms: dict[str, Any] | None, after_hours: int | None
) -> dict[str, Any]:
    check_dates(starts_on, ends_on)
    name = tidy(number, 50)
    if not name:
        raise Refusal("contracts.no_number")
    priced = {"terms": check_terms(terms or {}), "after_hours": check_after_hours(after_hours)}
    return {"number": name, "starts_on": starts_on, "ends_on": ends_on, **priced}


def _values(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := fields.keys() - FIELDS:
        raise Refusal("contracts.unknown_field", names=sorted(unknown))
    values = dict(fields)
    for field, limit in (("name", 200), ("unit", 16)):
        if field in values and not (text := tidy(values[field], limit)):
            raise Refusal("contracts.bad_item")
        if field in values:
            values[field] = text
    if "price" in values:
        values["price"] = check_price(values["price"])
    return values
