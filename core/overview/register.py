"""The register of orders: filtered pages without a total, each as quick on a million orders as on a thousand.

Pages follow one another by a key, never by an offset. Without dates the order is that of the numbers; with dates that
of the moments of creation, because an index leads there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.kernel.actor import Actor
from core.kernel.read import fetch
from core.orders.rules import OPEN, STATES

PAGE = 50
GROUPS: dict[str, tuple[str, ...]] = {"open": OPEN, "over": ("done", "closed", "cancelled")}


@dataclass(frozen=True, slots=True)
class Row:
    """An order in the register."""

    number: int
    summary: str
    customer: str
    site: str | None
    state: str
    priority: str
    created_at: datetime
    needs_help: str | None
    assignee: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is the key of the page that follows; None on the last."""

    rows: tuple[Row, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """`state`: a state, `open`, `over`, `help` (waits for a dispatcher) or empty. `since` and `until` (not included)
    bound the moment of creation; `due` from when to when (not included) one of its running clocks ends."""

    state: str = ""
    customer_id: int | None = None
    member_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    due: tuple[datetime, datetime] | None = None

    @property
    def dated(self) -> bool:
        return self.since is not None or self.until is not None


_DUE = """o.id IN (SELECT d.order_id FROM sla_deadlines d WHERE d.met_at IS NULL AND d.cancelled_at IS NULL
  AND d.paused_at IS NULL AND d.due_at >= ${since} AND d.due_at < ${n})"""
_ROWS = """
SELECT o.id AS number, o.summary, c.name AS customer, s.name AS site, o.state, o.priority, o.created_at, o.needs_help,
       (SELECT m.name FROM orders_jobs j JOIN people_members m ON m.id = j.assignee_id
        WHERE j.order_id = o.id ORDER BY j.id DESC LIMIT 1) AS assignee,
       (SELECT min(d.due_at) FROM sla_deadlines d
        WHERE d.order_id = o.id AND d.met_at IS NULL AND d.cancelled_at IS NULL AND d.paused_at IS NULL) AS due_at
FROM ({page}) o
JOIN customers_customers c ON c.id = o.customer_id LEFT JOIN customers_sites s ON s.id = o.site_id
ORDER BY {order}
"""


async def register(actor: Actor, filters: Filters, after: str = "", limit: int = PAGE) -> Page:
    """One page, the newest first. Needs `orders.see_all`; a key that is none of ours begins at the beginning."""
    actor.require("orders.see_all")
    conditions, values = _conditions(filters)
    keys = ("created_at", "id") if filters.dated else ("id",)
    if known := _read(after, filters.dated):
        marks = ", ".join(f"${len(values) + n}" for n in range(1, len(known) + 1))
        conditions.append(f"({', '.join(f'o.{key}' for key in keys)}) < ({marks})")
        values += known
    order = ", ".join(f"o.{key} DESC" for key in keys)
    where = " AND ".join(conditions) or "true"
    page = f"SELECT o.* FROM orders_orders o WHERE {where} ORDER BY {order} LIMIT {limit + 1}"
    found = [Row(**dict(row)) for row in await fetch(_ROWS.format(page=page, order=order), *values)]
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), _write(last, filters.dated) if last else None)


def _conditions(filters: Filters) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []

    def add(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(n=len(values)))

    if filters.state == "open":
        conditions.append("o.state NOT IN ('closed', 'cancelled') AND o.state <> 'done'")
    elif filters.state == "help":
        conditions.append("o.needs_help IS NOT NULL AND o.state NOT IN ('closed', 'cancelled')")
    elif filters.state in GROUPS:
        add("o.state = ANY(${n}::text[])", list(GROUPS[filters.state]))
    elif filters.state in STATES:
        add("o.state = ${n}", filters.state)
    if filters.customer_id is not None:
        add("o.customer_id = ${n}", filters.customer_id)
    if filters.member_id is not None:
        add("o.id IN (SELECT order_id FROM orders_jobs WHERE assignee_id = ${n})", filters.member_id)
    if filters.since is not None:
        add("o.created_at >= ${n}", filters.since)
    if filters.until is not None:
        add("o.created_at < ${n}", filters.until)
    if filters.due is not None:
        values.append(filters.due[0])
        add(_DUE.replace("{since}", str(len(values))), filters.due[1])
    return conditions, values


def _write(row: Row, dated: bool) -> str:
    return f"{row.created_at.timestamp():.6f}-{row.number}" if dated else str(row.number)


def _read(key: str, dated: bool) -> list[Any]:
    """The key's parts; nothing for what is no key."""
    moment, dash, text = key.rpartition("-")
    try:
        number = int(text)
        at = [datetime.fromtimestamp(float(moment), UTC)] if dated else []
    except (ValueError, OverflowError, OSError):
        return []
    return [*at, number] if 0 < number < 2**62 and bool(dash) == dated else []
