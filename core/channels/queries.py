"""How the contact of an order can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core import ports
from core.channels.rules import CHANNELS, MESSENGERS, OUTSIDE, TEMPLATED, ranked
from core.company.queries import company
from core.kernel.read import fetchrow, parsed
from core.sources.talks import is_open, person_of


@dataclass(frozen=True, slots=True)
class Route:
    """`channels` in the order in which they are tried. `waits`: they closed their chat with the bot; what is told there
    comes when they open it again. `carried`: the screens that a messenger takes now, where it does not take all."""

    contact_id: int
    locale: str
    zone: str
    channels: tuple[str, ...]
    waits: bool
    carried: Mapping[str, frozenset[str]] = field(default_factory=dict)


_ROUTE = """
SELECT k.id, k.email, k.phone, k.locale, o.source, x.forbidden, x.ranks,
  (SELECT bool_and(a.blocked_at IS NOT NULL) FROM outbox_addresses a
   WHERE a.party = 'contact:' || k.id AND a.bot = 'customer') AS closed,
  ARRAY(SELECT s.bot FROM outbox_senders s WHERE s.chat_id = k.id AND s.blocked_at IS NOT NULL
        AND s.bot = ANY($2::text[])) AS blocked
FROM orders_orders o JOIN customers_contacts k ON k.id = o.contact_id
LEFT JOIN channels_customers x ON x.customer_id = o.customer_id WHERE o.id = $1
"""


async def route_of(order_id: int) -> Route | None:
    """None for an order without a contact."""
    row = await fetchrow(_ROUTE, order_id, ["email", *OUTSIDE])
    if row is None:
        return None
    ours = await company()
    reach = {"bot"} if row["closed"] is False else set()
    if row["email"] and ports.mailer() is not None:
        reach.add("email")
    if row["phone"]:
        reach |= {name for name in ("sms", "voice") if ports.texter(name) is not None}
    reach |= await _messengers(row["id"], row["phone"])
    ranks = parsed(row["ranks"]) or str(ours.rule("channels")).split()
    forbidden = parsed(row["forbidden"]) or []
    order = ranked(row["source"], reach - set(row["blocked"]), forbidden, ranks)
    waits = bool(row["closed"]) and "bot" not in forbidden
    return Route(row["id"], row["locale"], ours.zone, order, waits, await _carried(order, row["phone"]))


async def _messengers(contact_id: int, phone: str) -> set[str]:
    """By their telephone, or because they wrote to us there."""
    powers = {name: power for name in MESSENGERS if (power := ports.messenger(name)) is not None}
    known = {name for name, power in powers.items() if power.by_phone and phone}
    asked = [name for name, power in powers.items() if not power.by_phone]
    return known | {name for name in asked if await person_of(name, powers[name].account, contact_id)}


async def _carried(channels: tuple[str, ...], phone: str) -> dict[str, frozenset[str]]:
    """Of a messenger that lets any words go for a day only, in which they did not write since: the screens that have a
    template."""
    found = {}
    for name in channels:
        power = ports.messenger(name)
        if power is not None and power.by_phone and not await is_open(name, power.account, phone):
            found[name] = frozenset(screen for screen in TEMPLATED if power.template(screen))
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What a customer's card says of channels."""

    forbidden: tuple[str, ...]
    ranks: tuple[str, ...]


async def choice_of(customer_id: int) -> Choice:
    row = await fetchrow("SELECT forbidden, ranks FROM channels_customers WHERE customer_id = $1", customer_id)
    if row is None:
        return Choice((), ())
    return Choice(tuple(parsed(row["forbidden"])), tuple(one for one in parsed(row["ranks"]) if one in CHANNELS))
