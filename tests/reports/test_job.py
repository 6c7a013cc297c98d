"""A job on site, from its checklist to its lines: what the technician writes down, what the guards ask for, and what
becomes of the goods in the van."""

import asyncio
from decimal import Decimal as D

import pytest

import core.reactions  # noqa: F401
from core.checklists import actions as checklists
from core.checklists.queries import checklist
from core.company import actions as company
from core.contracts.actions import add_price_item
from core.files import actions as files
from core.kernel.actor import Actor, contact, member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.queries import cards_facts, job_facts
from core.people.queries import member_view
from core.ratings import actions as ratings
from core.ratings.queries import rating_of
from core.reports import actions as reports
from core.reports.queries import report
from core.warehouse.queries import stock_of
from tests.world import World


@pytest.fixture
async def pyotr(world: World) -> Actor:
    return await world.actor(member(world.pyotr))


@pytest.fixture
async def job(world: World, pyotr: Actor) -> int:
    """Pyotr stands before the fridge at Arbat."""
    async with work():
        order = await orders.create(
            customer_id=world.azbuka,
            site_id=world.arbat,
            contact_id=world.olga,
            asset_ids=[world.fridge],
            words="Не холодит",
            source="desk",
        )
        job_id: int = await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", order)
        await orders.assign(job_id, world.pyotr)
    async with work(pyotr):
        await orders.travel(job_id)
        await orders.arrive(job_id)
    return job_id


async def photo() -> int:
    return await files.announce("photo", "technician", "key")


async def van(world: World) -> dict[str, str]:
    return {one.code: f"{one.quantity.normalize():f}" for one in await stock_of(world.pyotr)}


async def test_a_job_is_refused_until_everything_is_on_record(world: World, pyotr: Actor, job: int) -> None:
    with pytest.raises(Refusal) as refused:
        async with work(pyotr):
            await orders.finish(job, "done")
    codes = [item["code"] for item in refused.value.data["missing"]]
    assert sorted(codes) == ["checklist", "checklist", "photo_after", "photo_before", "work_line"]
    async with work(pyotr):
        assert await checklists.answer(job, "clean", True) is True
        assert await checklists.answer(job, "temp", "−18,5") is True
        await reports.add_photo(job, await photo(), "before")
        await reports.add_photo(job, await photo(), "after", "стало")
        await reports.set_line(job, world.diagnostics, D(1))
        await orders.finish(job, "done")
    assert await fetchval("SELECT state FROM orders_jobs WHERE id = $1", job) == "done"


async def test_a_file_that_could_not_be_kept_is_no_photo(world: World, pyotr: Actor, job: int) -> None:
    plate = {"code": "plate", "type": "photo", "required": True, "text": {"ru": "Шильдик", "en": "Plate"}}
    async with work():
        await checklists.save_template("cold", {"ru": "Холод", "en": "Cold"}, [plate])
    async with work(pyotr):
        broken = [await files.announce("photo", "technician", f"broken{n}") for n in range(3)]
        await reports.add_photo(job, broken[0], "before")
        await reports.add_photo(job, broken[1], "after")
        await checklists.answer(job, "plate", file_id=broken[2])
        await reports.set_line(job, world.diagnostics, D(1))
    async with work():
        for file in broken:
            await files.fail(file, "files.not_an_image")
    with pytest.raises(Refusal) as refused:
        async with work(pyotr):
            await orders.finish(job, "done")
    assert sorted(one["code"] for one in refused.value.data["missing"]) == ["checklist", "photo_after", "photo_before"]
    assert (await job_facts(job))["job"]["report"]["photos_before"] == 0


async def test_a_job_is_told_twice_from_one_reading(world: World, pyotr: Actor, job: int) -> None:
    """A card and a post of one work read the job once: the first must leave the second what there was."""
    async with work(pyotr):
        await reports.add_photo(job, await photo(), "before")
        await reports.set_line(job, world.diagnostics, D(2))
        await checklists.answer(job, "clean", True)
        order_id = await fetchval("SELECT order_id FROM orders_jobs WHERE id = $1", job)
        facts, added = await cards_facts(int(order_id or 0))
        first, second = [await job_facts(job, facts, added) for _ in range(2)]
        assert first == second == await job_facts(job)
    assert first["job"]["report"]["photos_before"] == 1


