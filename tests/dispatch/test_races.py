"""Many hands at once on a real database: one winner, and nobody in between."""

import asyncio
from collections import Counter

import pytest

from core.dispatch import actions as dispatch
from core.dispatch.models import Offer
from core.dispatch.queries import Verdict, rulesets
from core.dispatch.rules import Scored
from core.kernel.actor import SYSTEM, Actor
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Job
from core.people.models import Member, Role
from core.timers.models import Timer
from tests.dispatch.crowd import POOL, accept_all, attempt, elsewhere
from tests.orders.desk import START, Desk, desk_on, set_rule, states


async def test_of_a_thousand_accepts_at_once_one_wins(database_url: str) -> None:
    """In two processes, every other one in each."""
    async with desk_on(database_url, pool=POOL) as desk, elsewhere(database_url) as accept_there:
        await set_rule("offer_width", 50)
        role = await Role.get(code="technician")
        await Member.bulk_create([Member(role=role, name=f"Т{n}", created_at=START) for n in range(1000)])
        crowd = [row.id for row in await Member.filter(role=role, name__startswith="Т").order_by("id")]
        order_id, job_id = await desk.order()
        for part in range(0, 1000, 50):
            await invite(job_id, crowd[part : part + 50], part + 50)
        offers = {row.member_id: row.id for row in await Offer.filter(job_id=job_id)}
        assert len(offers) == 1000

        halves = [{who: offers[who] for who in crowd[n::2]} for n in range(2)]
        (here, events), (there, events_there) = await asyncio.gather(accept_all(halves[0]), accept_there(halves[1]))

        said = here | there
        assert Counter(said.values()) == {"done": 1, "orders.already_taken": 999}
        winner = next(who for who, answer in said.items() if answer == "done")
        job = await Job.get(id=job_id)
        assert (job.assignee_id, job.state) == (winner, "assigned")
        assert await states(order_id) == ("assigned", ["assigned"])
        ended = Counter(row.state for row in await Offer.filter(job_id=job_id))
        assert ended == {"accepted": 1, "lost": 999}
        assert events + events_there == {"JobAssigned": 1, "OfferEnded": 1000}
        assert await Entry.filter(order_id=order_id, kind="job.accept").count() == 1
        assert not await Timer.filter(kind="dispatch.offer_end").exists()


async def invite(job_id: int, members: list[int], width: int) -> None:
    """Open offers to these people, whatever stands already."""
    await set_rule("offer_width", width)
    async with work(SYSTEM):
        verdict = Verdict((await rulesets())[0], [Scored(who, "Т", 0.0, ()) for who in members])
        await dispatch.open_offers(job_id, verdict)


async def offered(desk: Desk) -> tuple[int, int, Actor, int]:
    """An order with one open offer: order, job, who was asked, the offer."""
    order_id, job_id = await desk.order()
    async with work(SYSTEM):
        await dispatch.seek(job_id)
    offer = await Offer.get(job_id=job_id)
    return order_id, job_id, next(one for one in desk.technicians if one.id == offer.member_id), offer.id


@pytest.mark.parametrize("repeat", range(3))
async def test_an_accept_and_the_end_of_the_offer_exclude_each_other(desk: Desk, repeat: int) -> None:
    order_id, job_id, who, offer_id = await offered(desk)
    answers = await asyncio.gather(
        attempt(who, dispatch.accept, offer_id),
        attempt(SYSTEM, dispatch.expire, offer_id),
        attempt(who, dispatch.decline, offer_id, "нет"),
    )
    offer, job = await Offer.get(id=offer_id), await Job.get(id=job_id)
    assert offer.state in ("accepted", "expired", "declined")
    assert (job.assignee_id == who.id) == (offer.state == "accepted") == (answers[0] == "done")
    assert (await states(order_id))[0] == job.state


@pytest.mark.parametrize("repeat", range(3))
async def test_a_dispatcher_and_a_technician_at_once(desk: Desk, repeat: int) -> None:
    order_id, job_id, who, offer_id = await offered(desk)
    other = next(one for one in desk.technicians if one.id != who.id)
    accepted, assigned = await asyncio.gather(
        attempt(who, dispatch.accept, offer_id),
        attempt(desk.dispatcher, orders.assign, job_id, other.id),
    )
    assert assigned == "done"
    assert (await Job.get(id=job_id)).assignee_id == other.id
    assert accepted in ("done", "orders.already_taken")
    kinds = await Entry.filter(order_id=order_id, kind="job.unassign").count()
    assert kinds == (1 if accepted == "done" else 0)


async def test_a_cancel_among_steps_leaves_one_truth(desk: Desk) -> None:
    ivan = desk.technicians[0]
    order_id, job_id = await desk.assigned()
    said = await asyncio.gather(
        attempt(desk.contact, orders.cancel, order_id, "не надо"),
        attempt(ivan, orders.travel, job_id),
        attempt(ivan, orders.arrive, job_id),
        attempt(desk.dispatcher, orders.set_priority, order_id, "urgent"),
        attempt(desk.dispatcher, orders.assign, job_id, desk.technicians[1].id),
    )
    state, jobs = await states(order_id)
    assert [state] == jobs
    assert (state == "cancelled") == (said[0] == "done")


async def test_two_steps_on_two_jobs_start_one(desk: Desk) -> None:
    ivan = desk.technicians[0]
    for _ in range(4):
        jobs = [(await desk.assigned())[1] for _ in range(3)]
        said = await asyncio.gather(*(attempt(ivan, orders.travel, job) for job in jobs))
        assert sorted(said) == ["done", "orders.busy", "orders.busy"]
        for job in jobs:
            row = await Job.get(id=job)
            await desk.done("cancel", desk.dispatcher, row.order_id, "дальше")


async def test_many_jobs_of_one_order_move_at_once_and_its_state_is_theirs(desk: Desk) -> None:
    order_id, first = await desk.on_site(0)
    await desk.done("finish", desk.technicians[0], first, "partly")
    second = await desk.done("add_return", desk.dispatcher, first)
    await desk.done("assign", desk.dispatcher, second, desk.technicians[1].id)
    said = await asyncio.gather(
        attempt(desk.technicians[1], orders.travel, second),
        attempt(desk.technicians[0], orders.step_back, first),
        attempt(SYSTEM, orders.close, order_id),
    )
    assert said == ["done", "done", "orders.wrong_state"]
    assert await states(order_id) == ("on_site", ["on_site", "travelling"])
