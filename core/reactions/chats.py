"""Who reads what somebody wrote in an order's thread."""

from typing import Any

from core.chats.queries import message
from core.chats.rules import message_card
from core.events import MessagePosted
from core.kernel.actor import member
from core.kernel.work import on
from core.orders.models import Job
from core.reactions.audience import tell_customer, tell_member, tell_team

LIVE = ("assigned", "travelling", "on_site", "paused")


@on(MessagePosted)
async def posted(event: MessagePosted) -> None:
    """The customer's words go to the team, the team's to its own people, and to the customer only when meant so."""
    row = await message(event.message_id)
    facts: dict[str, Any] = {
        "message_id": row.id,
        "side": row.side,
        "who": row.who,
        "text": row.text,
        "file": {"id": row.file.id, "kind": row.file.kind} if row.file else None,
        "order_number": event.order_id,
        "by_customer": row.party.startswith("contact:"),
    }
    if not event.in_group:
        tell_team(event.order_id, "dispatcher.message", card=message_card(row.id), **facts)
    if row.to_customer:
        tell_customer(event.order_id, "customer.message", **facts)
        return
    jobs = await Job.filter(order_id=event.order_id, state__in=LIVE, assignee_id__isnull=False).order_by("id")
    for job in jobs:
        if job.assignee_id and member(job.assignee_id) != row.party:
            tell_member(event.order_id, job.assignee_id, "technician.message", job_id=job.id, **facts)