async def test_cards_tell_the_jobs_own_checklist(world: World, pyotr: Actor, job: int) -> None:
    """Not that of a more critical machine, for which another job is."""
    plate = {"code": "plate", "type": "yesno", "required": True, "text": {"ru": "Шильдик", "en": "Plate"}}
    async with work() as w:
        await checklists.save_template("hot", {"ru": "Печи", "en": "Ovens"}, [plate])
        sql = "UPDATE assets_types SET checklist = 'hot' WHERE id = (SELECT type_id FROM assets_assets WHERE id = $1)"
        await w.execute(sql, world.oven)
        await w.execute("UPDATE assets_assets SET criticality = 1 WHERE id = $1", world.fridge)
        await orders.create(
            customer_id=world.bakery, site_id=world.shop, asset_ids=[world.oven], words="Не греет", source="desk"
        )
    order_id = await fetchval("SELECT order_id FROM orders_jobs WHERE id = $1", job)
    facts, added = await cards_facts(int(order_id or 0))
    told = await job_facts(job, facts, added)
    assert told == await job_facts(job)
    assert told["job"]["checklist"]["total"] == 3


async def test_nobody_home_needs_no_record(pyotr: Actor, job: int) -> None:
    async with work(pyotr):
        await orders.finish(job, "no_access")
    row = (await fetch("SELECT state, outcome FROM orders_jobs WHERE id = $1", job))[0]
    assert (row["state"], row["outcome"]) == ("done", "no_access")


async def test_the_company_may_ask_for_less(world: World, pyotr: Actor, job: int) -> None:
    async with work():
        await company.set_rule("require_before_photo", False)
        await company.set_rule("require_after_photo", False)
    with pytest.raises(Refusal) as refused:
        async with work(pyotr):
            await orders.finish(job, "done")
    assert {item["code"] for item in refused.value.data["missing"]} == {"checklist", "work_line"}


async def test_materials_leave_the_van_by_the_difference(world: World, pyotr: Actor, job: int) -> None:
    for quantity, left in (("0.65", "4.35"), ("2", "3"), ("0.5", "4.5"), ("0", "5")):
        async with work(pyotr):
            await reports.set_line(job, world.freon, D(quantity))
        assert (await van(world))["M1"] == left
    moves = await fetch("SELECT sum(quantity) AS n, item_id FROM warehouse_movements GROUP BY item_id ORDER BY item_id")
    assert [row["n"] for row in moves] == [40, 10]
    assert (await report(job))["lines"] == []


async def test_the_van_holds_no_more_than_it_holds(world: World, pyotr: Actor, job: int) -> None:
    with pytest.raises(Refusal) as refused:
        async with work(pyotr):
            await reports.set_line(job, world.relay, D(3))
    assert refused.value.code == "warehouse.not_enough"
    assert refused.value.data == {"name": "Реле пусковое", "unit": "шт.", "have": "2"}
    assert (await van(world))["M2"] == "2"


async def test_two_presses_at_once_take_the_goods_once(world: World, pyotr: Actor, job: int) -> None:
    async def press() -> None:
        async with work(pyotr):
            await reports.set_line(job, world.relay, D(2))

    await asyncio.gather(press(), press(), press())
    assert "M2" not in await van(world)
    assert [line["quantity"] for line in (await report(job))["lines"]] == ["2"]


async def test_a_line_keeps_the_price_of_its_day(world: World, pyotr: Actor, job: int) -> None:
    from core.contracts import actions as contracts

    async with work(pyotr):
        await reports.set_line(job, world.refill, D(1))
        await reports.set_line(job, world.freon, D("0.333"))
        await reports.set_comment(job, "Заправил, течи нет")
    async with work():
        await contracts.update_price_item(world.refill, price=D(9999), active=False)
    async with work(pyotr):
        await reports.set_line(job, world.refill, D(2))
    told = await report(job)
    assert [(line["name"], line["sum"]) for line in told["lines"]] == [
        ("Заправка фреоном", "6401.00"),
        ("Фреон R404A", "629.37"),
    ]
    assert (told["total"], told["comment"]) == ("7030.37", "Заправил, течи нет")


async def test_only_their_own_technician_or_a_dispatcher_reports(world: World, pyotr: Actor, job: int) -> None:
    for party in (member(world.rashid), contact(world.olga)):
        actor = await world.actor(party)
        with pytest.raises((NotFound, NotAllowed)):
            async with work(actor):
                await reports.set_line(job, world.diagnostics, D(1))
        with pytest.raises((NotFound, NotAllowed)):
            async with work(actor):
                await checklists.answer(job, "clean", True)
    async with work(await world.actor(member(world.dispatcher))):
        await reports.set_line(job, world.diagnostics, D(1))
    async with work(pyotr):
        await orders.finish(job, "no_access")
    with pytest.raises(Refusal, match="wrong_state"):
        async with work(pyotr):
            await reports.set_line(job, world.diagnostics, D(2))


