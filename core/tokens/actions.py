"""Make and revoke tokens; remember what a request was answered, so that its copy does nothing."""

from dataclasses import dataclass
from datetime import datetime

from core.kernel import ids
from core.kernel.errors import NotFound, Refusal
from core.kernel.hints import broadcast
from core.kernel.work import current
from core.tokens import rules
from core.tokens.models import Reply, Token

TOKENS = "tokens"
"""The hint that there is a new one."""


async def make(
    name: str, scopes: list[str], expires_at: datetime | None = None, per_minute: int = rules.PER_MINUTE
) -> tuple[int, str]:
    """A new token: its id, and its text, to be told once. Refusals as in `rules`. What happens from now on is written
    down for it to read."""
    w = current()
    w.actor.require("company.edit")
    row = await Token.create(
        name=rules.check_name(name),
        digest="",
        scopes=rules.check_scopes(scopes),
        per_minute=rules.check_rate(per_minute),
        expires_at=rules.check_expiry(expires_at, w.now),
        created_by=w.actor.party,
        created_at=w.now,
    )
    text = f"{rules.PREFIX}_{ids.base62(row.id)}_{ids.token()}"
    await Token.filter(id=row.id).update(digest=ids.digest(text))
    w.on_commit(lambda: broadcast(TOKENS))
    return int(row.id), text


async def revoke(token_id: int) -> None:
    """It opens nothing from the commit on. A second time changes nothing."""
    w = current()
    w.actor.require("company.edit")
    if not await Token.exists(id=token_id):
        raise NotFound("tokens", id=token_id)
    await Token.filter(id=token_id, revoked_at=None).update(revoked_at=w.now)


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered before."""

    status: int
    body: str


_FIRST = """
INSERT INTO tokens_replies (token_id, key, digest, status, body, created_at) VALUES ($1, $2, $3, 0, '', $4)
ON CONFLICT (token_id, key) DO NOTHING
"""


async def begin(token_id: int, key: str, digest: str) -> Given | None:
    """Take the key for this request, in the work that does it; what was answered when it was done before. Waits while
    a copy is being done. `tokens.key_reused` when the key stood for another request."""
    w = current()
    if await w.execute(_FIRST, token_id, key, digest, w.now):
        return None
    known = "SELECT digest, status, body FROM tokens_replies WHERE token_id = $1 AND key = $2"
    row = await w.fetchrow(known, token_id, key)
    if row is None or row["digest"] != digest:
        raise Refusal("tokens.key_reused")
    return Given(row["status"], row["body"])


async def answered(token_id: int, key: str, status: int, body: str) -> None:
    """Keep the answer with what was done."""
    await Reply.filter(token_id=token_id, key=key).update(status=status, body=body)


async def purge(before: datetime, batch: int = 1000) -> int:
    """Forget old answers; how many there were."""
    sql = """DELETE FROM tokens_replies WHERE id IN
      (SELECT id FROM tokens_replies WHERE created_at < $1 ORDER BY created_at LIMIT $2)"""
    return await current().execute(sql, before, batch)
