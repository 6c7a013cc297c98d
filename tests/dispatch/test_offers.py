"""Who is asked, in which order, and what follows from the answers."""

from datetime import timedelta

import pytest

from core.dispatch import actions as dispatch
from core.dispatch.models import Offer
from core.dispatch.queries import ranking
from core.events import NobodyFits, OfferEnded, OffersOpened
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.people.models import Member
from core.tasks.actions import run_one
from core.tasks.models import Task
from core.timers.actions import run_due
from core.timers.models import Timer
from tests.orders.desk import Desk, events_of, set_rule, states


async def seek(job_id: int) -> None:
    async with work(SYSTEM):
        await dispatch.seek(job_id)


async def offers(job_id: int) -> list[tuple[int, str]]:
    return [(row.member_id, row.state) for row in await Offer.filter(job_id=job_id).order_by("id")]


async def do_tasks(after: float = 0) -> None:
    """All that is due so many seconds from now."""
    clock.offset = after
    try:
        while await run_due() or await run_one():
            pass
    finally:
        clock.offset = 0


async def test_it_asks_the_best_then_the_next_after_a_refusal(desk: Desk) -> None:
    near, far, _ = desk.technicians
    await Member.filter(id=near.id).update(home_lat=55.771, home_lon=37.601)
    await Member.filter(id=far.id).update(home_lat=55.76, home_lon=37.62)
    order_id, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    assert await offers(job_id) == [(near.id, "open")]
    assert await states(order_id) == ("offered", ["offered"])
    offer = await Offer.get(job_id=job_id)
    assert offer.score == sum(term["minutes"] for term in offer.explain)
    assert await Timer.filter(kind="dispatch.offer_end").count() == 1

    await seek(job_id)
    assert len(await offers(job_id)) == 1
    async with work(near):
        await dispatch.decline(offer.id, "далеко")
    await seek(job_id)
    assert await offers(job_id) == [(near.id, "declined"), (far.id, "open")]


async def test_silence_ends_an_offer(desk: Desk) -> None:
    _, job_id = await desk.order()
    with events_of(OfferEnded) as seen:
        await seek(job_id)
        offer = await Offer.get(job_id=job_id)
        clock.offset = 301
        try:
            assert await run_due() == 2
            assert await offers(job_id) == [(offer.member_id, "expired")]
            await seek(job_id)
        finally:
            clock.offset = 0
    assert [(event.offer_id, event.state) for event in seen] == [(offer.id, "expired")]
    assert [state for _, state in await offers(job_id)] == ["expired", "open"]


async def test_nobody_left_asks_the_dispatchers_once_and_a_shift_tries_again(desk: Desk) -> None:
    for who in desk.technicians[1:]:
        await Member.filter(id=who.id).update(on_duty_at=None)
    order_id, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    offer = await Offer.get(job_id=job_id)
    async with work(desk.technicians[0]):
        await dispatch.decline(offer.id, "занят")
    with events_of(NobodyFits) as seen:
        await seek(job_id)
        await seek(job_id)
    assert [event.reasons for event in seen] == [(("off_shift", 2), ("declined", 1))]
    assert (await Order.get(id=order_id)).needs_help == "nobody_fits"
    assert await states(order_id) == ("new", ["new"])

    await Member.filter(id=desk.technicians[1].id).update(on_duty_at=clock.now())
    async with work(SYSTEM):
        assert await dispatch.retry_waiting() == 1
    assert [row.args for row in await Task.filter(kind="dispatch.seek")] == [{"job_id": job_id}]
    await seek(job_id)
    assert (await Order.get(id=order_id)).needs_help is None
    assert await states(order_id) == ("offered", ["offered"])


async def test_who_said_no_to_one_time_is_asked_about_another(desk: Desk) -> None:
    for who in desk.technicians[1:]:
        await Member.filter(id=who.id).update(on_duty_at=None)
    order_id, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    async with work(desk.technicians[0]):
        await dispatch.decline((await Offer.get(job_id=job_id)).id, "до обеда не успею")
    await seek(job_id)
    assert await states(order_id) == ("new", ["new"])
    async with work(SYSTEM) as w:
        await orders.reschedule(order_id, w.now + timedelta(hours=1), w.now + timedelta(hours=3))
    await seek(job_id)
    assert await states(order_id) == ("offered", ["offered"])
    assert await offers(job_id) == [(desk.technicians[0].id, "declined"), (desk.technicians[0].id, "open")]


