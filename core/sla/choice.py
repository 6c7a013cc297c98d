"""Which rule holds for an order: the first policy that fits, else the company's usual minutes. For this room's
actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.company.queries import company
from core.kernel.errors import NotFound
from core.kernel.read import parsed
from core.kernel.work import current
from core.schedule.queries import calendar_now
from core.sla.policies import USUAL_WARN, choose
from core.sla.rules import policy_for

_ORDER = """
SELECT o.created_at, o.priority, o.kind, o.wanted_from, o.wanted_to, c.segment, k.id AS contract_id, k.terms,
  p.id AS version, p.policies
FROM orders_orders o JOIN customers_customers c ON c.id = o.customer_id
LEFT JOIN LATERAL (
  SELECT id, terms FROM contracts_contracts
  WHERE customer_id = o.customer_id AND starts_on <= $2 AND (ends_on IS NULL OR ends_on >= $2)
  ORDER BY starts_on DESC, id DESC LIMIT 1) k ON true
LEFT JOIN LATERAL (SELECT id, policies FROM sla_policies ORDER BY id DESC LIMIT 1) p ON true
WHERE o.id = $1
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """`minutes` of the order's own clocks, the `norms` of its jobs' stages by the stage's code, and what each clock
    remembers of the rule: `kept` of the policy (nothing where none fits), `facts` with the order's part too."""

    order: Any
    minutes: Mapping[str, int]
    norms: Mapping[str, Mapping[str, Any]]
    kept: dict[str, Any]

    @property
    def facts(self) -> dict[str, Any]:
        return {"priority": self.order["priority"], "contract_id": self.order["contract_id"], **self.kept}


async def choice(order_id: int) -> Choice:
    """The rule that holds now. NotFound orders.order."""
    w, view = current(), await company()
    row = await w.fetchrow(_ORDER, order_id, w.now.astimezone(view.tz).date())
    if row is None:
        raise NotFound("orders.order", id=order_id)
    found, terms = choose(parsed(row["policies"]) or [], row), parsed(row["terms"]) or {}
    if found is None:
        return Choice(row, policy_for(view.rule("sla"), terms)[row["priority"]], {}, {})
    kept = {"policy": found["code"], "name": found["name"], "version": row["version"]}
    kept["warn"] = found.get("warn") or list(USUAL_WARN)
    if found.get("pauses"):
        kept["pauses"] = found["pauses"]
    if found.get("calendar"):
        kept["calendar_id"] = (await calendar_now(found["calendar"])).id
    minutes = policy_for({row["priority"]: found["minutes"]}, terms)[row["priority"]]
    return Choice(row, minutes, {norm["stage"]: norm for norm in found.get("norms", ())}, kept)
