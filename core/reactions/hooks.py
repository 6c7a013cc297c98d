"""What of all that happens other systems may hear, and in which words."""

from typing import Any

from core.chats.queries import message
from core.checklists.queries import checklist
from core.documents.models import Document
from core.events import (
    AttachmentAdded,
    DeadlineBreached,
    DeadlineNear,
    DocumentReady,
    DocumentRefused,
    DocumentSigned,
    EtaChanged,
    FileFailed,
    FileKept,
    HookStopped,
    JobArrived,
    JobAssigned,
    JobFinished,
    JobPaused,
    JobResumed,
    JobTravelling,
    JobUnassigned,
    MessagePosted,
    OrderCancelled,
    OrderChanged,
    OrderClosed,
    OrderCreated,
    OrderMerged,
    OrderReopened,
    OrderUnmerged,
    RatingGiven,
)
from core.hooks import telling as telling
from core.hooks.queries import alarm
from core.hooks.record import happened
from core.kernel.ids import keys
from core.kernel.links import links
from core.kernel.read import fetchrow
from core.kernel.work import current, on
from core.orders.models import Attachment
from core.outbox.actions import tell
from core.ratings.queries import rating_of
from core.ratings.rules import MARKS
from core.reactions.audience import desk_group
from core.reports.queries import report
from core.reports.rules import PHASES


@on(OrderCreated)
async def created(event: OrderCreated) -> None:
    happened("order.created", event.order_id)


@on(OrderChanged)
async def changed(event: OrderChanged) -> None:
    happened("order.changed", event.order_id, fields=sorted(event.fields))


@on(OrderCancelled)
async def cancelled(event: OrderCancelled) -> None:
    happened("order.cancelled", event.order_id, reason=event.reason)


@on(OrderMerged)
async def merged(event: OrderMerged) -> None:
    """Over for whoever follows orders; a system whose thing it stood for hears of the one that goes on instead."""
    happened("order.cancelled", event.order_id, reason=event.reason, merged_into=event.into)


@on(OrderUnmerged)
async def unmerged(event: OrderUnmerged) -> None:
    happened("order.reopened", event.order_id, reason=f"← № {event.out_of}")


@on(OrderReopened)
async def reopened(event: OrderReopened) -> None:
    happened("order.reopened", event.order_id, reason=event.reason)


@on(OrderClosed)
async def closed(event: OrderClosed) -> None:
    happened("order.closed", event.order_id)


@on(JobAssigned, JobTravelling, JobArrived, JobUnassigned)
async def taken(event: JobAssigned | JobTravelling | JobArrived | JobUnassigned) -> None:
    """Who it is that comes: the name, as the customer is told it."""
    kinds = {JobAssigned: "assigned", JobTravelling: "travelling", JobArrived: "arrived", JobUnassigned: "unassigned"}
    row = await fetchrow("SELECT name FROM people_members WHERE id = $1", event.member_id)
    technician = {"id": event.member_id, "name": row["name"] if row else ""}
    happened(f"order.{kinds[type(event)]}", event.order_id, job_id=event.job_id, technician=technician)


@on(EtaChanged)
async def eta_changed(event: EtaChanged) -> None:
    row = await fetchrow("SELECT eta_at FROM orders_jobs WHERE id = $1", event.job_id)
    at = row["eta_at"].isoformat() if row and row["eta_at"] else None
    happened("order.eta_changed", event.order_id, job_id=event.job_id, eta_at=at)


@on(JobPaused)
async def paused(event: JobPaused) -> None:
    happened("order.paused", event.order_id, job_id=event.job_id, reason=event.reason)


@on(JobResumed)
async def resumed(event: JobResumed) -> None:
    happened("order.resumed", event.order_id, job_id=event.job_id)