async def test_what_nobody_could_take_is_looked_at_again_until_somebody_can(desk: Desk) -> None:
    """Also when nothing tells of the change: a skill entered, a job finished, an absence that is over."""
    for who in desk.technicians:
        await Member.filter(id=who.id).update(on_duty_at=None)
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    await do_tasks(after=6 * 60)
    assert not await Offer.exists(job_id=job_id)
    await Member.filter(id=desk.technicians[0].id).update(on_duty_at=clock.now())
    await do_tasks(after=9 * 60)
    assert not await Offer.exists(job_id=job_id), "not all the time"
    await do_tasks(after=12 * 60)
    assert await offers(job_id) == [(desk.technicians[0].id, "open")]
    await Offer.filter(job_id=job_id).update(expires_at=clock.now() + timedelta(days=1))
    await do_tasks(after=18 * 60)
    assert not await Timer.filter(kind="dispatch.again").exists(), "and then no more"


@pytest.mark.parametrize(("waited", "pause"), [(0, 5), (30, 5), (4 * 60, 30), (8 * 60, 60), (9 * 24 * 60, 60)])
async def test_what_waits_long_is_looked_at_more_seldom(desk: Desk, waited: int, pause: int) -> None:
    """In minutes. Thousands that nobody can take must not keep the robot from new ones."""
    for who in desk.technicians:
        await Member.filter(id=who.id).update(on_duty_at=None)
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    async with work(SYSTEM) as w:
        await w.execute("UPDATE dispatch_choices SET at = at - $1::interval", timedelta(minutes=waited))
    await seek(job_id)
    due = (await Timer.get(kind="dispatch.again")).due_at
    assert (due - clock.now()).total_seconds() == pytest.approx(60 * pause, abs=30)


async def test_several_are_asked_and_the_first_to_accept_has_it(desk: Desk) -> None:
    await set_rule("offer_width", 3)
    _, job_id = await desk.order()
    with events_of(OffersOpened, OfferEnded) as seen:
        await seek(job_id)
        first, second, third = await Offer.filter(job_id=job_id).order_by("id")
        winner = next(who for who in desk.technicians if who.id == second.member_id)
        loser = next(who for who in desk.technicians if who.id == first.member_id)
        for _ in range(2):
            async with work(winner):
                assert await dispatch.accept(second.id) == job_id
        with pytest.raises(Refusal, match="already_taken"):
            async with work(loser):
                await dispatch.accept(first.id)
    assert (await Job.get(id=job_id)).assignee_id == winner.id
    assert [event.state for event in seen if isinstance(event, OfferEnded)] == ["lost", "accepted", "lost"]
    assert [event.offer_ids for event in seen if isinstance(event, OffersOpened)] == [(first.id, second.id, third.id)]
    assert not await Timer.filter(kind="dispatch.offer_end").exists()


async def test_an_offer_is_for_one_person(desk: Desk) -> None:
    _, job_id = await desk.order()
    await seek(job_id)
    offer = await Offer.get(job_id=job_id)
    other = next(who for who in desk.technicians if who.id != offer.member_id)
    own = next(who for who in desk.technicians if who.id == offer.member_id)
    for actor, code in ((other, "dispatch.offer.not_found"), (desk.contact, "not_allowed")):
        with pytest.raises(Refusal) as refused:
            async with work(actor):
                await dispatch.accept(offer.id)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        async with work(own):
            await dispatch.accept(offer.id + 1)
    with pytest.raises(Refusal, match="reason_needed"):
        async with work(own):
            await dispatch.decline(offer.id, " ")


async def test_an_offer_that_is_over_says_how_it_ended(desk: Desk) -> None:
    _, job_id = await desk.order()
    await seek(job_id)
    offer = await Offer.get(job_id=job_id)
    own = next(who for who in desk.technicians if who.id == offer.member_id)
    async with work(SYSTEM):
        await dispatch.withdraw_all(job_id)
    for verb, args in ((dispatch.accept, ()), (dispatch.decline, ("далеко",))):
        with pytest.raises(Refusal) as refused:
            async with work(own):
                await verb(offer.id, *args)
        assert (refused.value.code, refused.value.data) == ("dispatch.offer_over", {"state": "withdrawn"})


