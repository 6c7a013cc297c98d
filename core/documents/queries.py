"""Papers of an order, and the proof that one is genuine."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.documents.models import Document, Signature
from core.documents.proof import matches, short
from core.kernel.actor import Actor
from core.kernel.errors import NotFound, Refusal
from core.kernel.ids import keys
from core.orders.queries import access_order
from core.people.queries import is_contractor


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A paper. `state`: rendering, ready, signed, refused; `file_id` is the newest print, None before the first."""

    id: int
    order_id: int
    number: str
    version: int
    state: str
    total: Decimal
    file_id: int | None
    replaced_by: int | None
    created_at: datetime
    signed_at: datetime | None
    signed_by: str
    how: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What the page of proof shows: the facts as agreed, their digest for the eye, and whether they still match it."""

    document: DocumentView
    facts: dict[str, Any]
    digest: str
    genuine: bool


async def document_view(actor: Actor, document_id: int) -> DocumentView:
    row = await Document.get_or_none(id=document_id)
    if row is None:
        raise NotFound("documents.document", id=document_id)
    await access_order(actor, row.order_id)
    await _ours(actor)
    return await _view(row)


async def _ours(actor: Actor) -> None:
    """What the customer pays is nothing to contractors: `documents.outside`."""
    if actor.kind == "member" and await is_contractor(actor.id):
        raise Refusal("documents.outside")


async def lines_of(actor: Actor, document_id: int) -> list[dict[str, str]]:
    """What the paper lists: name, quantity, unit, price (roubles, as printed)."""
    await document_view(actor, document_id)
    row = await Document.get(id=document_id)
    return [
        {"name": one["name"], "quantity": one["quantity"], "unit": one["unit"], "price": one["price"]["amount"]}
        for one in row.facts["lines"]
    ]


async def documents_of(actor: Actor, order_id: int) -> list[DocumentView]:
    """All papers of an order, the newest first."""
    await access_order(actor, order_id)
    await _ours(actor)
    return [await _view(row) for row in await Document.filter(order_id=order_id).order_by("-version")]


async def proof(payload: str) -> Proof:
    """The act that a printed QR code names. Whoever holds the paper may look: the payload is signed by us."""
    document_id = keys().read("act", payload)
    row = await Document.get_or_none(id=document_id) if document_id is not None else None
    if row is None:
        raise NotFound("documents.document")
    return Proof(await _view(row), row.facts, short(row.digest), matches(row.facts, row.digest))


async def _view(row: Document) -> DocumentView:
    given = await Signature.get_or_none(document_id=row.id)
    return DocumentView(
        row.id,
        row.order_id,
        row.number,
        row.version,
        row.state,
        row.total,
        row.file_id,
        row.replaced_by,
        row.created_at,
        given.at if given else None,
        given.name if given else "",
        given.how if given else "",
    )
