"""What the mapping's paths go through: a delivery, and what was read back of the thing that it is about. Pure."""

from collections.abc import Mapping
from typing import Any

from core.sources.kept import Kept
from core.sources.mapping import document, mapped, paths_of
from core.sources.queries import SourceView
from core.sources.reads.talk import Thing, named

PROVED = ("event", "entity_id", "external_id", "id")
BODY = "body."


def seen(source: SourceView, event: Mapping[str, Any], kept: Kept, thing: Thing | None) -> dict[str, Any]:
    """`read` is the thing. Where we ask the system ourselves it completes the `body`; where nothing in a delivery is
    proved, the delivery says no more than which thing it is."""
    if thing is None:
        return document(event, kept.said)
    if source.needs.polled:
        said = document(event, kept.said)
        return {**said, "body": {**(said["body"] or {}), **thing}}
    if source.needs.trust == "path":
        return {**{name: event[name] for name in PROVED if name in event}, "body": None, "read": thing}
    return {**document(event, kept.said), "read": thing}


def external_of(source: SourceView, event: Mapping[str, Any], kept: Kept) -> str:
    """Their id, by the mapping, without what is to be read first."""
    path = paths_of(source.needs, source.mapping).get("external", "")
    said = document(event, kept.said if BODY in path else None)
    return mapped(said, {"external": path}).external or named(event)


def given(source: SourceView, kept: Kept) -> Thing | None:
    """What a system that we ask gave us of the thing."""
    said = kept.said if source.needs.polled else None
    return said if isinstance(said, dict) else None