@on(JobFinished)
async def finished(event: JobFinished) -> None:
    """With the technician's closing word, what was done and used, what was measured, and the photos of it all."""
    told, listed = await report(event.job_id), await checklist(event.job_id)
    items = listed["items"] if listed else []
    photos = [photo["file_id"] for phase in PHASES for photo in told[f"photos_{phase}"] if photo["error"] is None]
    happened(
        "order.finished",
        event.order_id,
        job_id=event.job_id,
        outcome=event.outcome,
        comment=told["comment"],
        lines=[{name: line[name] for name in ("kind", "name", "unit", "quantity")} for line in told["lines"]],
        readings=[_reading(item) for item in items if item["value"] is not None],
        photos=photos,
        files=list(dict.fromkeys([*photos, *(item["file_id"] for item in items if item["file_id"] is not None)])),
    )


def _reading(item: dict[str, Any]) -> dict[str, Any]:
    """An answer of a checklist; `choice` names the one that was chosen."""
    chosen = [one["text"] for one in item.get("choices") or [] if one["code"] == item["value"]]
    known = {name: item.get(name) for name in ("code", "text", "value", "ok")}
    return known | {"unit": item.get("unit") or ""} | ({"choice": chosen[0]} if chosen else {})


@on(MessagePosted)
async def commented(event: MessagePosted) -> None:
    """The customer's thread only: what the team says among itself stays there."""
    row = await message(event.message_id)
    if row.side == "customer":
        said = {"id": row.id, "who": row.who, "text": row.text, "file_id": row.file.id if row.file else None}
        files = [row.file.id] if row.file else []
        happened("order.commented", event.order_id, comment={**said, "by": row.party.partition(":")[0]}, files=files)


@on(AttachmentAdded)
async def attached(event: AttachmentAdded) -> None:
    """Those that the customer may see."""
    row = await Attachment.get(id=event.attachment_id).select_related("file")
    if row.public:
        file = {"id": row.file_id, "kind": row.file.kind, "name": row.file.name, "mime": row.file.mime}
        happened("order.file_added", event.order_id, phase=row.phase, file=file)


@on(DocumentReady, DocumentSigned, DocumentRefused)
async def act(event: DocumentReady | DocumentSigned | DocumentRefused) -> None:
    """A signed act is printed once more, with its signature: that print is the one to keep."""
    row = await Document.get(id=event.document_id)
    kinds = {DocumentReady: "act.ready", DocumentSigned: "act.signed", DocumentRefused: "act.refused"}
    is_final = isinstance(event, DocumentReady) and row.state == "signed"
    address = links.page(f"proof/{keys().sign('act', row.id)}")
    told = {"id": row.id, "number": row.number, "version": row.version, "total": str(row.total), "url": address}
    reason = {"reason": event.reason} if isinstance(event, DocumentRefused) else {}
    files = {"files": [row.file_id]} if is_final else {}
    happened("act.printed" if is_final else kinds[type(event)], event.order_id, act=told, **reason, **files)


@on(FileKept, FileFailed)
async def arrived(event: FileKept | FileFailed) -> None:
    """A photo that was still on its way when its work was told of is given now."""
    await telling.arrived(event.file_id)


@on(RatingGiven)
async def rated(event: RatingGiven) -> None:
    given = await rating_of(event.order_id)
    told = {name: getattr(given, name) for name in (*MARKS, "comment")} if given else {}
    happened("order.rated", event.order_id, rating=told)


@on(DeadlineNear, DeadlineBreached)
async def deadline(event: DeadlineNear | DeadlineBreached) -> None:
    kind = "deadline.near" if isinstance(event, DeadlineNear) else "deadline.breached"
    norm = {"job_id": event.job_id, "stage": event.stage} if event.job_id else {}
    deadline = "stage" if norm else event.kind
    happened(kind, event.order_id, deadline=deadline, at=current().now.isoformat(), **norm)


@on(HookStopped)
async def stopped(event: HookStopped) -> None:
    """Dispatchers hear that another system no longer hears of orders."""
    if party := await desk_group():
        facts = {**await alarm(event.subscription_id), "why": event.why}
        tell(party, "dispatcher", "dispatcher.hook_off", facts)
