"""What follows when the bytes of a file are here, will never be, or came by a link."""

from typing import Any

from core.assets.labels import look_for_label
from core.chats import actions as chats
from core.events import FileFailed, FileKept, FileUploaded
from core.files.models import File
from core.inbox.actions import leave
from core.kernel.actor import Actor
from core.kernel.errors import NotFound, Refusal
from core.kernel.read import fetch
from core.kernel.work import acting, on
from core.orders import actions as orders
from core.orders.queries import access_job, order_of_key
from core.orders.rules import draft_key
from core.outbox.actions import tell
from core.outbox.queries import chat_of
from core.people.queries import actor_of
from core.reactions.audience import refresh
from core.reports import actions as reports


@on(FileKept)
async def kept(event: FileKept) -> None:
    """A customer's photo may show the label of the machine it is about."""
    file = await File.get(id=event.file_id)
    if file.origin == "customer" and file.created_by.startswith("contact:") and file.mime.startswith("image/"):
        await look_for_label(file.id)


@on(FileFailed)
async def failed(event: FileFailed) -> None:
    """Whoever sent it is told why it is not with us, for only they can send it again; cards count it no more."""
    file = await File.get(id=event.file_id)
    if file.origin in ("customer", "technician"):
        facts = {"code": file.error, "file": _facts(file)}
        tell(file.created_by, file.origin, f"{file.origin}.file_failed", facts, card=f"failed:{file.id}")
    sql = "SELECT DISTINCT order_id FROM orders_attachments WHERE file_id = $1 AND phase = 'request' ORDER BY order_id"
    for row in await fetch(sql, file.id):
        await orders.touch(row["order_id"])
        refresh(row["order_id"])


@on(FileUploaded)
async def uploaded(event: FileUploaded) -> None:
    """The file goes where its link was for, as whoever was given the link, and they hear of it in their chat."""
    actor = await actor_of(event.party) if event.party != "system" else None
    if actor is None:
        raise Refusal("files.bad_link")
    file = await File.get(id=event.file_id)
    async with acting(actor):
        told = await _put(actor, file, event.purpose, event.subject_id)
    bot = "customer" if actor.kind == "contact" else "technician"
    tell(actor.party, bot, f"{bot}.uploaded", {"file": _facts(file), **told})


async def _put(actor: Actor, file: File, purpose: str, subject_id: int) -> dict[str, Any]:
    """Where it went: `where` is draft, order, chat, job or loose."""
    if purpose == "draft":
        return await _into_draft(actor, file, subject_id)
    if purpose == "order":
        await orders.attach(subject_id, file.id, "request")
        return {"where": "order", "number": subject_id}
    if purpose.startswith("chat."):
        side = purpose.removeprefix("chat.")
        await chats.post(subject_id, side, "", file.id, to_customer=side == "customer")
        return {"where": "chat", "number": subject_id, "side": side}
    order_id = await access_job(actor, subject_id)
    await _onto_job(file, order_id, subject_id, purpose)
    return {"where": "job", "number": order_id, "job_id": subject_id}


async def _onto_job(file: File, order_id: int, job_id: int, purpose: str) -> None:
    """Before or after the work while it is being reported; later, and for what is no picture, it stays as proof."""
    if purpose in ("before", "after"):
        try:
            await reports.add_photo(job_id, file.id, purpose)
            return
        except NotFound:
            raise
        except Refusal:
            pass
    await orders.attach(order_id, file.id, "proof", job_id=job_id)


async def _into_draft(actor: Actor, file: File, number: int) -> dict[str, Any]:
    """The draft may have become an order meanwhile, or be gone: then the person says what to do with the file."""
    chat_id = await chat_of(actor.party, "customer")
    if chat_id is None or actor.customer_id is None:
        raise Refusal("files.bad_link")
    if await leave("customer", chat_id, {"draft": {"number": number}}, {"id": file.id, "kind": file.kind}):
        return {"where": "draft", "number": number}
    order_id = await order_of_key(actor.customer_id, draft_key(chat_id, number))
    if order_id is None:
        return {"where": "loose"}
    await orders.attach(order_id, file.id, "request")
    return {"where": "order", "number": order_id}


def _facts(file: File) -> dict[str, Any]:
    return {"id": file.id, "kind": file.kind, "name": file.name, "size": file.size}
