"""Who sees a call that rings, a call to return, a message or an order that lacks something."""

from typing import Any

from core.events import RequestChanged, RequestOverdue, SourceDeaf
from core.kernel.errors import NotFound
from core.kernel.hints import broadcast
from core.kernel.work import current, on
from core.outbox.actions import tell
from core.reactions.audience import desk_group
from core.sources.matching import caller_card
from core.sources.models import Request, Source
from core.sources.polls.schedule import poll_of

SCREEN = "dispatcher.request"


@on(RequestChanged)
async def changed(event: RequestChanged) -> None:
    """Its card in the dispatch group is brought up to date."""
    facts = await _facts(event.request_id)
    if party := await desk_group():
        tell(party, "dispatcher", SCREEN, facts, card=f"request:{event.request_id}", revision=facts["revision"])
    current().on_commit(lambda: broadcast("requests", str(event.request_id)))


@on(RequestOverdue)
async def overdue(event: RequestOverdue) -> None:
    """A message of its own, which is heard."""
    facts = await _facts(event.request_id)
    if party := await desk_group():
        tell(party, "dispatcher", SCREEN, {**facts, "overdue": True})


@on(SourceDeaf)
async def deaf(event: SourceDeaf) -> None:
    """Once when a system that we ask does not answer, and once when it does again."""
    row, known = await poll_of(event.source_id), await Source.get_or_none(id=event.source_id)
    party = await desk_group()
    if party is None or row is None or known is None:
        return
    facts = {"name": known.name, "why": row.trouble, "about": row.facts, "times": row.failures}
    tell(party, "dispatcher", "dispatcher.source_poll", {**facts, "back": event.back})


async def _facts(request_id: int) -> dict[str, Any]:
    row = await Request.get_or_none(id=request_id)
    if row is None:
        raise NotFound("requests", id=request_id)
    source = await Source.get_or_none(id=row.source_id)
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "revision": row.revision,
        "source": source.name if source else row.source_id,
        "phone": row.phone,
        "name": row.facts.get("name") or "",
        "words": row.facts.get("words") or "",
        "missing": row.facts.get("missing") or [],
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "order": row.order_id,
        "caller": await caller_card(row.phone),
    }
