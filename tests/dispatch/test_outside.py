"""Contractors: the robot leaves them alone, a dispatcher asks or gives, for a sum or without, and takes it back."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from core.dispatch import actions as dispatch
from core.dispatch import outside, settle
from core.dispatch.models import Choice, Offer
from core.dispatch.queries import ranking, rulesets
from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import clock
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Job
from core.orders.queries import access_order
from core.outbox.models import Address
from core.people import actions as people
from core.people.models import Member, Skill
from core.people.queries import member_view
from core.timers.actions import run_due
from tests.orders.desk import Desk, add_technician, states

FEE = Decimal("3500.50")


@pytest.fixture(autouse=True)
def on_time() -> Iterator[None]:
    yield
    clock.offset = 0


async def contractor(name: str = "Мороз", firm: str = "ООО «Мороз»", *, chat: bool = True, **fields: object) -> Actor:
    """With the skill of the desk's fridge, and no shift."""
    made = await add_technician(name, await Skill.get(code="cold"), contractor=True, firm=firm, **fields)
    if chat:
        await Address.create(party=made.party, bot="technician", chat_id=7000 + made.id, locale="ru", zone="UTC")
    return made


async def alone(desk: Desk) -> None:
    """None of our own is at work."""
    await Member.filter(contractor=False).update(on_duty_at=None)


async def seek(job_id: int) -> None:
    async with work(SYSTEM):
        await dispatch.seek(job_id)


async def asked(desk: Desk, job_id: int, who: Actor, fee: Decimal | None = FEE) -> int:
    async with work(desk.dispatcher):
        return await outside.offer(job_id, who.id, fee)


async def test_the_robot_asks_none_by_itself_and_names_who_would_help(desk: Desk) -> None:
    frost = await contractor()
    await contractor("Снег", chat=False)
    await contractor("Жар", by_bot=False)
    await alone(desk)
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    assert not await Offer.exists()
    (choice,) = await Choice.all()
    assert choice.help[-1] == {"how": "contractor", "detail": "", "id": frost.id, "name": "Мороз", "n": 3, "what": ""}
    found = {one.name: one.rejected for one in await ranking(desk.dispatcher, job_id)}
    assert found["Мороз"] == found["Снег"] == "contractor"


async def test_a_rule_set_may_let_the_robot_ask_those_whom_the_bot_reaches(desk: Desk) -> None:
    frost = await contractor()
    await contractor("Снег", chat=False)
    await alone(desk)
    (usual,) = await rulesets()
    async with work(SYSTEM):
        await settle.save_ruleset(replace(usual, mode="offer", width=5, off=("contractor",)))
    _, job_id = await desk.order()
    await seek(job_id)
    assert [row.member_id for row in await Offer.all()] == [frost.id]
    found = {one.name: one.rejected for one in await ranking(desk.dispatcher, job_id)}
    assert found["Снег"] == "by_phone"


async def test_dispatchers_see_all_of_them_ranked_with_reasons(desk: Desk) -> None:
    near = await contractor()
    far = await contractor("Снег", "", chat=False, home_lat=56.2)
    other = await add_technician("Жар", None, contractor=True, home_lat=55.77, home_lon=37.6)
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    found = await outside.outsiders(desk.dispatcher, job_id)
    assert [(one.member_id, one.firm, one.by_bot, one.ranked.rejected) for one in found] == [
        (near.id, "ООО «Мороз»", True, None),
        (far.id, "", False, None),
        (other.id, "", False, "skill"),
    ]
    assert found[0].ranked.score == sum(term["minutes"] for term in found[0].ranked.terms)
    with pytest.raises(Refusal, match="not_allowed"):
        await outside.outsiders(desk.technicians[0], job_id)
    with pytest.raises(NotFound):
        await outside.outsiders(desk.dispatcher, 10**9)


