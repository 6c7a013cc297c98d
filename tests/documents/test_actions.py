"""An act is drawn up from what was done, signed once, and never touched again."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from core.checklists import actions as checklists
from core.documents import actions as documents
from core.documents.actions import printed_facts
from core.documents.models import Document, Signature
from core.documents.proof import matches
from core.documents.queries import document_view, documents_of, lines_of, proof
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock
from core.kernel.errors import NotFound, Refusal
from core.kernel.ids import keys
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Job, Order
from core.outbox.models import Notice
from core.overview.queries import order_facts
from core.reports import actions as reports
from core.tasks.actions import run_one
from tests.world import World


@pytest.fixture
async def order(world: World) -> int:
    """Olga's order, done by Pyotr: a diagnosis and two kilos of freon."""
    async with work(await world.actor(contact(world.olga))):
        number = await orders.create(
            customer_id=world.azbuka, site_id=world.arbat, contact_id=world.olga, words="Не холодит", source="telegram"
        )
    await _visit(world, (await Job.get(order_id=number)).id)
    return number


async def _visit(world: World, job: int) -> None:
    async with work(SYSTEM):
        await orders.assign(job, world.pyotr)
        await orders.travel(job)
        await orders.arrive(job, "hand", None)
    await _visit_ends(world, job)


async def _visit_ends(world: World, job: int) -> None:
    async with work(await world.actor(member(world.pyotr))):
        await reports.set_line(job, world.diagnostics, Decimal(1))
        await reports.set_line(job, world.freon, Decimal(2))
    async with work(SYSTEM):
        from core.company import actions as company

        for name in ("require_before_photo", "require_after_photo"):
            await company.set_rule(name, False)
        await orders.finish(job, "done")


async def _draft(world: World, order: int) -> int:
    """A printed act; printing itself is proved in `test_act`."""
    rows = await Document.filter(order_id=order).order_by("-version")
    if not rows or rows[0].state in ("signed", "refused", "ready"):
        async with work(SYSTEM):
            await documents.draft_act(order)
        rows = await Document.filter(order_id=order).order_by("-version")
    await Document.filter(id=rows[0].id).update(state="ready")
    return rows[0].id


async def test_the_act_lists_what_was_done(world: World, order: int) -> None:
    number = await _draft(world, order)
    olga = await world.actor(contact(world.olga))
    paper = await document_view(olga, number)
    assert (paper.total, paper.version) == (Decimal("5280.00"), 1)
    listed = [(line["name"], Decimal(line["quantity"])) for line in await lines_of(olga, number)]
    assert listed == [("Диагностика", 1), ("Фреон R404A", 2)], "works first, then materials"


async def test_it_says_when_people_were_on_site(world: World) -> None:
    async with work(await world.actor(contact(world.olga))):
        number = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Не холодит", source="web")
    job = (await Job.get(order_id=number)).id
    async with work(SYSTEM):
        await orders.assign(job, world.pyotr)
        await orders.travel(job)
        await orders.arrive(job, "hand", None)
    for minutes, verb, args in ((30, "pause", ("обед",)), (20, "resume", ()), (40, "set_comment", ("Готово",))):
        clock.offset += 60 * minutes
        async with work(SYSTEM):
            await getattr(orders, verb)(job, *args)
    await _visit_ends(world, job)
    paper = await Document.get(order_id=number)
    facts = await printed_facts(paper)
    (visit,) = facts.visits
    assert (visit.technician, visit.pause) == ("Пётр Ким", 20)
    assert visit.worked in (timedelta(minutes=70), timedelta(minutes=71))
    assert matches(paper.facts, paper.digest)


async def test_it_lists_what_was_measured(world: World) -> None:
    item = {
        "code": "temp",
        "text": {"ru": "Температура", "en": "Temperature"},
        "type": "number",
        "unit": "°C",
        "max": 5,
    }
    asked = {"code": "seal", "text": {"ru": "Уплотнитель цел", "en": "The seal is whole"}, "type": "yesno"}
    async with work(SYSTEM):
        await checklists.save_template("default", {"ru": "Витрина", "en": "Fridge"}, [asked, item])
        number = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Тепло", source="telegram")
        job = (await Job.get(order_id=number)).id
        await orders.assign(job, world.pyotr)
        await orders.travel(job)
        await orders.arrive(job, "hand", None)
        await checklists.answer(job, "seal", True)
        await checklists.answer(job, "temp", 7.5)
    await _visit_ends(world, job)
    paper = await Document.get(id=await _draft(world, number))
    reading = {"name": "Температура", "unit": "°C", "value": "7.5", "low": None, "high": "5"}
    assert paper.facts["readings"] == [reading]
    assert (await printed_facts(paper)).readings[0].ok is False


