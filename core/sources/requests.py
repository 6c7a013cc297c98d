"""What waits for a dispatcher: calls that ring or were missed, messages, orders that lack something."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from core.customers.actions import guest, private_customer
from core.events import RequestChanged, RequestOverdue
from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import acting, current, emit
from core.orders import actions as orders
from core.orders.rules import LEVELS
from core.sources import actions, talks
from core.sources.mapping import Mapped
from core.sources.matching import Place, match_place, telephone
from core.sources.models import Request, Source
from core.sources.queries import short
from core.sources.rules import MESSENGERS
from core.timers.actions import Due, cancel_timer, on_timer, set_timer

OVERDUE = "sources.callback"
WAITING = ("ringing", "answered", "missed", "waiting")
ORDER_SOURCES = {"call": "phone", "message": "message", "letter": "mail", "order": "crm", "form": "form"}
PHONE_LENGTH = 40
LONGEST_CALL = timedelta(days=1)
NEWEST, MOST_IN_BRIDGE = 5000, 50


async def ask(
    source_id: str,
    key: str,
    kind: str,
    state: str,
    phone: str = "",
    facts: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
) -> int:
    """Put something before the dispatchers, once per `key`; a known one is brought up to date unless it was settled.
    Its number."""
    w = current()
    row = await Request.select_for_update().get_or_none(source_id=source_id, key=short(key))
    if row is None:
        row = await Request.create(
            source_id=source_id,
            key=short(key),
            kind=kind,
            state=state,
            phone=phone[:PHONE_LENGTH],
            facts=dict(facts or {}),
            due_at=due_at,
            created_at=w.now,
        )
    elif row.state == "done":
        return int(row.id)
    else:
        row.state, row.facts, row.due_at = state, {**row.facts, **(facts or {})}, due_at or row.due_at
        row.revision += 1
        await row.save()
    await _clock(row)
    await emit(RequestChanged(row.id))
    return int(row.id)


async def request_of(source_id: str, key: str) -> Request | None:
    """The request of this key, held until the work ends."""
    return await Request.select_for_update().get_or_none(source_id=source_id, key=short(key))


async def note(row: Request, facts: Mapping[str, Any]) -> None:
    """All that is known of something, settled or not, from `request_of` or `calls_in`; nothing of it is shown anew."""
    row.facts = dict(facts)
    await row.save(update_fields=["facts"])


_IN_BRIDGE = """
SELECT id FROM sources_requests WHERE id > (SELECT coalesce(max(id), 0) FROM sources_requests) - $3
  AND source_id = $1 AND kind = 'call' AND facts->'bridges' ? $2 ORDER BY id DESC LIMIT $4
