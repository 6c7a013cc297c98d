"""What follows when somebody is asked, answers, or nobody can be found."""

import pytest

from core import events
from core.dispatch.models import Offer
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


async def test_nobody_fits(ground: Ground) -> None:
    event = events.NobodyFits(ground.order, ground.job, (("skill", 2),))
    assert await ground.after(event) == {alert("nobody_fits"), *NOBODYS}
