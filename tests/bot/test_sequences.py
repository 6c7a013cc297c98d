"""Unusual sequences: what was asked, shown or begun before something else happened."""

from datetime import timedelta

import pytest

import bot.customer.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.technician.routes import routes
from core.documents.models import Document
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock, now
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.reactions.jobs import unsigned
from core.schedule import actions as schedule
from core.timers.actions import Due
from tests.bot.conftest import Call, on_site
from tests.bot.play import Phone
from tests.world import World

pytestmark = pytest.mark.usefixtures("no_photos")


async def given(call: Call, member_id: int) -> Phone:
    """The dispatcher gives the job to a colleague, who comes to work."""
    async with work(await call.world.actor(member(call.world.dispatcher))):
        await orders.assign(call.job, member_id)
    async with work(await call.world.actor(member(member_id))):
        await schedule.open_shift(member_id)
    return Phone(routes, World.tg(member(member_id)), "Рашид")


async def test_an_order_with_work_left_does_not_close_by_itself(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Закрыто на замок")
    await pyotr.tap("again.when", "no")
    assert "решит диспетчер" in pyotr.shown("technician.again.no").view.text
    async with work(SYSTEM):
        await unsigned(Due("orders.auto_close", str(assigned.order), now(), {}, 1))
    assert await fetchval("SELECT state FROM orders_orders") == "done"


async def test_a_signature_for_a_part_of_the_work_leaves_room_for_another_visit(
    assigned: Call, pyotr: Phone, olga: Phone
) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("line.open", assigned.job, str(assigned.world.diagnostics))
    await pyotr.press("job.finish", assigned.job, "part_needed")
    await pyotr.say("Нужен компрессор")
    asked = pyotr.shown("technician.again").button("again.when", "soon")
    paper = await fetchval("SELECT id FROM documents_documents")
    await Document.filter(id=paper).update(state="ready")
    await olga.press("sign.ok", paper)
    await pyotr.press(asked.verb, asked.id, asked.extra)
    assert pyotr.refused is None
    assert await fetchval("SELECT count(*) FROM orders_jobs WHERE return_of_id = $1", assigned.job) == 1


async def test_each_who_was_on_site_has_their_own_hours(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    clock.offset += 7200
    await pyotr.press("job.pause", assigned.job, "urgent")
    rashid = await given(assigned, assigned.world.rashid)
    await on_site(rashid, assigned)
    clock.offset += 3600
    await rashid.press("job.finish", assigned.job, "no_access")
    await rashid.say("Закрыто")
    rows = await fetch(
        "SELECT member_id, extract(epoch FROM left_at - arrived_at)::int / 60 AS m FROM presence_visits ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [(assigned.world.pyotr, 120), (assigned.world.rashid, 60)]


async def test_a_label_that_is_scanned_meanwhile_goes_into_the_draft(call: Call, olga: Phone) -> None:
    await olga.say("Сильно гудит и капает вода")
    await olga.send("photo")
    await olga.command("start", f"q_{call.world.fridge_tag}")
    draft = olga.dialogue.data["draft"]
    assert draft["assets"][0]["id"] == call.world.fridge
    assert (draft["words"], len(draft["files"])) == ("Сильно гудит и капает вода", 1)


@pytest.mark.parametrize("step", ["talk", "check", "photos"])
async def test_a_live_location_is_followed_whatever_is_asked(assigned: Call, pyotr: Phone, step: str) -> None:
    if step == "talk":
        await pyotr.press("job.chat", assigned.job, "customer")
        await pyotr.say("Выезжаю")
    await pyotr.press("job.go", assigned.job)
    if step != "talk":
        await pyotr.press("job.check" if step == "check" else "job.photo", assigned.job)
    await pyotr.place(55.76, 37.6, live=3600)
    assert await fetchval("SELECT count(*) FROM presence_live_shares") == 1


async def test_words_after_the_job_went_on_do_not_finish_it(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.press("job.pause", assigned.job, "customer")
    await pyotr.press("job.resume", assigned.job)
    await pyotr.say("Ключ нашли, захожу")
    assert await fetchval("SELECT state FROM orders_jobs WHERE id = $1", assigned.job) == "on_site"


async def test_nobody_is_held_at_a_question_that_is_no_more(call: Call, olga: Phone) -> None:
    await olga.press("order.cancel", call.order)
    await olga.tap("order.cancel", "other")
    async with work(await call.world.actor(member(call.world.dispatcher))):
        await orders.cancel(call.order, "Дубль")
    await olga.say("Не нужно больше")
    await olga.say("А в другом магазине потекла витрина")
    assert olga.refused is None
    assert olga.last.screen.startswith("customer.new.")


async def test_whose_job_was_taken_may_write_again(assigned: Call, pyotr: Phone) -> None:
    await pyotr.press("job.chat", assigned.job, "customer")
    await pyotr.say("Еду")
    await given(assigned, assigned.world.rashid)
    await pyotr.say("Почему сняли?")
    await pyotr.say("Алло")
    assert pyotr.refused is None


async def test_each_visit_is_rated_for_whoever_made_it(assigned: Call, olga: Phone) -> None:
    people = assigned.world

    async def visited(job: int, who: int, mark: str) -> None:
        async with work(await people.actor(member(who))):
            await orders.travel(job)
            await orders.arrive(job)
            await orders.finish(job, "no_access")
        async with work(SYSTEM):
            await orders.close(assigned.order)
        for what in ("speed", "accuracy", "communication"):
            await olga.press(f"rate.{what}", assigned.order, mark)

    await visited(assigned.job, people.pyotr, "1")
    async with work(await people.actor(contact(people.olga))):
        second = await orders.reopen(assigned.order, "Опять")
    async with work(await people.actor(member(people.dispatcher))):
        await orders.assign(second, people.rashid)
    await visited(second, people.rashid, "5")
    rated = {row["id"]: row["rating"] for row in await fetch("SELECT id, rating FROM people_members")}
    assert (rated[people.pyotr], rated[people.rashid]) == (1, 5)


async def test_the_time_of_another_visit_is_the_one_that_is_told(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Закрыто")
    async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
        await orders.add_return(assigned.job)
    await pyotr.press("again.when", assigned.job, f"{now() + timedelta(days=3):%Y%m%d}-0912")
    told = pyotr.shown("technician.again.set").facts["from"]
    planned = await fetchval("SELECT planned_from FROM orders_jobs WHERE return_of_id = $1", assigned.job)
    assert told == (planned and planned.isoformat())


async def test_all_that_was_said_goes_to_the_order_that_stands(call: Call, olga: Phone) -> None:
    await olga.say("а" * 3000)
    await olga.say("б" * 3000)
    await olga.tap("new.join")
    told = "".join(row["text"] for row in await fetch("SELECT text FROM chats_messages ORDER BY id"))
    assert (told.count("а"), told.count("б")) == (3000, 3000)


async def test_what_was_not_used_goes_back_into_the_van_it_came_from(assigned: Call, pyotr: Phone) -> None:
    world = assigned.world
    held = "SELECT quantity FROM warehouse_stock WHERE item_id = $1 AND warehouse_id = $2"
    before = await fetchval(held, world.relay, world.van)
    await on_site(pyotr, assigned)
    await pyotr.press("line.open", assigned.job, str(world.relay))
    await pyotr.press("job.pause", assigned.job, "urgent")
    rashid = await given(assigned, world.rashid)
    await on_site(rashid, assigned)
    await rashid.press("line.set", assigned.job, f"{world.relay}=0")
    assert await fetchval(held, world.relay, world.van) == before


async def test_a_photo_is_not_dropped_by_an_old_button(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.say("Сгорело реле")
    old = pyotr.shown("technician.sort").button("sort.as", "comment")
    await pyotr.send("photo")
    await pyotr.press(old.verb, old.id, old.extra)
    assert pyotr.dialogue.step == "sort" or await fetchval("SELECT count(*) FROM orders_attachments") == 1


async def test_the_rest_of_words_that_were_too_many_is_not_added(olga: Phone) -> None:
    at = now()
    for number, part in enumerate(("а" * 4096, "б" * 4096, "в" * 200)):
        await olga.say(part, at=at + timedelta(seconds=number))
    assert "в" not in olga.dialogue.data["draft"]["words"]


async def test_a_step_back_takes_the_return_visit_back(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Закрыто")
    await pyotr.tap("again.when", "soon")
    await pyotr.press("job.back", assigned.job)
    assert not await fetchval(
        "SELECT count(*) FROM orders_jobs WHERE return_of_id IS NOT NULL AND state <> 'cancelled'"
    )


async def test_a_reopened_order_is_answered_in_time_again(assigned: Call, pyotr: Phone, olga: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.finish", assigned.job, "no_access")
    await pyotr.say("Закрыто")
    await olga.press("order.reopen", assigned.order, "again")
    running = "SELECT kind FROM sla_deadlines WHERE met_at IS NULL AND cancelled_at IS NULL"
    assert {row["kind"] for row in await fetch(running)} == {"response", "arrival", "resolution"}