async def test_a_paper_is_no_photo(pyotr: Actor, job: int) -> None:
    async with work(pyotr):
        paper = await files.announce("document", "technician", "key", name="схема.pdf", mime="application/pdf")
        with pytest.raises(Refusal, match="not_a_photo"):
            await reports.add_photo(job, paper, "before")
        with pytest.raises(Refusal, match="bad_phase"):
            await reports.add_photo(job, paper, "request")


async def test_a_checklist_remembers_what_was_found(world: World, pyotr: Actor, job: int) -> None:
    async with work(pyotr):
        assert await checklists.answer(job, "temp", 12) is False
        file_id = await photo()
        await checklists.answer(job, "plate", file_id=file_id)
        with pytest.raises(Refusal, match="not_number"):
            await checklists.answer(job, "temp", "тепло")
        with pytest.raises(NotFound):
            await checklists.answer(job, "colour", "red")
    found = await checklist(job)
    assert found is not None
    assert [(item["code"], item["value"], item["ok"], item["file_id"]) for item in found["items"]] == [
        ("clean", None, None, None),
        ("temp", 12, False, None),
        ("plate", None, None, file_id),
    ]
    assert found["missing"] == ["clean"]
    kinds = [row["kind"] for row in await fetch("SELECT kind FROM orders_entries WHERE job_id = $1", job)]
    assert "checklist.off_norm" in kinds
    async with work(pyotr):
        await checklists.answer(job, "temp")
    assert (await checklist(job))["missing"] == ["clean", "temp"]  # type: ignore[index]


async def test_a_running_job_keeps_its_version(world: World, pyotr: Actor, job: int) -> None:
    async with work(pyotr):
        await checklists.answer(job, "clean", True)
    text = {"ru": "Другое", "en": "Other"}
    async with work():
        await checklists.save_template("cold", text, [{"code": "other", "type": "yesno", "text": text}])
    found = await checklist(job)
    assert found is not None
    assert (found["template"]["version"], found["items"][0]["code"]) == (1, "clean")


async def test_a_customer_rates_and_the_technician_is_rated(world: World, pyotr: Actor, job: int) -> None:
    order: int = await fetchval("SELECT order_id FROM orders_jobs WHERE id = $1", job)
    olga = await world.actor(contact(world.olga))
    with pytest.raises(Refusal, match="not_asked"):
        async with work(olga):
            await ratings.rate(order, speed=5)
    async with work(pyotr):
        await orders.finish(job, "no_access")
    async with work():
        await ratings.ask(order)
        await ratings.ask(order)
    async with work(olga):
        await ratings.rate(order, speed=5, accuracy=4)
        await ratings.rate(order, communication=3, comment=" Вежливый ")
        with pytest.raises(Refusal, match="bad_mark"):
            await ratings.rate(order, speed=6)
    view = await rating_of(order)
    assert view is not None
    assert (view.member_id, view.average, view.comment) == (world.pyotr, 4.0, "Вежливый")
    assert (await member_view(world.pyotr)).rating == 4.0
    for party in (contact(world.marat), member(world.pyotr)):
        with pytest.raises((NotFound, NotAllowed)):
            async with work(await world.actor(party)):
                await ratings.rate(order, speed=5)


async def test_the_closing_word_is_told_to_everyone_who_follows_the_order(job: int, pyotr: Actor) -> None:
    async with work(pyotr):
        await reports.set_comment(job, "Заменил реле")
    revision = await fetchval("SELECT revision FROM orders_orders")
    told = "SELECT max(revision) FROM outbox_notices WHERE card LIKE 'order:%' OR card LIKE 'job:%' GROUP BY bot"
    assert [row["max"] for row in await fetch(told)] == [revision] * 2


async def test_a_line_that_comes_to_too_much_is_refused(world: World, pyotr: Actor, job: int) -> None:
    """Written down it would keep the job's card from being shown, and so from being corrected."""
    async with work():
        dear = await add_price_item("work", "W9", "Замена чиллера", D("150000"))
    async with work(pyotr):
        with pytest.raises(Refusal, match=r"money\.too_large"):
            await reports.set_line(job, dear, D(99_999))
    async with work(pyotr):
        await reports.set_line(job, dear, D(66_000))
        with pytest.raises(Refusal, match=r"money\.too_large"):
            await reports.set_line(job, world.diagnostics, D(99_999))
    assert (await report(job))["total"] == "9900000000.00"
