"""Look for orders of one trouble, make them one, and part them again."""

from dataclasses import asdict
from typing import Any

import orjson

from core import events
from core.chats import actions as chats
from core.kernel.errors import NotFound, Refusal
from core.kernel.read import parsed
from core.kernel.work import current, emit
from core.orders import actions as orders
from core.sources import actions as sources
from core.twins.queries import candidates, waiting
from core.twins.rules import MOST_ASKED, keep_of, likeness

_MEET = "SELECT pg_advisory_xact_lock(hashtextextended('twins:' || customer_id, 0)) FROM orders_orders WHERE id = $1"
_MEET_PAIR = """
SELECT pg_advisory_xact_lock(hashtextextended('twins:' || o.customer_id, 0))
FROM twins_pairs p JOIN orders_orders o ON o.id = p.newer_id WHERE p.id = $1
"""
_PAIR = """
INSERT INTO twins_pairs (older_id, newer_id, score, signs, state, revision, created_at, settled_by)
VALUES (least($1::bigint, $2), greatest($1::bigint, $2), $3, $4::jsonb, 'open', 1, $5, '')
ON CONFLICT (older_id, newer_id) DO NOTHING RETURNING id
"""


async def look(order_id: int) -> list[int]:
    """Write down the likeliest twins of an open order that nobody was asked about yet, so many that people are asked
    about `MOST_ASKED`; the new pairs. Orders that come in at one moment look one after the other, so that the second
    sees the first."""
    w = current()
    await w.execute(_MEET, order_id)
    found = await candidates(order_id)
    if found is None or (room := MOST_ASKED - await waiting(order_id)) <= 0:
        return []
    alike = [(likeness(found[0], told), other_id) for other_id, told in found[1].items()]
    likely = sorted((-like.score, other_id, like) for like, other_id in alike if like.is_likely)
    made: list[int] = []
    for _, other_id, like in likely[:room]:
        signs = orjson.dumps([asdict(sign) for sign in like.signs]).decode()
        made += [row["id"] for row in await w.fetch(_PAIR, order_id, other_id, like.score, signs, w.now)]
    for pair_id in made:
        await emit(events.PairChanged(pair_id))
    return made


async def apart(pair_id: int) -> None:
    """They are two troubles; the newer one may be the next likely one's twin. `twins.settled` when somebody was
    quicker. Who looks for twins writes of orders next: so it is waited for before they are locked."""
    await current().execute(_MEET_PAIR, pair_id)
    row = await _open_pair(pair_id)
    await _settle(pair_id, "apart")
    await look(row["newer_id"])


async def merge_pair(pair_id: int) -> int:
    """Make the pair one order; the number that goes on (see `rules.keep_of`)."""
    row = await _open_pair(pair_id)
    keep, drop = keep_of(row["older_id"], row["older_state"], row["newer_id"], row["newer_state"])
    await merge(keep, drop)
    return keep


async def merge(keep: int, drop: int) -> int:
    """`drop` ends and goes on as `keep`: messages, files, machines and the things of other systems go along. The
    merge's id. Refusals as in `orders.fold`."""
    w = current()
    moved: dict[str, Any] = await orders.fold(keep, drop)
    moved["messages"] = await chats.carry(drop, keep)
    moved["links"] = await sources.carry(drop, keep)
    sql = "INSERT INTO twins_merges (keep_id, drop_id, moved, by, at, undone_by) VALUES ($1, $2, $3::jsonb, $4, $5, '')"
    told = orjson.dumps(moved).decode()
    merge_id = int(await w.fetchval(f"{sql} RETURNING id", keep, drop, told, w.actor.name, w.now))
    if (pair_id := await _pair_between(keep, drop)) is not None:
        await _settle(pair_id, "merged")
    await emit(events.OrderMerged(drop, keep, f"→ № {keep}"))
    return merge_id


async def unmerge(drop: int) -> int:
    """Everything that went along comes back; the number that it had gone into. Refusals as in `orders.unfold`."""
    w = current()
    sql = "SELECT id, keep_id, moved FROM twins_merges WHERE drop_id = $1 AND undone_at IS NULL FOR UPDATE"
    row = await w.fetchrow(sql, drop)
    if row is None:
        raise Refusal("orders.not_merged", number=drop)
    keep, moved = int(row["keep_id"]), parsed(row["moved"])
    await orders.unfold(keep, drop, moved)
    await chats.carry(keep, drop, moved["messages"])
    await sources.carry(keep, drop, moved["links"])
    sql = "UPDATE twins_merges SET undone_by = $2, undone_at = $3 WHERE id = $1 AND undone_at IS NULL"
    await w.execute(sql, row["id"], w.actor.name, w.now)
    if (pair_id := await _pair_between(keep, drop)) is not None:
        await _settle(pair_id, "apart")
    return keep


_STATES = """
SELECT p.*, o.state AS older_state, n.state AS newer_state FROM twins_pairs p
JOIN orders_orders o ON o.id = p.older_id JOIN orders_orders n ON n.id = p.newer_id WHERE p.id = $1
"""


async def _open_pair(pair_id: int) -> Any:
    """The pair, with both its orders held. NotFound twins; `twins.settled` when somebody was quicker."""
    w = current()
    w.actor.require("orders.dispatch")
    found = await w.fetchrow("SELECT older_id, newer_id FROM twins_pairs WHERE id = $1", pair_id)
    if found is None:
        raise NotFound("twins", id=pair_id)
    await orders.locked_order(found["older_id"])
    await orders.locked_order(found["newer_id"])
    row = await w.fetchrow(_STATES, pair_id)
    assert row is not None
    if row["state"] != "open":
        raise Refusal("twins.settled", who=row["settled_by"] or "—")
    return row


async def _pair_between(one: int, other: int) -> int | None:
    sql = "SELECT id FROM twins_pairs WHERE older_id = least($1::bigint, $2) AND newer_id = greatest($1::bigint, $2)"
    found: int | None = await current().fetchval(sql, one, other)
    return found


async def _settle(pair_id: int, state: str) -> None:
    w = current()
    sql = """UPDATE twins_pairs SET state = $2, settled_by = $3, settled_at = $4, revision = revision + 1
             WHERE id = $1"""
    await w.execute(sql, pair_id, state, w.actor.name, w.now)
    await emit(events.PairChanged(pair_id))
