"""Whose token it is, and which there are."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from core.kernel import ids
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.database import pool
from core.kernel.read import fetchrow, parsed
from core.tokens import rules
from core.tokens.models import Token


@dataclass(frozen=True, slots=True)
class Holder:
    """Who calls: the actor of this token, its scopes, and how often it may call."""

    id: int
    actor: Actor
    scopes: frozenset[str]
    per_minute: int


_TOKEN = (
    "SELECT name, digest, scopes, per_minute, expires_at, revoked_at, last_used_at FROM tokens_tokens WHERE id = $1"
)


async def holder_of(text: str) -> Holder | str:
    """The holder, or why it opens nothing: unknown, revoked, expired. Outside any work; marks the use once a minute.

    The digest is compared in constant time whether the row is there or not.
    """
    token_id, moment = rules.id_of(text), now()
    row = await fetchrow(_TOKEN, token_id) if token_id is not None else None
    stored = row["digest"] if row is not None else ids.digest("")
    same = hmac.compare_digest(stored, ids.digest(text))
    if row is None or token_id is None or not same:
        return "unknown"
    if row["revoked_at"] is not None:
        return "revoked"
    if row["expires_at"] is not None and row["expires_at"] <= moment:
        return "expired"
    if row["last_used_at"] is None or row["last_used_at"] < moment - rules.SEEN_EVERY:
        await pool().execute("UPDATE tokens_tokens SET last_used_at = $2 WHERE id = $1", token_id, moment)
    scopes = frozenset(parsed(row["scopes"]))
    return Holder(token_id, rules.actor_for(token_id, row["name"], scopes), scopes, row["per_minute"])


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as the administrator sees it. `state`: live, expired, revoked."""

    id: int
    name: str
    scopes: tuple[str, ...]
    per_minute: int
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


async def tokens() -> list[TokenView]:
    """Those that open something first, the newest first."""
    found = [_view(row) for row in await Token.all().order_by("-id")]
    return sorted(found, key=lambda one: one.state != "live")


def _view(row: Token) -> TokenView:
    over = row.expires_at is not None and row.expires_at <= now()
    state = "revoked" if row.revoked_at else "expired" if over else "live"
    return TokenView(
        row.id,
        row.name,
        tuple(row.scopes),
        row.per_minute,
        state,
        row.created_by,
        row.created_at,
        row.expires_at,
        row.last_used_at,
    )
