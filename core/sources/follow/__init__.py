"""What follows from a delivery, in the transaction that finishes it. Doing it again does nothing twice: an order has
their id for its key, a request its call's, and what is said in a thread is marked.

No delivery changes an order's state or any money, whatever its trust: there is no adapter yet that reads an entity back
by its vendor's API. What another system says of an order that we have is told to its team and kept in the timeline.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from core.sources import actions
from core.sources.follow import calls, confirm, letters, recordings, tickets, told
from core.sources.follow.result import Result
from core.sources.kept import Kept
from core.sources.queries import SourceView

LISTS = ("others", "events", "records")
FIRST = ("order", "message", "request", "callback", "call", "news", "known")


async def follow(source: SourceView, delivery_id: int, key: str, kept: Kept) -> None:
    """Do it, and keep what came of it."""
    if kept.action == "process":
        events = list(_events(kept.normalized))
        results = [await _one(source, f"{key}:{n}" if n else key, event, kept) for n, event in enumerate(events)]
        result = min(results, key=_weight)
    elif kept.action == "confirm_subscription":
        result = await confirm.promise(source, delivery_id, kept)
    else:
        result = Result(kept.action, facts={"why": kept.reason})
    event = str(kept.normalized.get("event") or "")
    await actions.came_of(delivery_id, source.id, event, result.what, kept.at, result.order_id, result.facts)


def _weight(result: Result) -> int:
    return FIRST.index(result.what) if result.what in FIRST else len(FIRST)


def _events(normalized: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The delivery's own event, then those that came in one batch with it, each once."""
    shared = {name: value for name, value in normalized.items() if name not in LISTS}
    event = {"event": normalized.get("event", "")}
    seen = [{**event, **item} for name in LISTS for item in normalized.get(name) or () if isinstance(item, dict)]
    if shared.get("event") and not any(_same(shared, item) for item in seen):
        yield shared
    yield from seen
    if not seen and not shared.get("event"):
        yield shared


def _same(shared: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Vendors repeat the first of a batch beside the list."""
    names = ("entity_id", "id", "event")
    return any(item.get(name) for name in names[:2]) and all(item.get(name) == shared.get(name) for name in names)


async def _one(source: SourceView, key: str, event: Mapping[str, Any], kept: Kept) -> Result:
    kind = str(event.get("event") or "").partition(".")[0]
    if kind == "call":
        return await calls.follow(source, event)
    if kind == "recording":
        return await recordings.follow(source, event)
    if kind == "mail":
        return await letters.follow(source, key, event)
    if kind == "told":
        return await told.follow(event)
    if kind == "message":
        return await letters.written(source, key, event)
    return await tickets.follow(source, key, event, kept)
