"""What follows when somebody is asked, answers, or nobody can be found."""

from datetime import timedelta

from core.channels.actions import word
from core.dispatch import ladders
from core.dispatch.actions import LEFT
from core.dispatch.models import Offer
from core.dispatch.rules import pay
from core.events import JobUnclaimed, MemberLeft, NobodyFits, OfferEnded, OffersOpened, OffersUnanswered
from core.kernel.work import current, on
from core.orders.models import Job
from core.presence.queries import last_position
from core.presence.rules import haversine
from core.reactions.audience import alert, alert_member, refresh, tell_member
from core.tasks.actions import later

FRESH = timedelta(minutes=15)
"""A word by telephone that could not be sent for so long says nothing true any more."""


@on(OffersOpened)
async def opened(event: OffersOpened) -> None:
    for offer_id in event.offer_ids:
        await _show(event.order_id, event.job_id, offer_id)
    await ladders.watch(event.job_id)
    refresh(event.order_id)


@on(OfferEnded)
async def ended(event: OfferEnded) -> None:
    """The card says what became of the offer and loses its buttons; an unanswered job goes to the next one."""
    offer = await _show(event.order_id, event.job_id, event.offer_id)
    if event.state in ("declined", "expired"):
        alert(event.order_id, event.state, job_id=event.job_id, who=offer.member.name, reason=offer.reason)
        await later("dispatch.seek", {"job_id": event.job_id}, key=str(event.job_id))
    refresh(event.order_id)


@on(MemberLeft)
async def left(event: MemberLeft) -> None:
    """By a task of its own: a job is locked before whoever is asked."""
    await later(LEFT, {"member_id": event.member_id}, key=str(event.member_id))


@on(OffersUnanswered)
async def unanswered(event: OffersUnanswered) -> None:
    """In the chat under the offer, or a word by telephone that something waits there."""
    for offer in await Offer.filter(id__in=event.offer_ids).order_by("id"):
        if event.how == "chat":
            facts = {"id": offer.id, "expires_at": offer.expires_at.isoformat() if offer.expires_at else None}
            card, screen = f"offer:{offer.id}", "technician.offer.reminder"
            tell_member(event.order_id, offer.member_id, screen, job_id=event.job_id, offer=facts, reply_to=card)
        else:
            until = offer.expires_at or offer.opened_at + FRESH
            await word(event.how, offer.member_id, "technician.offer.reminder", event.order_id, until=until)


@on(JobUnclaimed)
async def unclaimed(event: JobUnclaimed) -> None:
    """The group once more, or those above."""
    facts = {"job_id": event.job_id, "seconds": event.seconds}
    if event.how == "group":
        alert(event.order_id, "unclaimed", **facts)
    for member_id in event.member_ids:
        if event.how == "chat":
            alert_member(event.order_id, member_id, "unclaimed", **facts)
        else:
            until = current().now + FRESH
            await word(event.how, member_id, "dispatcher.unclaimed", event.order_id, until=until, seconds=event.seconds)


@on(NobodyFits)
async def nobody_fits(event: NobodyFits) -> None:
    """A person must decide; the reasons say what would help."""
    refresh(event.order_id)
    said = {"reasons": [list(pair) for pair in event.reasons], "help": [dict(one) for one in event.help]}
    alert(event.order_id, "nobody_fits", job_id=event.job_id, **said)


async def _show(order_id: int, job_id: int, offer_id: int) -> Offer:
    """Queue the technician's card of an offer. Its revision is 1 while open, 2 when it is over."""
    offer = await Offer.get(id=offer_id).select_related("member", "job")
    earned = offer.fee if offer.member.contractor else pay(offer.member.hourly_rate, offer.job.duration)
    facts = {
        "id": offer.id,
        "state": offer.state,
        "expires_at": offer.expires_at.isoformat() if offer.expires_at else None,
        "score": offer.score,
        "explain": offer.explain,
        "distance_km": await _distance(job_id, offer.member_id),
        "pay": None if earned is None else str(earned),
        "outside": offer.member.contractor,
    }
    tell_member(
        order_id,
        offer.member_id,
        "technician.offer",
        job_id=job_id,
        offer=facts,
        card=f"offer:{offer.id}",
        revision=1 if offer.state == "open" else 2,
    )
    return offer


async def _distance(job_id: int, member_id: int) -> float | None:
    """Great-circle km from where the technician was seen last, else from home; None when either place is unknown."""
    job = await Job.get(id=job_id).select_related("order__site")
    there = job.order.site or job.order
    here = await last_position(member_id)
    if here is None or there.lat is None or there.lon is None:
        return None
    return round(haversine(here.lat, here.lon, there.lat, there.lon) / 1000, 1)
