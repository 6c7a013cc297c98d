"""What follows when an order appears, changes or ends."""

from dataclasses import asdict
from typing import Any

from core.chats.sharing import give, pass_on
from core.dispatch import actions as dispatch
from core.dispatch import ladders
from core.events import AttachmentAdded, OrderCancelled, OrderChanged, OrderClosed, OrderCreated, OrderReopened
from core.files.queries import file_view
from core.kernel.actor import SYSTEM
from core.kernel.work import acting, current, on
from core.orders import actions as orders
from core.orders.models import Attachment, Job, Order
from core.overview.dossier import attachment
from core.ratings import actions as ratings
from core.reactions.audience import alert, leave_group, refresh, show_team, tell_customer, tell_member, tell_team
from core.sla import actions as sla
from core.tasks.actions import later

MOVES = {"wanted_from", "wanted_to"}
PLACE = {"site_id", "lat", "lon"}
ANOTHER = {"priority", "kind", "site_id", "asset_ids"}
"""What other people may fit."""
ALBUM = 10
OUTSIDE = ("form", "mail", "whatsapp", "max", "vk")
"""Whoever ordered here is told that we have it: the bot's own card does not reach them."""


@on(OrderCreated)
async def created(event: OrderCreated) -> None:
    """A group takes it, its clocks start, everyone concerned gets a card."""
    async with acting(SYSTEM):
        order = await Order.get(id=event.order_id)
        await give(event.order_id)
        await sla.start(event.order_id)
    refresh(event.order_id, topic=True)
    if order.source in OUTSIDE:
        tell_customer(event.order_id, "customer.received")
    await _show_files(event.order_id, current().actor.name)


async def _show_files(order_id: int, who: str) -> None:
    """What came with the order, in the topic of the group that has it."""
    rows = await Attachment.filter(order_id=order_id, phase="request").order_by("id").select_related("file")
    files = [{"id": row.file_id, "kind": row.file.kind, "caption": row.caption} for row in rows]
    for start in range(0, len(files), ALBUM):
        tell_team(order_id, "dispatcher.files", phase="request", who=who, files=files[start : start + ALBUM])


async def _pass_on(order_id: int) -> None:
    """Another group's place: it has the order from now on, with what came with it; the former sees where it went."""
    async with acting(SYSTEM):
        passed = await pass_on(order_id)
    if passed is None:
        return
    before, group = passed
    show_team(order_id)
    if before.active:
        leave_group(order_id, before.id, group.title)
    order = await Order.get(id=order_id).select_related("customer", "contact")
    await _show_files(order_id, (order.contact or order.customer).name)


@on(OrderChanged)
async def changed(event: OrderChanged) -> None:
    """Deadlines follow priority, kind and time; the technician hears of any change, the customer of a moved time.
    Another address is looked up, an order of another place goes to the group of that place; a job that nobody was
    asked for yet is sought for anew once its place is known, and what nobody could take when others may fit."""
    if "address" in event.fields:
        await orders.look_up(event.order_id, anew="lat" not in event.fields)
    if PLACE & set(event.fields):
        await _pass_on(event.order_id)
    if {"priority", "kind", *MOVES} & set(event.fields):
        async with acting(SYSTEM):
            await sla.restart(event.order_id)
            await ladders.watch_order(event.order_id)
    if ANOTHER & set(event.fields):
        await dispatch.retry_waiting(event.order_id)
    refresh(event.order_id)
    for job in await Job.filter(order_id=event.order_id).order_by("id"):
        if job.state == "new" and {"lat", "lon"} & set(event.fields):
            await later("dispatch.seek", {"job_id": job.id}, key=str(job.id))
        if job.assignee_id and job.state not in ("done", "closed", "cancelled"):
            tell_member(
                event.order_id, job.assignee_id, "technician.changed", job_id=job.id, fields=sorted(event.fields)
            )
    if MOVES & set(event.fields):
        if current().actor.kind == "contact":
            alert(event.order_id, "moved_by_customer")
        tell_customer(event.order_id, "customer.rescheduled")


@on(OrderCancelled)
async def cancelled(event: OrderCancelled) -> None:
    """Clocks stop; whoever did not cancel hears why."""
    async with acting(SYSTEM):
        await sla.cancel(event.order_id)
    refresh(event.order_id, topic=True)
    if current().actor.kind == "contact":
        alert(event.order_id, "cancelled_by_customer", reason=event.reason)
    tell_customer(event.order_id, "customer.cancelled", reason=event.reason)


@on(OrderReopened)
async def reopened(event: OrderReopened) -> None:
    """The clocks start anew, the topic opens again."""
    async with acting(SYSTEM):
        await sla.reopen(event.order_id)
    refresh(event.order_id, topic=True)
    alert(event.order_id, "reopened", reason=event.reason)
    tell_customer(event.order_id, "customer.reopened", reason=event.reason)


@on(OrderClosed)
async def closed(event: OrderClosed) -> None:
    """Nothing is due any more; the topic is closed, its history stays. All has been done: the customer is asked how it
    was."""
    async with acting(SYSTEM):
        await sla.cancel(event.order_id)
        asked_at = await ratings.ask(event.order_id)
    refresh(event.order_id, topic=True)
    card = f"stars:{event.order_id}:{1000 * asked_at.timestamp():.0f}"
    tell_customer(event.order_id, "customer.rate", card=card, revision=1)


async def _proof(row: Attachment) -> dict[str, Any] | None:
    """Where a picture of the work was made, as far as that is known now; of a file that is not here yet, the page will
    tell."""
    found = await attachment(row.id) if row.phase != "request" else None
    if found is None or found.proof is None or found.proof.place_by == "unknown":
        return None
    return {**asdict(found.proof), "at": found.proof.at.isoformat()}


@on(AttachmentAdded)
async def attached(event: AttachmentAdded) -> None:
    """What the customer sends goes on to the team's topic, an album as one message; cards count the files."""
    row = await Attachment.get(id=event.attachment_id)
    refresh(event.order_id)
    if row.phase not in ("request", "before", "after"):
        return
    w = current()
    batches: dict[tuple[int, str, str], list[dict[str, Any]]] = w.scratch.setdefault("files", {})
    batch = batches.setdefault((event.order_id, row.phase, row.party), [])
    file = await file_view(row.file_id)
    batch.append({"id": file.id, "kind": file.kind, "caption": row.caption, "proof": await _proof(row)})
    if len(batch) == 1:
        tell_team(event.order_id, "dispatcher.files", job_id=row.job_id, phase=row.phase, who=w.actor.name, files=batch)
