"""Contractors on the pages: marked on their card, asked or given a job with a price, told as such wherever they are."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.dispatch.models import Offer
from core.documents.queries import documents_of
from core.kernel.actor import SYSTEM, member
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job
from core.overview.queries import order_facts
from core.overview.timesheet import timesheet
from core.people import actions as people
from core.people.queries import member_view
from core.presence.models import Visit
from core.schedule.queries import today
from tests.admin_web.sending import number_in, send
from tests.admin_web.test_people_pages import CARD
from tests.admin_web.visitor import Visitor
from tests.world import World

MARKED = {**CARD, "name": "Игорь Снегов", "contractor": "1", "firm": "ООО «Мороз»", "by_bot": "1", "skill.cold": "4"}


@pytest.fixture
async def frost(world: World) -> int:
    async with work():
        made = await people.add_member("technician", "Игорь Снегов", contractor=True, firm="ООО «Мороз»", by_bot=False)
        await people.set_skills(made, {"cold": 4})
    return made


async def test_somebody_is_marked_and_unmarked_on_their_card(admin: Visitor, world: World) -> None:
    answer = await send(admin, "/admin/people/new", MARKED)
    made = number_in(answer.where)
    one = await member_view(made)
    assert (one.contractor, one.firm, one.by_bot) == (True, "ООО «Мороз»", True)
    _, text = await admin.get("/admin/people?q=мороз")
    assert "подрядчик · ООО «Мороз»" in text
    refused = await send(admin, f"/admin/people/{made}", {**MARKED, "role": "dispatcher"})
    assert "роль" in refused.said
    plain = {name: value for name, value in MARKED.items() if name not in ("contractor", "by_bot")}
    assert (await send(admin, f"/admin/people/{made}", plain)).done
    one = await member_view(made)
    assert (one.contractor, one.firm, one.by_bot) == (False, "", True)


async def test_a_job_is_given_with_a_price_that_can_be_corrected(dispatcher: Visitor, made, frost: int) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new()
    at = f"/admin/orders/{order_id}/outside"
    _, text = await dispatcher.get(f"{at}?job={job_id}", **{"HX-Request": "true"})
    assert "Игорь Снегов" in text
    assert "ООО «Мороз»" in text
    assert 'value="offer"' not in text  # takes no jobs by the bot
    job = (await order_facts(order_id))["jobs"][0]
    sent = {"job": str(job_id), "member": str(frost), "revision": str(job["revision"]), "how": "give"}
    for wrong in ("дорого", "-5", "1,234", "9999999999"):
        assert not (await send(dispatcher, at, {**sent, "fee": wrong})).done
    offered = await send(dispatcher, at, {**sent, "how": "offer"})
    assert "не берёт наряды в боте" in offered.said
    assert not (await send(dispatcher, at, {**sent, "how": "x"})).done
    assert (await send(dispatcher, at, {**sent, "fee": "3 500,50"})).done
    row = await Job.get(id=job_id)
    assert (row.assignee_id, row.fee, await Offer.filter(job_id=job_id).count()) == (frost, Decimal("3500.50"), 0)
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert "подрядчик · ООО «Мороз»" in text
    assert 'value="3500.50"' in text
    fee, seen = f"/admin/orders/{order_id}/fee", {"job": str(job_id), "member": str(frost)}
    for was, typed, kept in (("3500.50", "4000", Decimal(4000)), ("4000.00", "", None)):
        assert (await send(dispatcher, fee, {**seen, "was": was, "fee": typed})).done
        assert (await Job.get(id=job_id)).fee == kept
        older = await send(dispatcher, fee, {**seen, "was": "3500.50" if kept else "4000.00", "fee": "5000"})
        assert "только что изменилась" in older.said, "another dispatcher's sum stands"
        assert (await Job.get(id=job_id)).fee == kept
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert "Цена для подрядчика: 4" in text


async def test_only_dispatchers_and_only_their_order(
    dispatcher: Visitor, technician: Visitor, made, frost: int
) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new()
    _, other = await made.new()
    at = f"/admin/orders/{order_id}"
    for way in ("outside", "fee"):
        assert (
            await send(dispatcher, f"{at}/{way}", {"job": str(other), "member": str(frost), "how": "give"})
        ).status == 404
        assert (await technician.post(f"{at}/{way}", {"job": str(job_id)}))[0] in (302, 303, 403, 404)


async def test_the_queue_and_the_robots_word_lead_to_contractors(dispatcher: Visitor, made, frost: int) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new()
    async with work(SYSTEM):
        await orders.ask_help(job_id, "nobody_fits")
    _, text = await dispatcher.get("/admin/todo")
    assert f"/admin/orders/{order_id}/outside?job={job_id}" in text
    async with work():
        await people.update_member(frost, contractor=False)
    _, text = await dispatcher.get("/admin/todo")
    assert "/outside?" not in text


async def test_the_timesheet_tells_who_came_from_outside(dispatcher: Visitor, made, world: World, frost: int) -> None:  # type: ignore[no-untyped-def]
    assert frost not in {line.member_id for line in await timesheet(await today())}
    order_id, job_id = await made.new()
    async with work(SYSTEM) as w:
        await orders.assign(job_id, frost)
        await Visit.create(
            member_id=frost, job_id=job_id, arrived_at=w.now - timedelta(minutes=1), left_at=w.now, how="hand"
        )
    assert frost in {line.member_id for line in await timesheet(await today())}
    _, text = await dispatcher.get("/admin/people/timesheet")
    assert "подрядчик · ООО «Мороз»" in text
    with pytest.raises(Refusal, match=r"documents\.outside"):
        await documents_of(await world.actor(member(frost)), order_id)
