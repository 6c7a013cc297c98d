"""What follows from a delivery, in the transaction that finishes it. Doing it again does nothing twice: an order has
their id for its key, a request its call's, and what is said in a thread is marked.

A refusal takes back what its own event did and no other.

No delivery changes an order's state or any money, whatever its trust. A thing that is to become an order is read back
first where the source has a key to its system's API (see `reads`). What another system says of an order that we have is
told to its team and kept in the timeline.
"""

from collections.abc import Mapping
from typing import Any

from core.kernel.errors import Refusal
from core.kernel.work import part
from core.sources import actions
from core.sources.follow import calls, confirm, letters, recordings, stored, talks, tickets, told
from core.sources.follow.events import events_of
from core.sources.follow.result import Result
from core.sources.kept import Kept
from core.sources.queries import SourceView
from core.sources.reads.talk import Thing
from core.sources.rules import MESSENGERS

FIRST = ("refused", "order", "message", "request", "callback", "call", "news", "known")


async def follow(
    source: SourceView, delivery_id: int, key: str, kept: Kept, things: Mapping[str, Thing | None] | None = None
) -> None:
    """Do it, and keep what came of it. `things`: what was read back, by `talk.ref`."""
    if kept.action == "process" and kept.normalized.get("event") == stored.EVENT:
        result = await stored.promise(source, delivery_id, kept)
    elif kept.action == "process":
        result = min(await _all(source, key, kept, things or {}), key=_weight)
    elif kept.action == "confirm_subscription":
        result = await confirm.promise(source, delivery_id, kept)
    else:
        result = Result(kept.action, facts={"why": kept.reason})
    event = str(kept.normalized.get("event") or "")
    await actions.came_of(delivery_id, source.id, event, result.what, kept.at, result.order_id, result.facts)


async def _all(source: SourceView, key: str, kept: Kept, things: Mapping[str, Thing | None]) -> list[Result]:
    results = []
    for n, event in enumerate(events_of(kept.normalized)):
        try:
            async with part():
                results.append(await _one(source, f"{key}:{n}" if n else key, event, kept, things))
        except Refusal as refusal:
            results.append(Result("refused", facts={"code": refusal.code}))
    return results


def _weight(result: Result) -> int:
    return FIRST.index(result.what) if result.what in FIRST else len(FIRST)


async def _one(
    source: SourceView, key: str, event: Mapping[str, Any], kept: Kept, things: Mapping[str, Thing | None]
) -> Result:
    kind = str(event.get("event") or "").partition(".")[0]
    if kind == "call":
        return await calls.follow(source, event, kept.at)
    if kind == "recording":
        return await recordings.follow(source, event, kept.at)
    if kind == "mail":
        return await letters.follow(source, key, event)
    if kind == "told":
        return await told.follow(source.kind, event)
    if kind in ("message", "chat") and source.kind in MESSENGERS:
        return await talks.follow(source, key, event)
    if kind == "message":
        return await letters.written(source, key, event)
    return await tickets.follow(source, key, event, kept, things)
