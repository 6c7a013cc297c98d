"""A technician's job from the offer to the signature, and what can go wrong on the way."""

from decimal import Decimal

import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.technician.routes import routes
from core.checklists.queries import checklist
from core.company import actions as company
from core.dispatch.actions import open_offers
from core.dispatch.queries import Verdict, rulesets
from core.dispatch.rules import Scored
from core.files.actions import announce
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.read import fetchrow, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.people import actions as people
from core.schedule import actions as schedule
from tests.bot.conftest import Call
from tests.bot.play import Phone
from tests.world import World


def phone_of(world: World, member_id: int) -> Phone:
    return Phone(routes, World.tg(member(member_id)), "Пётр")


async def on_site(phone: Phone, call: Call) -> None:
    await phone.press("job.go", call.job)
    await phone.press("job.arrive", call.job)


async def state(call: Call) -> str:
    return str(await fetchval("SELECT state FROM orders_jobs WHERE id = $1", call.job))


async def ask(call: Call, *people: int) -> None:
    """Offer the job to them."""
    await open_offers(call.job, Verdict((await rulesets())[0], [Scored(one, "", 1.0, ()) for one in people]))


async def test_it_is_offered_taken_and_lost_by_the_other(call: Call) -> None:
    world = call.world
    for person in (world.pyotr, world.rashid):
        async with work(await world.actor(member(person))):
            await schedule.open_shift(person)
    async with work(SYSTEM):
        await company.set_rule("offer_width", 2)
        await ask(call, world.pyotr, world.rashid)
    first, second = phone_of(world, world.pyotr), phone_of(world, world.rashid)
    await first.look()
    await second.look()
    offers = [phone.shown("technician.offer").facts["offer"]["id"] for phone in (first, second)]
    await first.press("offer.accept", offers[0])
    assert first.toasts == ["technician.offer.yours"]
    assert first.shown("technician.job").facts["job"]["state"] == "assigned"
    await second.press("offer.accept", offers[1])
    assert second.refused == "orders.already_taken"
    assert second.shown("technician.offer").view.rows == ()


async def test_an_offer_tells_what_the_planned_time_pays(call: Call) -> None:
    world = call.world
    async with work():
        await company.set_rule("offer_width", 2)
        await people.update_member(world.pyotr, hourly_rate=Decimal("850.50"))
        await ask(call, world.pyotr, world.rashid)
    phones = [phone_of(world, person) for person in (world.pyotr, world.rashid)]
    for phone in phones:
        await phone.look()
    told = [phone.shown("technician.offer") for phone in phones]
    assert [offer.facts["offer"]["pay"] for offer in told] == ["850.50", None]
    assert "850,50" in told[0].view.text


async def test_what_the_customer_sent_is_seen_before_leaving(assigned: Call, pyotr: Phone) -> None:
    assert all(button.verb != "job.files" for row in pyotr.last.view.rows for button in row)
    async with work(await assigned.world.actor(contact(assigned.world.olga))):
        for kind in ("document", "photo", "photo"):
            file = await announce(kind, "customer", f"key-{kind}", 1000)
            await orders.attach(assigned.order, file, "request")
    await pyotr.look()
    await pyotr.tap("job.files")
    assert [media.kind for media in pyotr.last.view.media] == ["photo", "photo", "document"]
    rashid = phone_of(assigned.world, assigned.world.rashid)
    await rashid.press("job.files", assigned.job)
    assert rashid.refused == "orders.job.not_found"


async def test_it_is_declined_with_a_reason(call: Call) -> None:
    world = call.world
    async with work(await world.actor(member(world.pyotr))):
        await schedule.open_shift(world.pyotr)
    async with work(SYSTEM):
        await ask(call, world.pyotr)
    pyotr = phone_of(world, world.pyotr)
    await pyotr.look()
    await pyotr.tap("offer.decline")
    await pyotr.tap("offer.decline", "other")
    await pyotr.say("х" * 400)
    assert pyotr.last.facts["note"] == "long"
    await pyotr.say("Застрял в лифте")
    assert await fetchval("SELECT reason FROM dispatch_offers") == "Застрял в лифте"