async def test_the_first_who_accepts_has_it_for_the_sum_that_was_named(desk: Desk) -> None:
    frost, snow = await contractor(), await contractor("Снег")
    order_id, job_id = await desk.order()
    first = await asked(desk, job_id, frost)
    second = await asked(desk, job_id, snow, None)
    assert await asked(desk, job_id, frost) == first
    assert await states(order_id) == ("offered", ["offered"])
    found = {one.name: (one.asked, one.fee) for one in await outside.outsiders(desk.dispatcher, job_id)}
    assert found == {"Мороз": (True, FEE), "Снег": (True, None)}
    async with work(frost):
        await dispatch.accept(first)
    with pytest.raises(Refusal, match="already_taken"):
        async with work(snow):
            await dispatch.accept(second)
    job = await Job.get(id=job_id)
    assert (job.assignee_id, job.fee, job.state) == (frost.id, FEE, "assigned")
    assert [row.public for row in await Entry.filter(job_id=job_id, kind="job.fee")] == [False]


async def test_silence_and_a_refusal_bring_it_back_to_the_dispatchers(desk: Desk) -> None:
    frost, snow = await contractor(), await contractor("Снег")
    await alone(desk)
    _, job_id = await desk.order(asset_ids=[desk.asset.id])
    await seek(job_id)
    first = await asked(desk, job_id, frost)
    clock.offset += 60
    second = await asked(desk, job_id, snow)
    await seek(job_id)
    assert (await Job.get(id=job_id)).needs_help is None
    async with work(frost):
        await dispatch.decline(first, "дорого")
    clock.offset += 3600
    await run_due()
    assert (await Offer.get(id=second)).state == "expired"
    await seek(job_id)
    job = await Job.get(id=job_id)
    assert (job.state, job.needs_help) == ("new", "nobody_fits")
    reasons = {one.name: one.ranked.rejected for one in await outside.outsiders(desk.dispatcher, job_id)}
    assert reasons == {"Мороз": "declined", "Снег": "no_answer"}


async def test_an_earlier_offer_ends_in_its_own_time(desk: Desk) -> None:
    frost, snow = await contractor(), await contractor("Снег")
    _, job_id = await desk.order()
    first = await asked(desk, job_id, frost)
    clock.offset += 200
    second = await asked(desk, job_id, snow)
    clock.offset += 150
    await run_due()
    assert [(await Offer.get(id=one)).state for one in (first, second)] == ["expired", "open"]


async def test_manual_rules_wait_for_who_is_asked(desk: Desk) -> None:
    frost = await contractor()
    (usual,) = await rulesets()
    async with work(SYSTEM):
        await settle.save_ruleset(replace(usual, mode="manual"))
    _, job_id = await desk.order()
    await asked(desk, job_id, frost)
    await seek(job_id)
    job = await Job.get(id=job_id)
    assert (job.state, job.needs_help) == ("offered", None)


async def test_a_job_is_given_taken_and_given_to_our_own(desk: Desk) -> None:
    frost, ivan = await contractor(by_bot=False), desk.technicians[0]
    _, job_id = await desk.order()
    await desk.done("assign", desk.dispatcher, job_id, frost.id, fee=FEE)
    assert (await Job.get(id=job_id)).fee == FEE
    await desk.done("set_fee", desk.dispatcher, job_id, Decimal(4000))
    await desk.done("set_fee", desk.dispatcher, job_id, Decimal(4000))
    assert (await Job.get(id=job_id)).fee == Decimal(4000)
    assert await Entry.filter(job_id=job_id, kind="job.fee").count() == 2
    await desk.done("assign", desk.dispatcher, job_id, ivan.id)
    job = await Job.get(id=job_id)
    assert (job.assignee_id, job.fee) == (ivan.id, None)
    with pytest.raises(Refusal, match="bad_fee"):
        await desk.done("set_fee", desk.dispatcher, job_id, FEE)


async def test_who_has_it_and_is_given_it_for_another_sum_gets_that_sum(desk: Desk) -> None:
    frost = await contractor()
    _, job_id = await desk.order()
    await desk.done("assign", desk.dispatcher, job_id, frost.id, fee=FEE)
    await desk.done("assign", desk.dispatcher, job_id, frost.id)
    assert (await Job.get(id=job_id)).fee == FEE
    await desk.done("assign", desk.dispatcher, job_id, frost.id, fee=Decimal(7000))
    await desk.done("assign", desk.dispatcher, job_id, frost.id, fee=Decimal(7000))
    assert (await Job.get(id=job_id)).fee == Decimal(7000)
    assert await Entry.filter(job_id=job_id, kind="job.fee").count() == 2


