"""What follows when a label is recognised on a photo, and when a plan was marked for somebody."""

from core.assets.queries import asset_view
from core.events import LabelSeen, PlanMarked
from core.files.models import File
from core.kernel.errors import NotFound
from core.kernel.work import on
from core.orders.models import Attachment, Job
from core.outbox.actions import tell
from core.people.queries import actor_of


@on(LabelSeen)
async def seen(event: LabelSeen) -> None:
    """Its sender is shown the machine and may order for it. A photo that is in an order already asks for nothing, and
    another customer's machine is none of theirs."""
    file = await File.get(id=event.file_id)
    actor = await actor_of(file.created_by)
    if actor is None or actor.kind != "contact" or await Attachment.exists(file_id=file.id):
        return
    facts: dict[str, object] = {"file_id": file.id, "asset": None}
    if event.asset_id is not None:
        try:
            asset = await asset_view(actor, event.asset_id)
        except NotFound:
            return
        names = ("id", "name", "model", "place", "site", "address")
        facts["asset"] = {name: getattr(asset, name) for name in names}
    tell(actor.party, "customer", "customer.label", facts, card=f"label:{file.id}", revision=1)


@on(PlanMarked)
async def marked(event: PlanMarked) -> None:
    """Whoever asked gets the picture into their chat."""
    job = await Job.get(id=event.job_id)
    facts = {
        "file_id": event.file_id,
        "plan": event.plan,
        "number": job.order_id,
        "job_id": job.id,
        "labels": list(event.labels),
    }
    tell(event.party, "technician", "technician.plan", facts)
