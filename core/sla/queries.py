"""What an order was promised, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.kernel.actor import Actor
from core.kernel.read import fetch, parsed
from core.orders.queries import access_order


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """`policy` says by which rule it was computed: {priority, minutes, contract_id}."""

    kind: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    policy: dict[str, Any]


async def deadlines(actor: Actor, order_id: int) -> list[DeadlineView]:
    """The clocks that were not cancelled, the nearest first."""
    await access_order(actor, order_id)
    sql = """SELECT kind, started_at, due_at, met_at, warned_at, breached_at, policy FROM sla_deadlines
             WHERE order_id = $1 AND cancelled_at IS NULL ORDER BY due_at, id"""
    return [DeadlineView(**{**dict(row), "policy": parsed(row["policy"])}) for row in await fetch(sql, order_id)]