"""


async def calls_in(source_id: str, bridge: str) -> list[Request]:
    """The calls that stood in a bridge, of the newest requests, held until the work ends."""
    found = await current().fetch(_IN_BRIDGE, source_id, short(bridge), NEWEST, MOST_IN_BRIDGE)
    return await Request.select_for_update().filter(id__in=[row["id"] for row in found]).order_by("id")


async def open_calls(source_id: str) -> dict[str, str]:
    """The calls of a source that ring or are talked through, also those that are an order already and of whose end we
    have not heard: their state by their own names."""
    waits = Q(state__in=("ringing", "answered"))
    young = Q(state="done", order_id__isnull=False, created_at__gt=now() - LONGEST_CALL)
    rows = await Request.filter(waits | young, source_id=source_id, kind="call")
    return {row.key.removeprefix("call:"): row.state for row in rows if "ended" not in row.facts}


async def settle(request_id: int, order_id: int | None = None) -> None:
    """It waits no more: an order came of it, or somebody called back. NotFound requests, Refusal requests.settled."""
    w = current()
    row = await _waiting(request_id)
    row.state, row.order_id, row.settled_at, row.settled_by = "done", order_id, w.now, w.actor.party
    row.revision += 1
    await row.save()
    await _clock(row)
    await emit(RequestChanged(row.id))


async def settle_for(request_id: int) -> None:
    """A dispatcher says that it is done."""
    current().actor.require("orders.create")
    await settle(request_id)


async def make_order(request_id: int, customer_id: int | None = None, site_id: int | None = None) -> int:
    """One press: the order of a request, with what is known; the order's number. A stranger with a telephone becomes a
    private customer. Refusals: requests.settled, requests.no_customer, those of `orders.create`."""
    current().actor.require("orders.create")
    row = await _waiting(request_id)
    found = Mapped(**{name: row.facts[name] for name in Mapped.__slots__ if row.facts.get(name)} | {"phone": row.phone})
    place = Place(customer_id, site_id) if customer_id else await match_place(found, row.facts.get("usual") or {})
    if place.customer_id is None:
        place = await _stranger(row, found)
    if row.facts.get("talk"):
        place = await _talker(row, found, place)
    order_id = await create_order(row.source_id, row.kind, found.external or row.key, found, place, row.id)
    await settle(request_id, order_id)
    return order_id


async def _stranger(row: Request, found: Mapped) -> Place:
    """A private customer: by the telephone, else by the messenger in which they wrote, else by the address of e-mail
    that a form was given."""
    phone, email = telephone(row.phone), str(row.facts.get("email") or "")
    if row.facts.get("talk") and not phone:
        return await _talker(row, found, Place(None))
    if not phone and not email:
        raise Refusal("requests.no_customer")
    async with acting(SYSTEM):
        if email and (known := await current().fetchrow(_BY_EMAIL, email.lower())):
            return Place(known["customer_id"], None, known["id"])
        if phone:
            return Place(*_private(await private_customer(found.name or phone, phone)))
        contact_id = await guest(None, found.name or email, email=email)
        return Place(await _owner(contact_id), None, contact_id)


async def _talker(row: Request, found: Mapped, place: Place) -> Place:
    """Whoever wrote in a messenger that knows no telephones is told there: they are the contact that they were, else a
    new one of the customer."""
    channel, account, person = row.facts["talk"]
    contact_id, customer_id = place.contact_id, place.customer_id
    if contact_id is None:
        contact_id = await talks.contact_of(channel, account, person)
        owner = await _owner(contact_id)
        if owner is None or customer_id not in (None, owner):
            async with acting(SYSTEM):
                contact_id = await guest(customer_id, found.name or person)
            owner = await _owner(contact_id)
        customer_id = owner
    if contact_id is not None:
        await talks.belongs(channel, account, person, contact_id)
    return Place(customer_id, place.site_id, contact_id)


async def _owner(contact_id: int | None) -> int | None:
    found: int | None = await current().fetchval(_OWNER, contact_id)
    return found


_OWNER = "SELECT customer_id FROM customers_contacts WHERE id = $1"
_BY_EMAIL = """
SELECT k.id, k.customer_id FROM customers_contacts k JOIN customers_customers c ON c.id = k.customer_id AND c.active
WHERE k.email = $1 AND k.active ORDER BY k.guest, k.id DESC LIMIT 1
"""


def _private(made: tuple[int, int]) -> tuple[int, None, int]:
    return made[0], None, made[1]


async def create_order(
    source_id: str, kind: str, external: str, found: Mapped, place: Place, request_id: int | None = None
) -> int:
    """An order of what another system said, once per its id there."""
    if place.customer_id is None:
        raise Refusal("requests.no_customer")
    words = found.words or found.phone or found.name or external
    order_id = await orders.create(
        customer_id=place.customer_id,
        site_id=place.site_id,
        contact_id=place.contact_id,
        words=words,
        urgency=found.urgency if found.urgency in LEVELS else "normal",
        address="" if place.site_id else found.address,
        source=await _came_by(source_id, kind),
        key=order_key(source_id, external),
    )
    await actions.link(source_id, external, order_id)
    return order_id


async def _came_by(source_id: str, kind: str) -> str:
    """A message of a messenger in which we answer has the messenger's name."""
    known = await Source.get_or_none(id=source_id) if kind == "message" else None
    return known.kind if known is not None and known.kind in MESSENGERS else ORDER_SOURCES.get(kind, "crm")


def order_key(source_id: str, external: str) -> str:
    """Our order's own name of their thing: within its 64 characters."""
    from hashlib import sha256

    return "hook:" + sha256(f"{source_id}\n{external}".encode("utf-8", "surrogatepass")).hexdigest()[:48]


async def _waiting(request_id: int) -> Request:
    row = await Request.select_for_update().get_or_none(id=request_id)
    if row is None:
        raise NotFound("requests", id=request_id)
    if row.state == "done":
        raise Refusal("requests.settled", number=row.order_id or 0)
    return row


async def _clock(row: Request) -> None:
    if row.state == "missed" and row.due_at is not None:
        await set_timer(OVERDUE, row.id, row.due_at)
    else:
        await cancel_timer(OVERDUE, row.id)


@on_timer(OVERDUE)
async def overdue(due: Due) -> None:
    row = await Request.get_or_none(id=int(due.key))
    if row is not None and row.state == "missed":
        await emit(RequestOverdue(row.id))
