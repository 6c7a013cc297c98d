"""What a price and a contract's terms may be. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.company.rules import MAX_SLA_MINUTES, RANGES, RULES
from core.kernel.errors import Refusal
from core.kernel.money import Money

KINDS = ("work", "material")
USUAL_HOUR = 100
"""Percent: an hour like any other."""


def check_price(price: Any) -> Decimal:
    """Whole kopecks, not below zero; `contracts.bad_price` otherwise."""
    if not isinstance(price, Decimal) or not price.is_finite() or price < 0:
        raise Refusal("contracts.bad_price")
    return Money(price).amount


def check_hourly(kind: str, hourly: Any) -> None:
    """Only work is paid by the hour; `contracts.not_labour` otherwise."""
    if not isinstance(hourly, bool) or (hourly and kind != "work"):
        raise Refusal("contracts.not_labour")


def check_terms(terms: dict[str, Any]) -> dict[str, Any]:
    """`{priority: {kind: minutes}}`, any part of it; `contracts.bad_terms` otherwise."""
    known = RULES["sla"]
    good = all(
        priority in known
        and isinstance(kinds, dict)
        and all(kind in known[priority] and type(n) is int and 1 <= n <= MAX_SLA_MINUTES for kind, n in kinds.items())
        for priority, kinds in terms.items()
    )
    if not good:
        raise Refusal("contracts.bad_terms")
    return terms


def check_after_hours(percent: int | None) -> int | None:
    """Percent of the usual hour, within what the company's rule may be; `contracts.bad_after_hours` otherwise."""
    low, high = RANGES["labour_after_hours"]
    if percent is not None and (type(percent) is not int or not low <= percent <= high):
        raise Refusal("contracts.bad_after_hours", low=low, high=high)
    return percent


def check_dates(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise Refusal("contracts.bad_dates")