async def test_who_lost_the_job_is_not_asked_again_and_another_may_accept(desk: Desk) -> None:
    _, job_id = await desk.order()
    await seek(job_id)
    first = await Offer.get(job_id=job_id)
    taker = next(who for who in desk.technicians if who.id == first.member_id)
    async with work(taker):
        await dispatch.accept(first.id)
    await desk.done("unassign", desk.dispatcher, job_id, "заболел")
    await seek(job_id)
    second = await Offer.filter(job_id=job_id).order_by("-id").first()
    assert second is not None
    assert second.member_id != taker.id
    async with work(next(who for who in desk.technicians if who.id == second.member_id)):
        await dispatch.accept(second.id)
    assert await offers(job_id) == [(taker.id, "withdrawn"), (second.member_id, "accepted")]


async def test_a_job_that_is_taken_is_offered_to_nobody(desk: Desk) -> None:
    _, job_id = await desk.assigned()
    await seek(job_id)
    assert await offers(job_id) == []


async def test_the_seeking_task_judges_and_offers(desk: Desk) -> None:
    from core.tasks.actions import later, run_one

    _, job_id = await desk.order()
    async with work(SYSTEM):
        await later("dispatch.seek", {"job_id": job_id}, key=str(job_id))
    assert await run_one()
    assert [state for _, state in await offers(job_id)] == ["open"]
    assert not await Task.exists()


async def test_dispatchers_see_the_ranking_with_reasons(desk: Desk) -> None:
    await Member.filter(id=desk.technicians[2].id).update(on_duty_at=None)
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    ranked = await ranking(desk.dispatcher, job_id)
    assert [one.rejected for one in ranked] == [None, None, "off_shift"]
    assert ranked[0].member["name"] in ("Иван", "Пётр")
    assert ranked[0].terms[0]["code"] == "travel"
    with pytest.raises(Refusal, match="not_allowed"):
        await ranking(desk.technicians[0], job_id)


async def test_the_ranking_knows_places_shifts_and_history(desk: Desk) -> None:
    from core.customers.models import Site
    from core.people.models import Area, MemberSkill
    from core.presence.models import Track
    from core.schedule.models import Shift

    busy, knows, planned = desk.technicians
    here = await Area.create(name="Север", lat=55.77, lon=37.6, radius=5)
    there = await Area.create(name="Юг", lat=55.5, lon=37.6, radius=5)
    await (await Member.get(id=knows.id)).areas.add(here)
    await (await Member.get(id=planned.id)).areas.add(there)
    await Site.filter(id=desk.site.id).update(responsible_id=knows.id)
    past_order, past_job = await desk.on_site(1)
    from core.orders.models import OrderAsset

    await OrderAsset.create(order_id=past_order, asset=desk.asset)
    await desk.done("finish", knows, past_job)
    await desk.on_site(0)
    await Track.create(member_id=busy.id, lat=55.77, lon=37.6, at=clock.now())
    _, job_id = await desk.order(asset_ids=[desk.asset.id])

    def by_member(rows):  # type: ignore[no-untyped-def]
        return {row.member_id: row for row in rows}

    ranked = by_member(await ranking(desk.dispatcher, job_id))
    codes = {code["code"]: code["value"] for code in ranked[knows.id].terms}
    assert {"responsible", "often", "asset"} <= codes.keys()
    told = {code["code"]: code["value"] for code in ranked[busy.id].terms}
    assert (told["load"], told["travel"]) == (1, 3.0)
    assert 50 < told["busy"] <= 60
    assert ranked[planned.id].rejected == "area"

    await Area.filter(id=there.id).update(lat=55.77)
    await Member.filter(id=planned.id).update(on_duty_at=None)
    assert by_member(await ranking(desk.dispatcher, job_id))[planned.id].rejected == "off_shift"
    now = clock.now()
    await Shift.create(member_id=planned.id, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    assert by_member(await ranking(desk.dispatcher, job_id))[planned.id].rejected is None
    await MemberSkill.filter(member_id=planned.id).delete()
    assert by_member(await ranking(desk.dispatcher, job_id))[planned.id].rejected == "skill"
