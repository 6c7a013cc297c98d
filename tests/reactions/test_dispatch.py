"""What follows when somebody is asked, answers, or nobody can be found."""

import pytest

from core import events
from core.dispatch import actions as dispatch
from core.dispatch.models import Offer
from core.kernel.actor import SYSTEM
from core.kernel.work import work
from core.orders.models import Job
from core.people import actions as people
from core.tasks.actions import run_one
from tests.reactions.ground import NOBODYS, WHEN, Ground, alert


async def offered(ground: Ground, member_id: int, state: str = "open") -> int:
    row = await Offer.create(
        job_id=ground.job, member_id=member_id, state=state, score=1.0, explain=[], opened_at=WHEN, expires_at=WHEN
    )
    return int(row.id)


async def test_everybody_asked_gets_an_offer(ground: Ground) -> None:
    ids = [await offered(ground, ground.world.pyotr), await offered(ground, ground.world.rashid)]
    event = events.OffersOpened(ground.order, ground.job, tuple(ids))
    assert await ground.after(event) == {"told pyotr technician.offer", "told rashid technician.offer", *NOBODYS}


@pytest.mark.parametrize(
    ("state", "more"),
    [
        ("declined", {alert("declined"), "task+ dispatch.seek", "task+ plan.react"}),
        ("expired", {alert("expired"), "task+ dispatch.seek"}),
        ("lost", set()),
        ("withdrawn", set()),
        ("accepted", set()),
    ],
)
async def test_an_offer_that_ended(ground: Ground, state: str, more: set[str]) -> None:
    await ground.forget("tasks_tasks")
    offer_id = await offered(ground, ground.world.rashid, state)
    event = events.OfferEnded(ground.order, ground.job, offer_id, state)
    assert await ground.after(event) == {"told rashid technician.offer", *more, *NOBODYS}


async def test_who_left_is_asked_nothing_and_the_job_goes_on(ground: Ground) -> None:
    """The job would lie there until the offer's end, for a day where a contractor was asked. Here nobody else fits."""
    async with work(SYSTEM):
        await dispatch.seek(ground.job)
    first = await Offer.get(job_id=ground.job, state="open")
    await ground.forget("tasks_tasks")
    assert "task+ dispatch.left" in await ground.after(events.MemberLeft(first.member_id))
    async with work(SYSTEM):
        await people.deactivate_member(first.member_id)
    while await run_one():
        pass
    assert (await Offer.get(job_id=ground.job)).state == "withdrawn"
    job = await Job.get(id=ground.job)
    assert (job.state, job.needs_help) == ("new", "nobody_fits")


async def test_nobody_fits(ground: Ground) -> None:
    event = events.NobodyFits(ground.order, ground.job, (("skill", 2),))
    assert await ground.after(event) == {alert("nobody_fits"), *NOBODYS}
