"""What the company decides about the robot: rule sets in versions, what work demands, the stop-list."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import orjson

from core.dispatch.models import Demand, RuleVersion, Stop
from core.dispatch.queries import ruleset, rulesets, versions
from core.dispatch.rules import DEFAULT_WEIGHTS, usual_escalation, usual_reminders
from core.dispatch.rulesets import MOST_RULESETS, USUAL, Rules, check
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current
from core.orders.rules import KINDS
from core.people.queries import roles
from core.people.rules import LEVELS

SCOPES = ("kind", "type", "customer", "site", "contract", "skill", "order")
WHATS = ("skill", "certificate", "tool", "vehicle", "part")

_KNOWN = {
    "type": "SELECT 1 FROM assets_types WHERE id::text = $1",
    "customer": "SELECT 1 FROM customers_customers WHERE id::text = $1",
    "site": "SELECT 1 FROM customers_sites WHERE id::text = $1",
    "contract": "SELECT 1 FROM contracts_contracts WHERE id::text = $1",
    "order": "SELECT 1 FROM orders_orders WHERE id::text = $1",
    "skill": "SELECT 1 FROM people_skills WHERE code = $1",
    "certificate": "SELECT 1 FROM people_certificate_kinds WHERE code = $1",
    "tool": "SELECT 1 FROM people_equipment WHERE code = $1 AND what = 'tool'",
    "vehicle": "SELECT 1 FROM people_equipment WHERE code = $1 AND what = 'vehicle'",
    "part": "SELECT 1 FROM contracts_price_items WHERE code = $1 AND kind = 'material'",
}


async def save_ruleset(rules: Rules) -> None:
    """A new version of it, which holds from the next job on. Weights and ladders that are the usual ones are not kept,
    so that they follow the desk. Nothing changed: no version. `dispatch.bad_ruleset`, `dispatch.too_many`."""
    current().actor.require("company.edit")
    own = {code: float(rate) for code, rate in rules.weights.items() if float(rate) != DEFAULT_WEIGHTS.get(code)}
    rules = replace(rules, weights=own, when={name: list(listed) for name, listed in rules.when.items() if listed})
    rules = replace(
        rules,
        reminders=None if rules.reminders == usual_reminders(rules.offer_seconds) else rules.reminders,
        escalation=None if rules.escalation == usual_escalation(rules.mode) else rules.escalation,
    )
    check(rules)
    if rules.manager not in await may_decide():
        raise Refusal("dispatch.bad_ruleset", field="manager")
    known = {one.code: one for one in await rulesets()}
    if rules.code not in known and len(known) >= MOST_RULESETS:
        raise Refusal("dispatch.too_many", most=MOST_RULESETS)
    before = known.get(rules.code)
    if before is None or not before.id or data_of(before) != data_of(rules) or before.name != rules.name:
        await _write(rules, removed=False)


async def remove_ruleset(code: str) -> None:
    """It holds no more; its versions stay and can be brought back. The usual one stays: `dispatch.usual_stays`."""
    current().actor.require("company.edit")
    if code == USUAL:
        raise Refusal("dispatch.usual_stays")
    await _write(await ruleset(code), removed=True)


async def restore_ruleset(code: str, version_id: int) -> None:
    """Go back to an earlier version, by writing it anew."""
    current().actor.require("company.edit")
    found = next((one for one in await versions(code, 1000) if one.rules.id == version_id), None)
    if found is None:
        raise NotFound("dispatch.ruleset", ruleset=code)
    await _write(found.rules, removed=False)


async def _write(rules: Rules, *, removed: bool) -> None:
    w = current()
    who = w.actor.id if w.actor.kind == "member" else None
    kept = RuleVersion(code=rules.code, name=dict(rules.name), data=data_of(rules), removed=removed)
    kept.member_id, kept.created_at = who, w.now
    await kept.save()


def data_of(rules: Rules) -> dict[str, Any]:
    """What a version keeps of a rule set, beside its code and name."""
    whole = asdict(rules)
    return orjson.loads(orjson.dumps({name: whole[name] for name in _KEPT}))  # type: ignore[no-any-return]


_KEPT = ("when", "mode", "width", "offer_seconds", "weights", "off", "reminders", "escalation", "manager")


async def may_decide() -> dict[str, dict[str, str]]:
    """Roles to which an order that nobody has can be told, by code with their names: those that may assign it."""
    return {one.code: one.name for one in await roles() if one.permissions & {"*", "orders.dispatch"}}


async def add_demand(
    scope: str, key: str, what: str, code: str, level: int = 1, quantity: Decimal = Decimal(1)
) -> None:
    """Work of that kind asks for that much; asked again, the new level or quantity holds. An order's demands are a
    dispatcher's. `dispatch.bad_demand` with the `field` that is wrong."""
    w = current()
    w.actor.require("orders.dispatch" if scope == "order" else "company.edit")
    known = {"scope": scope in SCOPES, "what": what in WHATS, "level": level in LEVELS}
    known["quantity"] = Decimal(0) < quantity <= Decimal(100_000)
    if all(known.values()):
        known["key"] = key in KINDS if scope == "kind" else bool(await w.fetch(_KNOWN[scope], key))
        known["code"] = bool(await w.fetch(_KNOWN[what], code))
    if wrong := next((name for name, fine in known.items() if not fine), None):
        raise Refusal("dispatch.bad_demand", field=wrong)
    await Demand.update_or_create(
        scope=scope, key=key, what=what, code=code, defaults={"level": level, "quantity": quantity}
    )


async def remove_demand(demand_id: int) -> tuple[str, str]:
    """What it hung on: scope and key."""
    row = await Demand.get_or_none(id=demand_id)
    if row is None:
        raise NotFound("dispatch.demand", id=demand_id)
    current().actor.require("orders.dispatch" if row.scope == "order" else "company.edit")
    await row.delete()
    return row.scope, row.key


async def add_stop(member_id: int, customer_id: int, site_id: int | None = None, reason: str = "") -> None:
    """Not to send this technician there any more; jobs they have already stay theirs. `dispatch.bad_stop`."""
    w = current()
    w.actor.require("customers.edit")
    sql = """SELECT 1 FROM people_members m, customers_customers c WHERE m.id = $1 AND c.id = $2
      AND ($3::bigint IS NULL OR EXISTS (SELECT FROM customers_sites s WHERE s.id = $3 AND s.customer_id = c.id))"""
    if not await w.fetch(sql, member_id, customer_id, site_id):
        raise Refusal("dispatch.bad_stop", field="site")
    if await Stop.exists(member_id=member_id, customer_id=customer_id, site_id=site_id):
        raise Refusal("dispatch.stop_known", field="member")
    values: Mapping[str, Any] = {"member_id": member_id, "customer_id": customer_id, "site_id": site_id}
    await Stop.create(**values, reason=reason.strip()[:300], created_at=w.now)


async def remove_stop(stop_id: int) -> None:
    current().actor.require("customers.edit")
    if not await Stop.filter(id=stop_id).delete():
        raise NotFound("dispatch.stop", id=stop_id)