async def test_it_is_signed_once(world: World, order: int) -> None:
    number = await _draft(world, order)
    olga = await world.actor(contact(world.olga))
    async with work(olga):
        await documents.sign(number, "bot", "Ольга Белова", key="bot:1")
    async with work(olga):
        await documents.sign(number, "bot", "Ольга Белова", key="bot:1")
    with pytest.raises(Refusal, match=r"documents\.signed"):
        async with work(olga):
            await documents.sign(number, "bot", "Ольга Белова", key="bot:2")
    with pytest.raises(Refusal, match=r"documents\.signed"):
        async with work(await world.actor(member(world.pyotr))):
            await documents.sign(number, "screen", "Кто-то", key=None)
    assert await Signature.filter(document_id=number).count() == 1
    assert (await document_view(olga, number)).signed_by == "Ольга Белова"


async def test_a_signed_act_is_neither_refused_nor_drawn_up_anew(world: World, order: int) -> None:
    number = await _draft(world, order)
    olga = await world.actor(contact(world.olga))
    async with work(olga):
        await documents.sign(number, "bot", "Ольга")
    with pytest.raises(Refusal, match=r"documents\.signed"):
        async with work(olga):
            await documents.refuse(number, "Передумала")
    with pytest.raises(Refusal, match=r"documents\.nothing_done"):
        async with work(SYSTEM):
            await documents.draft_act(order)


async def test_a_new_version_replaces_an_unsigned_one(world: World, order: int) -> None:
    olga = await world.actor(contact(world.olga))
    first = await _draft(world, order)
    async with work(olga):
        await documents.refuse(first, "Лишний фреон")
    second = await _draft(world, order)
    assert second != first
    with pytest.raises(Refusal, match=r"documents\.replaced"):
        async with work(olga):
            await documents.sign(first, "bot", "Ольга")
    async with work(olga):
        await documents.sign(second, "bot", "Ольга")
    papers = await documents_of(olga, order)
    assert [(paper.version, paper.state) for paper in papers] == [(2, "signed"), (1, "refused")]
    assert papers[0].number.endswith("/2")


async def _returns(world: World, order: int) -> int:
    """Only a part was done; somebody comes again. The job of the second visit."""
    first = await Job.get(order_id=order)
    await Job.filter(id=first.id).update(outcome="partly")
    async with work(SYSTEM):
        return await orders.add_return(first.id, "Довезти фреон")


async def test_a_visit_that_was_signed_for_is_not_billed_again(world: World, order: int) -> None:
    second = await _returns(world, order)
    paper = await _draft(world, order)
    olga = await world.actor(contact(world.olga))
    async with work(olga):
        await documents.sign(paper, "bot", "Ольга")
    assert (await Order.get(id=order)).state != "closed"
    await _visit(world, second)
    first, then = await Document.filter(order_id=order).order_by("version")
    assert (first.state, first.replaced_by, first.total) == ("signed", None, Decimal("5280.00"))
    assert (then.number, then.total, then.job_ids) == (f"{first.number}/2", Decimal("5280.00"), [second])
    await Document.filter(id=then.id).update(state="ready")
    async with work(olga):
        await documents.sign(then.id, "bot", "Ольга")
    assert (await Order.get(id=order)).state == "closed"


async def test_visits_that_nobody_signed_for_are_billed_together(world: World, order: int) -> None:
    first = await _draft(world, order)
    second = await _returns(world, order)
    await _visit(world, second)
    newest = await Document.filter(order_id=order).order_by("-version").first()
    assert newest
    assert newest.total == Decimal("10560.00")
    assert (await Document.get(id=first)).replaced_by == newest.id


async def test_nobody_signs_for_work_that_goes_on(world: World, order: int) -> None:
    paper = await _draft(world, order)
    job = (await Job.get(order_id=order)).id
    async with work(await world.actor(member(world.dispatcher))):
        await orders.step_back(job)
    olga = await world.actor(contact(world.olga))
    with pytest.raises(Refusal, match=r"documents\.replaced"):
        async with work(olga):
            await documents.sign(paper, "bot", "Ольга")
    assert (await order_facts(order))["documents"] == []
    async with work(SYSTEM):
        await orders.finish(job, "done")
    newest = await Document.filter(order_id=order).order_by("-version").first()
    assert newest
    assert (newest.version, newest.total) == (2, Decimal("5280.00"))
    assert (await Document.get(id=paper)).replaced_by == newest.id


async def test_an_act_that_was_printed_while_the_work_went_on_is_not_asked_for(world: World, order: int) -> None:
    paper = await _draft(world, order)
    await Document.filter(id=paper).update(state="rendering")
    async with work(await world.actor(member(world.dispatcher))):
        await orders.step_back((await Job.get(order_id=order)).id)
    while await run_one():
        pass
    assert (await Document.get(id=paper)).state == "rendering"
    assert not await Notice.exists(screen="customer.sign")


