"""What a token of the API may be, and what its scopes let it do. Pure.

A token reads `nrd_<id in base 62>_<32 random characters>`: the id finds the row, the digest of the whole proves it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from core.kernel.actor import Actor
from core.kernel.errors import Refusal
from core.kernel.ids import unbase62

PREFIX = "nrd"
MAX_NAME = 100
MAX_LENGTH = 80
PER_MINUTE = 120
MOST_PER_MINUTE = 6000
LONGEST = timedelta(days=3650)
SEEN_EVERY = timedelta(minutes=1)
KEPT_ANSWERS = timedelta(days=7)

SCOPES: dict[str, tuple[str, ...]] = {
    "orders:read": (),
    "orders:write": ("orders.create", "orders.dispatch", "chats.team"),
    "customers:read": (),
    "sites:read": (),
    "sites:write": ("customers.edit",),
    "assets:read": (),
    "assets:write": ("assets.edit",),
    "files:read": (),
    "files:write": (),
    "events:read": (),
}
"""Scope → what it adds to a token that may read. The door of the API asks for scopes; rooms ask for these."""


def check_name(text: str) -> str:
    """Refusal tokens.no_name."""
    name = " ".join(text.split())[:MAX_NAME]
    if not name:
        raise Refusal("tokens.no_name", field="name")
    return name


def check_scopes(given: Iterable[str]) -> list[str]:
    """In the order of `SCOPES`, each once. Refusals tokens.no_scopes, tokens.bad_scope."""
    wanted = set(given)
    if unknown := wanted - SCOPES.keys():
        raise Refusal("tokens.bad_scope", scope=min(unknown)[:40], field="scope")
    if not wanted:
        raise Refusal("tokens.no_scopes", field="scope")
    return [scope for scope in SCOPES if scope in wanted]


def check_expiry(expires_at: datetime | None, now: datetime) -> datetime | None:
    """Refusal tokens.bad_expiry for a moment that is past, or more than ten years ahead."""
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise Refusal("tokens.bad_expiry", field="expires")
    return expires_at


def check_rate(per_minute: int) -> int:
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Refusal("tokens.bad_rate", low=1, high=MOST_PER_MINUTE, field="per_minute")
    return per_minute


def id_of(text: str) -> int | None:
    """The row that a token names; None for what is no token of ours."""
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    prefix, _, rest = text.partition("_")
    number, _, secret = rest.partition("_")
    return unbase62(number) if prefix == PREFIX and secret else None


def actor_for(token_id: int, name: str, scopes: Collection[str]) -> Actor:
    """Who acts: everything may be read within the rooms, for the door has asked for the scope."""
    granted = {permission for scope in scopes for permission in SCOPES.get(scope, ())}
    return Actor("token", token_id, frozenset({"orders.see_all", *granted}), name=name)