async def test_the_whole_way_to_the_act(assigned: Call, pyotr: Phone) -> None:
    world = assigned.world
    await pyotr.tap("job.go")
    assert "technician.share" in pyotr.screens
    await pyotr.place(55.7600, 37.6000, live=3600)
    assert "technician.shared" in pyotr.screens
    await pyotr.press("job.arrive", assigned.job)
    assert await fetchval("SELECT how FROM presence_visits") == "hand"
    assert 500 < await fetchval("SELECT distance FROM presence_visits") < 2000
    await pyotr.press("job.finish", assigned.job, "done")
    needs = [need["code"] for need in pyotr.shown("technician.missing").facts["missing"]]
    assert sorted(needs) == ["checklist", "checklist", "photo_after", "photo_before", "work_line"]

    await pyotr.tap("job.check")
    await pyotr.tap("check.set", "0.yes")
    assert pyotr.shown("technician.check.item").facts["item"]["code"] == "temp"
    await pyotr.say("тепло")
    assert pyotr.shown("technician.check.item").facts["note"] == "number_needed"
    await pyotr.say("9,5 °C")
    assert pyotr.shown("technician.check.off").facts["item"]["value"] == 9.5
    await pyotr.tap("check.keep")
    assert pyotr.shown("technician.check.item").facts["item"]["code"] == "plate"
    await pyotr.send("photo")
    assert pyotr.shown("technician.check").facts["items"][1]["ok"] is False

    await pyotr.press("job.photo", assigned.job, "before")
    await pyotr.send("photo", "photo", album="55")
    assert pyotr.shown("technician.photos").facts["job"]["report"]["photos_before"] == 2
    await pyotr.tap("job.photo", "after")
    await pyotr.say("готово")
    assert pyotr.shown("technician.photos").facts["note"] == "photo_needed"
    await pyotr.send("photo")

    await pyotr.press("job.lines", assigned.job)
    await pyotr.say("диагн")
    await pyotr.press("line.open", assigned.job, str(world.diagnostics))
    await pyotr.press("line.open", assigned.job, str(world.freon))
    await pyotr.say("0,65")
    assert await fetchval("SELECT quantity FROM warehouse_stock WHERE item_id = $1 AND warehouse_id = $2",
                          world.freon, world.van) == Decimal("4.350")  # fmt: skip
    await pyotr.press("job.comment", assigned.job)
    await pyotr.say("Заменил реле, долил фреон")
    await pyotr.press("job.finish", assigned.job, "done")
    assert await state(assigned) == "done"
    await pyotr.press("job.sign", assigned.job)
    assert pyotr.shown("technician.sign").facts["document"]["state"] in ("draft", "rendering", "ready")


async def test_what_the_card_opens_stands_apart_and_leads_back_to_the_card(assigned: Call, pyotr: Phone) -> None:
    """Every answer redraws the card: nothing that is being asked may stand in its place."""
    await on_site(pyotr, assigned)
    await pyotr.look()
    await pyotr.tap("job.check")
    assert pyotr.shown("technician.check.item").message_id is None
    await pyotr.tap("check.set", "0.yes")
    assert pyotr.shown("technician.check.item").message_id is not None
    assert pyotr.shown("technician.job").card == f"job:{assigned.job}"
    await pyotr.press("job.open", assigned.job)
    assert [(shown.screen, shown.card) for shown in pyotr.seen] == [("technician.job", f"job:{assigned.job}")]


async def test_a_live_location_that_is_stopped_is_followed_no_more(assigned: Call, pyotr: Phone) -> None:
    await pyotr.press("job.go", assigned.job)
    await pyotr.place(55.75, 37.6, live=3600)
    share = "SELECT message_id FROM presence_live_shares WHERE stopped_at IS NULL"
    message_id = await fetchval(share)
    await pyotr.stop_live(message_id + 1)
    assert await fetchval(share) == message_id
    await pyotr.stop_live(message_id)
    assert await fetchval(share) is None


async def test_quantities_are_set_and_taken_back(assigned: Call, pyotr: Phone) -> None:
    world = assigned.world
    await on_site(pyotr, assigned)
    await pyotr.press("line.open", assigned.job, str(world.relay))
    await pyotr.tap("line.set", f"{world.relay}=2")
    await pyotr.press("line.set", assigned.job, f"{world.relay}=2")
    assert await fetchval("SELECT quantity FROM reports_lines") == 2
    await pyotr.press("line.set", assigned.job, f"{world.relay}=7")
    assert pyotr.refused == "warehouse.not_enough"
    await pyotr.say("много")
    assert pyotr.shown("technician.lines.choose").facts["search"] == "много"
    await pyotr.press("line.set", assigned.job, f"{world.relay}=0")
    assert not await fetchval("SELECT count(*) FROM reports_lines")
    await pyotr.press("line.set", assigned.job, f"{world.relay}=-3")
    assert pyotr.refused == "quantity.unreadable"