async def test_a_step_that_was_signed_for_is_not_taken_back(world: World, order: int) -> None:
    paper = await _draft(world, order)
    await _returns(world, order)
    async with work(await world.actor(contact(world.olga))):
        await documents.sign(paper, "bot", "Ольга")
    job = await Job.filter(order_id=order).order_by("id").first()
    assert job
    with pytest.raises(Refusal, match=r"documents\.billed"):
        async with work(await world.actor(member(world.dispatcher))):
            await orders.step_back(job.id)
    assert (await Job.get(id=job.id)).state == "done"


async def test_one_who_signs_and_one_who_draws_up_another_take_turns(world: World, order: int) -> None:
    """Either the old act is signed and there is no other, or the new one stands and the old one can't be signed."""
    olga = await world.actor(contact(world.olga))
    for _ in range(6):
        paper = await _draft(world, order)
        await Document.filter(order_id=order).exclude(id=paper).delete()

        async def sign(paper: int = paper) -> None:
            async with work(olga):
                await documents.sign(paper, "bot", "Ольга")

        async def redo() -> None:
            async with work(SYSTEM):
                await documents.draft_act(order)

        ended = await asyncio.gather(sign(), redo(), return_exceptions=True)
        (refused,) = [one for one in ended if one is not None]
        assert isinstance(refused, Refusal), ended
        papers = await Document.filter(order_id=order).order_by("version")
        assert [one.state for one in papers if one.replaced_by is None] == (
            ["signed"] if ended[0] is None else ["rendering"]
        )
        await Signature.all().delete()
        await Document.filter(order_id=order).update(state="refused", replaced_by=None)
        await Job.filter(order_id=order).update(state="done")


@pytest.mark.parametrize(("name", "code"), [("", "name_needed"), ("  ", "name_needed")])
async def test_somebody_signs(world: World, order: int, name: str, code: str) -> None:
    number = await _draft(world, order)
    with pytest.raises(Refusal, match=code):
        async with work(await world.actor(contact(world.olga))):
            await documents.sign(number, "bot", name)


async def test_what_is_not_printed_yet_is_not_signed(world: World, order: int) -> None:
    number = await _draft(world, order)
    await Document.filter(id=number).update(state="rendering")
    with pytest.raises(Refusal, match="not_ready"):
        async with work(await world.actor(contact(world.olga))):
            await documents.sign(number, "bot", "Ольга")


async def test_an_act_of_others_is_not_there(world: World, order: int) -> None:
    number = await _draft(world, order)
    for party in (contact(world.marat), member(world.rashid)):
        stranger = await world.actor(party)
        with pytest.raises(NotFound):
            await document_view(stranger, number)
        with pytest.raises(NotFound):
            async with work(stranger):
                await documents.sign(number, "bot", "Чужой")


async def test_a_refusal_has_a_reason(world: World, order: int) -> None:
    number = await _draft(world, order)
    with pytest.raises(Refusal, match="reason_needed"):
        async with work(await world.actor(contact(world.olga))):
            await documents.refuse(number, " ")


async def test_the_first_no_stands_until_there_is_another_act(world: World, order: int) -> None:
    """A second press alarms nobody again, and whoever signs now is told why not."""
    olga = await world.actor(contact(world.olga))
    number = await _draft(world, order)
    async with work(olga):
        await documents.refuse(number, "Лишний фреон")
    told = Entry.filter(order_id=order, kind="act_refused")
    for again in (documents.refuse(number, "Лишний фреон"), documents.sign(number, "bot", "Ольга")):
        with pytest.raises(Refusal, match=r"documents\.refused"):
            async with work(olga):
                await again
    assert await told.count() == 1


async def test_nothing_done_makes_no_act(world: World) -> None:
    async with work(await world.actor(contact(world.olga))):
        number = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Шумит", source="telegram")
    with pytest.raises(Refusal, match="nothing_done"):
        async with work(SYSTEM):
            await documents.draft_act(number)


async def test_the_page_of_proof_knows_the_act_and_a_changed_one(world: World, order: int) -> None:
    number = await _draft(world, order)
    payload = keys().sign("act", number)
    assert (await proof(payload)).genuine
    row = await Document.get(id=number)
    await Document.filter(id=number).update(facts={**row.facts, "note": "дописано"})
    assert not (await proof(payload)).genuine
    for forged in (payload[:-1], payload + "x", keys().sign("asset", number), "", "act"):
        with pytest.raises(NotFound):
            await proof(forged)
