"""An order's working hours: when its contract counts time, and what an hour outside of it costs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.company.queries import company
from core.contracts.rules import USUAL_HOUR
from core.kernel.read import fetchrow, parsed
from core.schedule.calendars import Calendar, calendar_of
from core.schedule.queries import calendars
from core.sla.policies import choose

_ORDER = """
SELECT o.priority, o.kind, c.segment, k.id AS contract_id, k.number, k.after_hours,
  (SELECT policies FROM sla_policies ORDER BY id DESC LIMIT 1) AS policies
FROM orders_orders o JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN LATERAL (
  SELECT id, number, after_hours FROM contracts_contracts
  WHERE customer_id = o.customer_id AND starts_on <= $2 AND (ends_on IS NULL OR ends_on >= $2)
  ORDER BY starts_on DESC, id DESC LIMIT 1) k ON true
WHERE o.id = $1
"""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """`calendar` None: no hour is outside. `name` is the calendar's, `percent` what an hour outside of it costs of the
    usual one, by the contract `number` or (empty) by the company's rule."""

    calendar: Calendar | None
    name: dict[str, str]
    percent: int
    number: str


async def working_hours(order_id: int, at: datetime) -> WorkingHours:
    """Those that hold at a moment: the calendar of the rule by which the order's deadlines run; where that runs around
    the clock, the desk's own (the first of its calendars)."""
    ours = await company()
    row: Any = await fetchrow(_ORDER, order_id, at.astimezone(ours.tz).date())
    by_contract = row["after_hours"] is not None
    percent = row["after_hours"] if by_contract else ours.rule("labour_after_hours")
    kept = {one.code: one for one in await calendars()} if percent != USUAL_HOUR else {}
    policy = choose(parsed(row["policies"]) or [], row) or {}
    found = kept.get(policy.get("calendar") or "") or next(iter(kept.values()), None)
    if found is None:
        return WorkingHours(None, {}, USUAL_HOUR, "")
    return WorkingHours(calendar_of(found.data), found.name, percent, row["number"] if by_contract else "")
