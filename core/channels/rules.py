"""By which channel a customer is told, and what is tried when it fails. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.kernel.errors import Refusal

CHANNELS = ("bot", "email", "whatsapp", "max", "vk", "sms", "voice")
CAME_BY = {
    "telegram": "bot",
    "form": "email",
    "mail": "email",
    "phone": "sms",
    "message": "sms",
    "whatsapp": "whatsapp",
    "max": "max",
    "vk": "vk",
}
MESSENGERS = ("whatsapp", "max", "vk")
REPORTED = ("sms", "voice", "whatsapp")
"""Channels whose vendors tell later what became of a word."""
OUTSIDE = tuple(one for one in CHANNELS if one != "bot")
RESENT = ("email", "vk")
"""Channels in which a word that may have been told is told again: a letter twice is no harm, VK shows it once."""
TOLD = frozenset(
    f"customer.{name}"
    for name in (
        *("received", "assigned", "on_the_way", "arrived", "sign", "act", "finished"),
        *("cancelled", "rescheduled", "reopened", "merged", "unmerged", "message", "rate"),
    )
)
"""Screens that are told outside the bot; the others are a chat's own."""
CRITICAL = frozenset({"customer.on_the_way", "customer.arrived", "customer.sign"})
"""A customer who does not react to these is told by the next channel."""
OUTLASTS = frozenset(f"customer.{name}" for name in ("cancelled", "finished", "act", "rate", "message", "merged"))
"""What is still news when the order is over."""
COSTLY = {
    "sms": CRITICAL
    | {f"customer.{name}" for name in ("received", "assigned", "cancelled", "rescheduled", "merged", "unmerged")},
    "voice": CRITICAL,
}
"""What is worth a message that costs money."""
TEMPLATED = COSTLY["sms"] | {"customer.message"}
"""What is worth a messenger's template, which costs money too. A template holds one line of words."""
NONE: Mapping[str, Collection[str]] = {}


def number_of(member_id: int) -> int:
    """One of ours among those who are told by telephone: contacts have positive numbers."""
    return -member_id


def member_of(chat_id: int) -> int | None:
    """None for a contact."""
    return -chat_id if chat_id < 0 else None


def order_of(facts: Mapping[str, Any]) -> int | None:
    """The order's number in any notice's facts."""
    found = facts.get("order_number") or (facts.get("order") or facts).get("number")
    return int(found) if found else None


def after(channel: str, order: Sequence[str]) -> list[str]:
    """What is left to try when `channel` failed: those before it were tried."""
    return list(order[order.index(channel) + 1 :] if channel in order else order)


def ranked(source: str, reach: Collection[str], forbidden: Collection[str], ranks: Sequence[str]) -> tuple[str, ...]:
    """The channels to try, in order: the one that the customer came by, then those of `ranks`, of which they can be
    reached and that are not forbidden."""
    came = CAME_BY.get(source)
    wanted = [*([came] if came else []), *ranks]
    return tuple(one for one in dict.fromkeys(wanted) if one in reach and one not in forbidden)


def told_by(screen: str, order: Sequence[str], carried: Mapping[str, Collection[str]] = NONE) -> str | None:
    """The first channel that this screen is worth, and that can take it: `carried` names the screens of those channels
    that take only some today."""
    return next((one for one in order if one == "bot" or screen in carried.get(one, COSTLY.get(one, TOLD))), None)


def check_channels(names: Sequence[str]) -> list[str]:
    """Refusal channels.unknown."""
    if any(name not in CHANNELS for name in names):
        raise Refusal("channels.unknown")
    return list(dict.fromkeys(names))