@pytest.mark.parametrize("fee", [Decimal(-1), Decimal("0.001"), Decimal("NaN"), Decimal(10) ** 9])
async def test_a_sum_that_is_none_is_refused(desk: Desk, fee: Decimal) -> None:
    frost = await contractor()
    _, job_id = await desk.order()
    with pytest.raises(Refusal, match="bad_fee"):
        await asked(desk, job_id, frost, fee)
    with pytest.raises(Refusal, match="bad_fee"):
        await desk.done("assign", desk.dispatcher, job_id, frost.id, fee=fee)


async def test_who_cannot_be_asked_is_told_why(desk: Desk) -> None:
    frost, phone = await contractor(), await contractor("Снег", by_bot=False)
    _, job_id = await desk.order()
    for who, code in ((desk.technicians[0], "not_outside"), (phone, "not_by_bot"), (Actor("member", 10**9), "not_out")):
        with pytest.raises(Refusal, match=code):
            await asked(desk, job_id, who)
    await asked(desk, job_id, frost)
    with pytest.raises(Refusal, match=r"orders\.changed"):
        async with work(desk.dispatcher):
            await outside.offer(job_id, phone.id, None, revision=10**6)
    await desk.done("assign", desk.dispatcher, job_id, desk.technicians[0].id)
    with pytest.raises(Refusal, match="wrong_state"):
        await asked(desk, job_id, frost)
    with pytest.raises(Refusal, match="bad_fee"):
        await desk.done("assign", desk.dispatcher, job_id, desk.technicians[1].id, fee=FEE)


async def test_another_sum_takes_the_place_of_the_former(desk: Desk) -> None:
    frost, snow = await contractor(), await contractor("Снег")
    _, job_id = await desk.order()
    first, other = await asked(desk, job_id, frost, FEE), await asked(desk, job_id, snow, FEE)
    second = await asked(desk, job_id, frost, Decimal(4200))
    assert second == await asked(desk, job_id, frost, Decimal(4200))
    states = {row.id: row.state for row in await Offer.filter(job_id=job_id)}
    assert states == {first: "withdrawn", other: "open", second: "open"}
    with pytest.raises(Refusal, match="offer_over"):
        async with work(frost):
            await dispatch.accept(first)
    async with work(frost):
        await dispatch.accept(second)
    job = await Job.get(id=job_id)
    assert (job.assignee_id, job.fee) == (frost.id, Decimal(4200))


async def test_they_see_what_is_theirs_and_no_longer(desk: Desk) -> None:
    frost = await contractor()
    order_id, job_id = await desk.order()
    with pytest.raises(NotFound):
        await access_order(frost, order_id)
    offer = await asked(desk, job_id, frost)
    assert await access_order(frost, order_id) == order_id
    async with work(frost):
        await dispatch.accept(offer)
    assert await access_order(frost, order_id) == order_id
    async with work(desk.dispatcher):
        await orders.unassign(job_id, "передумали")
        await dispatch.withdraw_all(job_id)
    with pytest.raises(NotFound):
        await access_order(frost, order_id)


async def test_their_role_lets_them_do_no_more_than_their_jobs(desk: Desk) -> None:
    boss = Actor("member", 1, frozenset({"*"}))
    async with work(boss):
        made = await people.add_member("technician", "Мороз", contractor=True, firm=" ООО  «Мороз» ", by_bot=False)
    view = await member_view(made)
    assert (view.contractor, view.firm, view.by_bot, view.role) == (True, "ООО «Мороз»", False, "technician")
    for change in ({"role": "dispatcher"}, {"role": "admin"}):
        with pytest.raises(Refusal, match="contractor_role"):
            async with work(boss):
                await people.update_member(made, **change)
    with pytest.raises(Refusal, match="contractor_role"):
        async with work(boss):
            await people.update_role("technician", ["orders.work", "orders.see_all"])
    with pytest.raises(Refusal, match="contractor_role"):
        async with work(boss):
            await people.add_member("dispatcher", "Снег", contractor=True)
    async with work(boss):
        await people.update_member(made, contractor=False)
    view = await member_view(made)
    assert (view.contractor, view.firm, view.by_bot) == (False, "", True)
