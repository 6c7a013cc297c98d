"""A system that exchanges files with us in one conversation of many requests: the pieces of its files until they are
whole, and which of our orders it has taken. All in the running work; any process goes on with what another began."""

from collections.abc import Mapping

from core.kernel.errors import Refusal
from core.kernel.work import current
from core.sources import actions
from core.sources.vault import seal, unseal

MOST_WAITING = 64 << 20
MOST_FILES = 100

_DROP = "DELETE FROM sources_pieces WHERE source_id = $1 AND session = $2 AND name = $3"
_ROOM = """
SELECT coalesce(sum(length(body)), 0) AS bytes,
  count(DISTINCT name) FILTER (WHERE session = $2 AND name <> $3) AS files
FROM sources_pieces WHERE source_id = $1
"""


async def put(source_id: str, session: str, name: str, body: bytes, *, anew: bool = False) -> None:
    """One more piece of a file; `anew`: its first, and what came before it counts no more. Refusals
    sources.exchange_full, sources.exchange_files."""
    w = current()
    if anew:
        await w.execute(_DROP, source_id, session, name)
    await w.execute("DELETE FROM sources_pieces WHERE source_id = $1 AND at < $2", source_id, w.now - actions.PIECES)
    room = (await w.fetch(_ROOM, source_id, session, name))[0]
    if room["bytes"] + len(body) > MOST_WAITING:
        raise Refusal("sources.exchange_full")
    if room["files"] >= MOST_FILES:
        raise Refusal("sources.exchange_files")
    sql = "INSERT INTO sources_pieces (source_id, session, name, body, at) VALUES ($1, $2, $3, $4, $5)"
    await w.execute(sql, source_id, session, name, seal(source_id, body), w.now)


async def files(source_id: str, session: str) -> list[str]:
    """The names of this conversation's files, in the order in which they began."""
    sql = "SELECT name FROM sources_pieces WHERE source_id = $1 AND session = $2 GROUP BY name ORDER BY min(id)"
    return [row["name"] for row in await current().fetch(sql, source_id, session)]


async def whole(source_id: str, session: str, name: str) -> bytes | None:
    """All that came of a file; nothing of one that was taken, None when there is none. Raises vault.Locked."""
    sql = "SELECT body FROM sources_pieces WHERE source_id = $1 AND session = $2 AND name = $3 ORDER BY id"
    rows = await current().fetch(sql, source_id, session, name)
    return b"".join(unseal(source_id, bytes(row["body"])) for row in rows) if rows else None


async def file_taken(source_id: str, session: str, name: str) -> None:
    """Its bytes go, its name stays: to ask for it again is no mistake."""
    await put(source_id, session, name, b"", anew=True)


_OFFER = """
INSERT INTO sources_given (source_id, order_id, session, offered)
SELECT $1, u.id, $2, u.revision FROM unnest($3::bigint[], $4::bigint[]) AS u(id, revision)
ON CONFLICT (source_id, order_id) DO UPDATE SET session = excluded.session, offered = excluded.offered
"""


async def offer(source_id: str, session: str, revisions: Mapping[int, int]) -> None:
    """These orders, each as it is at its revision, were told in this conversation."""
    numbers = sorted(revisions)
    await current().execute(_OFFER, source_id, session, numbers, [revisions[number] for number in numbers])


_TAKEN = """
UPDATE sources_given g SET taken = g.offered, session = '' WHERE g.source_id = $1 AND g.session = $2
RETURNING g.order_id, NOT EXISTS (
  SELECT FROM sources_links l WHERE l.source_id = g.source_id AND l.order_id = g.order_id) AS unnamed
"""


async def taken(source_id: str, session: str, ours: str) -> int:
    """It has them: they are told again only when they change. An order that had no name there has ours from now on,
    `ours` and its number, so that what comes back of it is news of it. How many there were."""
    rows = await current().fetch(_TAKEN, source_id, session)
    for row in rows:
        if row["unnamed"]:
            await actions.link(source_id, f"{ours}{row['order_id']}", row["order_id"])
    return len(rows)
