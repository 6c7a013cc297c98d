"""The events of one delivery. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

LISTS = ("others", "events", "records")


def events_of(normalized: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
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
