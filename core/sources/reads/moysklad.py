"""МойСклад customers' orders, JSON API 1.2 with an access token; the address is built here and never taken from a
delivery. The counterparty comes unfolded in the same answer, which is packed whatever one asks for. The vendor bears 45
questions in three seconds. Source: vendor documentation of the customer order; never tried on a live account."""

import re
from collections.abc import Mapping
from typing import Any

from core.sources.mapping import at, plain
from core.sources.polls.page import get
from core.sources.queries import SourceView
from core.sources.reads.talk import Question, Talk, Thing, door, named, own_fields, person, whole

GAP_S = 0.1
HEADERS = {"Accept": "application/json;charset=utf-8", "Accept-Encoding": "gzip"}
"""Others are refused."""
_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def read(source: SourceView, event: Mapping[str, Any], known: Thing | None) -> Talk | None:
    found, number = door(source), named(event)
    is_order = str(event.get("event") or "").startswith("crm.order.")
    return _order(*found, number) if found is not None and is_order and _ID.fullmatch(number) else None


def _order(base: str, token: str, number: str) -> Talk:
    headers = {"Authorization": f"Bearer {token}", **HEADERS}
    said = yield Question(get(f"{base}/api/remap/1.2/entity/customerorder/{number}", {"expand": "agent"}, headers))
    order = whole(said, "id", number)
    agent = order.get("agent")
    return {
        **order,
        "customer": plain(at(agent, "inn")) or plain(at(agent, "name")),
        "contact": person(at(agent, "name"), at(agent, "phone"), at(agent, "email")),
        "fields": own_fields(order.get("attributes"), "name", "value"),
    }
