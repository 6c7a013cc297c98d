"""Forbid channels for a customer; tell by another channel what nobody heard; words by telephone to our own people."""

from datetime import datetime, timedelta
from typing import Any

from core.channels.models import CustomerChannels
from core.channels.queries import Route, route_of
from core.channels.rules import (
    CRITICAL,
    OUTLASTS,
    REPORTED,
    RESENT,
    after,
    check_channels,
    member_of,
    number_of,
    order_of,
    told_by,
)
from core.company.queries import company
from core.events import ContactUnreached
from core.kernel.actor import contact, member
from core.kernel.read import fetchrow, fetchval
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.outbox.actions import say, tell
from core.outbox.keys import notice_of
from core.outbox.sending import arrived, block, bounced
from core.timers.actions import Due, cancel_timer, on_timer, set_timer

UNHEARD = "channels.unheard"


async def choose(customer_id: int, forbidden: list[str], ranks: list[str]) -> None:
    """By whoever keeps customers. Refusal channels.unknown."""
    current().actor.require("customers.edit")
    values = {"forbidden": check_channels(forbidden), "ranks": check_channels(ranks)}
    await CustomerChannels.update_or_create(defaults=values, customer_id=customer_id)


async def post(order_id: int, screen: str, facts: dict[str, Any], **options: Any) -> None:
    """Tell the order's contact. What is critical is told by the next channel unless they react in time; what can't be
    told at all waits in the bot that they closed."""
    route = await route_of(order_id)
    if route is None:
        return
    channel = told_by(screen, route.channels, route.carried) or ("bot" if route.waits else None)
    if channel is None:
        return
    _send(route, channel, screen, facts, **options)
    if screen in CRITICAL and options.get("revision", 0) < 2:
        left = [one for one in route.channels if one != channel]
        if left:
            await _wait(order_id, screen, facts, left)


def _send(route: Route, channel: str, screen: str, facts: dict[str, Any], **options: Any) -> None:
    if channel == "bot":
        tell(contact(route.contact_id), "customer", screen, facts, **options)
    elif options.get("revision", 0) < 2:
        once = "resend" if channel in RESENT else "skip"
        party = contact(route.contact_id)
        say(
            channel, route.contact_id, screen, facts, party=party, locale=route.locale, zone=route.zone, on_unknown=once
        )


async def _wait(order_id: int, screen: str, facts: dict[str, Any], left: list[str]) -> None:
    minutes = int((await company()).rule("reaction_minutes"))
    data = {"order": order_id, "screen": screen, "facts": facts, "left": left, "since": current().now.isoformat()}
    await set_timer(UNHEARD, f"{order_id}:{screen}", current().now + timedelta(minutes=minutes), data)


async def heard(order_id: int) -> None:
    """The customer reacted: nothing needs to be told again."""
    await cancel_timer(UNHEARD, *(f"{order_id}:{screen}" for screen in CRITICAL))


@on_timer(UNHEARD)
async def unheard(due: Due) -> None:
    await _next(due.data["order"], due.data["screen"], due.data["facts"], due.data["left"])


async def _next(
    order_id: int, screen: str, facts: dict[str, Any], left: list[str], *, never_told: bool = False
) -> bool:
    """The first of `left` that still works; what is no news once the order is over is told no more. What was
    `never_told` and nobody can tell now waits in the bot that they closed. False when somebody should have been told
    and was not."""
    route = await route_of(order_id)
    if route is None or await _is_over(order_id, screen):
        return True
    channel = told_by(screen, [one for one in left if one in route.channels], route.carried)
    if channel is None:
        if never_told and route.waits:
            _send(route, "bot", screen, facts)
        return False
    _send(route, channel, screen, facts)
    rest = after(channel, left)
    if rest and screen in CRITICAL:
        await _wait(order_id, screen, facts, rest)
    else:
        await cancel_timer(UNHEARD, f"{order_id}:{screen}")
    return True


async def _is_over(order_id: int, screen: str) -> bool:
    if screen in OUTLASTS:
        return False
    state = await fetchval("SELECT state FROM orders_orders WHERE id = $1", order_id)
    over = ("closed", "cancelled") if screen == "customer.sign" else ("done", "closed", "cancelled")
    return state in over


async def word(channel: str, member_id: int, screen: str, order_id: int, *, until: datetime, **facts: Any) -> None:
    """A few words by SMS or a call to one of ours, who reads the rest in the bot. A call that may have been made is not
    made again, and none is made after `until`."""
    row = await fetchrow("SELECT locale, zone FROM people_members WHERE id = $1", member_id)
    if row is not None:
        where = {"party": member(member_id), "locale": row["locale"], "zone": row["zone"], "on_unknown": "skip"}
        facts |= {"order_number": order_id, "until": until.isoformat()}
        say(channel, number_of(member_id), screen, facts, **where)


async def failed(
    channel: str, chat_id: int, order_id: int, screen: str, facts: dict[str, Any], why: str, *, lasting: bool = True
) -> bool:
    """The notice goes by the next channel at once; False when there is none. A refusal that is `lasting` blocks the
    channel for this contact. One to our own people stands in the order's timeline."""
    if (member_id := member_of(chat_id)) is not None:
        name = await fetchval("SELECT name FROM people_members WHERE id = $1", member_id)
        facts = {"how": channel, "names": [name or ""], "why": "failed", "reason": why[:300]}
        await orders.note(order_id, "dispatch.unreached", facts)
        return False
    route = await route_of(order_id)
    if lasting:
        await block(channel, chat_id, why[:300])
    if route is None or route.contact_id != chat_id:
        return False
    return await _next(order_id, screen, facts, after(channel, route.channels), never_told=True)


async def undelivered(key: str, why: str, *, lasting: bool) -> int | None:
    """The vendor took a word and could not deliver it: the next channel tells it. The order's number; None
    for a key that is not ours, and for what was reported before."""
    notice_id = notice_of(key)
    lost = await bounced(REPORTED, notice_id, why) if notice_id else None
    number = order_of(lost.facts) if lost else None
    if lost is None or number is None:
        return None
    told = await failed(lost.bot, lost.chat_id, number, lost.screen, lost.facts, why, lasting=lasting)
    if not told and member_of(lost.chat_id) is None:
        await emit(ContactUnreached(number, lost.chat_id, why))
    return number


async def delivered(key: str) -> None:
    """The vendor says that a word reached its number: what it reports of it afterwards is not believed."""
    if notice_id := notice_of(key):
        await arrived(REPORTED, notice_id)
