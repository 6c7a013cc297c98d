"""What follows when an act is printed, signed or refused."""

from typing import Any

from core.documents.models import Document
from core.events import DocumentReady, DocumentRefused, DocumentReplaced, DocumentSigned
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, on
from core.orders import actions as orders
from core.orders.models import Job
from core.reactions.audience import alert, refresh, tell_customer, tell_member, tell_team


@on(DocumentReady)
async def ready(event: DocumentReady) -> None:
    """An unsigned act asks for a signature; a signed one goes to both sides and into the topic. Contractors only hear
    that it is signed: what the customer pays is nothing to them."""
    row = await Document.get(id=event.document_id)
    facts = _facts(row)
    refresh(event.order_id)
    if row.state != "signed":
        tell_customer(event.order_id, "customer.sign", card=f"sign:{row.id}", revision=1, document=facts)
        return
    tell_customer(event.order_id, "customer.act", document=facts)
    tell_team(event.order_id, "dispatcher.act", document=facts)
    for job in await Job.filter(
        order_id=event.order_id, done_at__isnull=False, assignee_id__isnull=False
    ).select_related("assignee"):
        shown = {**facts, "file_id": None} if job.assignee and job.assignee.contractor else facts
        tell_member(event.order_id, job.assignee_id or 0, "technician.signed", job_id=job.id, document=shown)


@on(DocumentSigned)
async def signed(event: DocumentSigned) -> None:
    """The request for a signature goes away, the order closes unless a visit is to come."""
    row = await Document.get(id=event.document_id)
    tell_customer(event.order_id, "customer.sign", card=f"sign:{row.id}", revision=2, document=_facts(row))
    async with acting(SYSTEM):
        await orders.settle(event.order_id)
    refresh(event.order_id)


@on(DocumentReplaced)
async def replaced(event: DocumentReplaced) -> None:
    """The request for a signature loses its buttons."""
    row = await Document.get(id=event.document_id)
    facts = {**_facts(row), "state": "replaced"}
    tell_customer(event.order_id, "customer.sign", card=f"sign:{row.id}", revision=3, document=facts)


@on(DocumentRefused)
async def refused(event: DocumentRefused) -> None:
    row = await Document.get(id=event.document_id)
    tell_customer(event.order_id, "customer.sign", card=f"sign:{row.id}", revision=2, document=_facts(row))
    refresh(event.order_id)
    alert(event.order_id, "refused_act", reason=event.reason, document=_facts(row))


def _facts(row: Document) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "version": row.version,
        "state": row.state,
        "total": str(row.total),
        "file_id": row.file_id,
    }
