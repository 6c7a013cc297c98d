"""Deals, tickets and orders of other systems: a new one becomes an order, news of a known one are told to its team."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from core.chats import actions as chats
from core.customers.actions import private_customer
from core.kernel.actor import Actor
from core.kernel.work import acting
from core.orders import actions as orders
from core.orders.rules import LEVELS
from core.sources import actions, requests
from core.sources.follow.result import Result
from core.sources.follow.seen import seen
from core.sources.kept import Kept
from core.sources.mapping import Mapped, brings_order, mapped, paths_of
from core.sources.matching import Place, match_place, telephone
from core.sources.queries import SourceView, order_of
from core.sources.reads.talk import Thing, named, ref

NEWS = ("title", "status", "text", "value", "by")


async def follow(
    source: SourceView, key: str, event: Mapping[str, Any], kept: Kept, things: Mapping[str, Thing | None]
) -> Result:
    """What the system's API knows nothing of makes no order; what we asked for ourselves is no news."""
    thing, name = things.get(ref(event)), str(event.get("event") or "")
    found = mapped(seen(source, event, kept, thing), paths_of(source.needs, source.mapping, read=thing is not None))
    if not found.external and (source.needs.polled or thing is not None):
        found = replace(found, external=named(event))
    known = await order_of(source.id, found.external)
    if known is not None and (thing is not None or source.needs.polled):
        return Result("known", known)
    if known is not None:
        return await _news(source, key, event, known)
    if not brings_order(source.needs, source.mapping, name):
        return Result("nothing")
    if thing is None and ref(event) in things:
        return Result("nothing", facts={"why": "not there"})
    return await bring(source, "order", found.external or key, found, proved=thing is not None)


async def bring(
    source: SourceView,
    kind: str,
    external: str,
    found: Mapped,
    more: Mapping[str, Any] | None = None,
    *,
    proved: bool = False,
) -> Result:
    """An order when all that it needs is known and the delivery is believed, or `proved` by the system's API; else a
    dispatcher looks at it."""
    if (known := await order_of(source.id, external)) is not None:
        return Result("known", known)
    if found.urgency not in LEVELS:
        found = replace(found, urgency=str(source.mapping.get("urgency") or "normal"))
    place = await match_place(found, source.mapping)
    missing = _missing(found, place)
    if missing or (source.needs.trust == "path" and not proved):
        usual = {name: source.mapping.get(name) for name in ("customer_id", "site_id")}
        facts = {**asdict(found), "external": external, "missing": missing, "usual": usual, **(more or {})}
        await requests.ask(source.id, f"{kind}:{external}", kind, "waiting", telephone(found.phone), facts)
        return Result("request", facts={"missing": missing})
    if place.customer_id is None:
        customer_id, contact_id = await private_customer(found.name or found.phone, found.phone)
        place = Place(customer_id, None, contact_id)
    order_id = await requests.create_order(source.id, kind, external, found, place)
    waiting = await requests.request_of(source.id, f"{kind}:{external}")
    if waiting is not None and waiting.state != "done":
        await requests.settle(waiting.id, order_id)
    return Result("order", order_id)


def _missing(found: Mapped, place: Place) -> list[str]:
    """Words, whose order it is, and where: a telephone number makes its owner a private customer."""
    missing = [] if found.words else ["words"]
    if place.customer_id is None and not telephone(found.phone):
        missing.append("customer")
    if place.site_id is None and not found.address:
        missing.append("site")
    return missing


async def _news(source: SourceView, key: str, event: Mapping[str, Any], order_id: int) -> Result:
    """In the other system's own words; a status is told, not followed."""
    if not await actions.first_time(source.id, f"news:{key}"):
        return Result("seen", order_id)
    told = [str(event[name]) for name in NEWS if event.get(name)]
    text = "\n".join([str(event.get("event") or ""), *told])[: chats.MAX_TEXT]
    async with acting(Actor("system", 0, frozenset({"*"}), name=source.name)):
        await orders.note(order_id, "external.news", {"source": source.name, "text": " · ".join(told)[:500]})
        await chats.post(order_id, "team", text)
    return Result("news", order_id)