async def test_part_needed_asks_which_and_proposes_another_visit(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.photo", assigned.job)
    await pyotr.send("photo")
    await pyotr.press("job.finish", assigned.job, "part_needed")
    assert pyotr.shown("technician.finish.why").facts["outcome"] == "part_needed"
    await pyotr.say("Компрессор Embraco NEK2168")
    assert await state(assigned) == "done"
    await pyotr.tap("again.when", "soon")
    assert pyotr.last.screen in ("technician.again.set", "technician.job")
    assert "technician.again.set" in pyotr.screens
    row = await fetchrow("SELECT return_of_id, state FROM orders_jobs ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert row["return_of_id"] == assigned.job


async def test_a_mistaken_step_is_taken_back_and_a_pause_goes_on(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.back", assigned.job)
    assert await state(assigned) == "travelling"
    await pyotr.press("job.arrive", assigned.job)
    await pyotr.press("job.pause", assigned.job)
    await pyotr.tap("job.pause", "lunch")
    assert await state(assigned) == "paused"
    await pyotr.press("job.resume", assigned.job)
    assert await state(assigned) == "on_site"


async def test_an_old_button_says_so_and_shows_how_things_stand(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.go", assigned.job)
    assert pyotr.toasts == ["error.orders.wrong_state"]
    assert pyotr.shown("technician.job").facts["job"]["state"] == "on_site"
    async with work(await assigned.world.actor(member(assigned.world.dispatcher))):
        await orders.cancel(assigned.order, "Клиент передумал")
    await pyotr.press("job.finish", assigned.job, "done")
    assert pyotr.shown("technician.job").view.rows == ()


async def test_a_number_that_comes_unasked_is_words(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say(contact=("+79161234567", False), contact_name="Анна")
    assert pyotr.shown("technician.sort").facts["text"] == "Анна +79161234567"


async def test_what_comes_unasked_is_kept_and_sorted_by_one_press(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.send("photo", "photo", album="91")
    await pyotr.send("photo")
    assert pyotr.shown("technician.sort").facts["files"] == 3
    await pyotr.tap("sort.as", "before")
    assert await fetchval("SELECT count(*) FROM orders_attachments WHERE phase = 'before'") == 3
    await pyotr.say("Жду ключи от щитовой")
    await pyotr.tap("sort.as", "team")
    assert await fetchval("SELECT side FROM chats_messages") == "team"
    await pyotr.say("Буду через минуту")
    await pyotr.tap("sort.as", "customer")
    assert await fetchval("SELECT to_customer FROM chats_messages ORDER BY id DESC LIMIT 1")


async def test_a_photo_where_a_number_was_asked_is_kept_and_the_question_stands(assigned: Call, pyotr: Phone) -> None:
    await on_site(pyotr, assigned)
    await pyotr.press("job.check", assigned.job, "1")
    await pyotr.send("photo")
    assert pyotr.shown("technician.check.item").facts["note"] == "saved_file"
    assert await fetchval("SELECT count(*) FROM orders_attachments WHERE phase = 'proof'") == 1
    for text in ("😀", "5000" * 1000, "<b>3</b>", "٣", "nan"):
        await pyotr.say(text)
        assert pyotr.shown("technician.check.item").facts["note"] == "number_needed", text
    await pyotr.say("−18,5")
    listed = await checklist(assigned.job)
    assert listed is not None
    assert listed["items"][1]["value"] == -18.5


async def test_anothers_job_is_nobodys_business(assigned: Call) -> None:
    rashid = phone_of(assigned.world, assigned.world.rashid)
    verbs = [verb for verb in routes.presses if verb.split(".")[0] in ("job", "check", "line", "again", "sort", "talk")]
    for verb in verbs:
        await rashid.press(verb, assigned.job, "0.yes")
        assert rashid.refused == "orders.job.not_found" or rashid.screens == ["technician.sort.gone"], verb
    assert await state(assigned) == "assigned"


async def test_a_stranger_gets_nowhere_and_an_invite_lets_in(world: World) -> None:
    unknown = Phone(routes, 9_002, "Незнакомец")
    for verb in routes.presses:
        if verb != "idle":
            await unknown.press(verb, 1, "0.yes", 1)
            assert unknown.screens == ["technician.stranger"], verb
    await unknown.say("привет")
    assert unknown.screens == ["technician.stranger"]
    async with work():
        token = await people.issue_invite("member", member(world.svetlana))
    await unknown.command("start", f"i_{token}")
    assert unknown.screens == ["technician.home"]
    assert unknown.last.facts["name"] == "Светлана Юрьева"


async def test_the_day_the_van_and_the_shift(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say("📋 Мой день")
    assert [job["number"] for job in pyotr.last.facts["jobs"]] == [assigned.order]
    await pyotr.say("📦 Склад")
    assert {item["name"] for item in pyotr.last.facts["items"]} == {"Фреон R404A", "Реле пусковое"}
    await pyotr.say("🔧 Наряд")
    assert pyotr.last.screen == "technician.job"
    await pyotr.press("job.call", assigned.job)
    assert pyotr.last.view.person is not None
    assert pyotr.last.view.person.phone == "+79161000001"
    await pyotr.press("job.pin", assigned.job)
    assert pyotr.last.view.place is not None
    await pyotr.press("job.go", assigned.job)
    await pyotr.say("⏹ Закончить смену")
    assert pyotr.refused == "schedule.job_running"
    await pyotr.command("menu")
    told = pyotr.shown("technician.home").facts
    assert (told["jobs"], told["running"]) == (0, assigned.order), "what runs does not wait as well"
    await pyotr.command("archive")
    assert pyotr.last.screen == "technician.archive"
