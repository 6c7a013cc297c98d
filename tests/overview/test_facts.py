"""One shape of an order for every card and page, and lists that show no more than they are asked for."""

from typing import Any

import orjson
import pytest

from core.kernel.actor import SYSTEM, contact, member
from core.kernel.errors import NotAllowed, NotFound
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.jobs import one_job, running_job, shown_job
from core.overview.lists import callers, open_orders, search
from core.overview.queries import job_facts, order_facts
from tests.bot.samples import job as job_sample
from tests.bot.samples import order as order_sample
from tests.world import World

ONLY_OF_A_JOB = {"checklist", "report"}


@pytest.fixture
async def number(world: World) -> int:
    async with work(await world.actor(contact(world.olga))):
        return await orders.create(
            customer_id=world.azbuka,
            site_id=world.arbat,
            contact_id=world.olga,
            words="Витрина не холодит",
            asset_ids=[world.fridge],
            source="telegram",
        )


async def test_facts_have_the_shape_that_screens_are_agreed_with(number: int) -> None:
    facts, agreed = await order_facts(number), order_sample("new")
    assert set(facts) == set(agreed)
    for name in ("customer", "contact", "site", "files"):
        assert set(facts[name]) == set(agreed[name]), name
    assert set(facts["assets"][0]) == set(agreed["assets"][0])
    assert set(facts["jobs"][0]) | ONLY_OF_A_JOB == set(job_sample("new"))
    assert orjson.loads(orjson.dumps(facts)) == facts, "facts are plain JSON"


async def test_a_job_comes_with_its_checklist_and_report(world: World, number: int) -> None:
    facts = await order_facts(number)
    told = await job_facts(facts["jobs"][0]["id"])
    assert set(told["job"]) == set(job_sample("new"))
    assert set(told["job"]["report"]) == set(job_sample("new")["report"])
    assert told["job"]["checklist"]["total"] == 3
    assert {name: told[name] for name in facts} == facts


async def test_an_order_by_word_of_mouth_has_the_same_shape(world: World, number: int) -> None:
    async with work(SYSTEM):
        bare = await orders.create(customer_id=world.bakery, words="Шумит", source="phone")
    facts = await order_facts(bare)
    assert set(facts) == set(await order_facts(number))
    assert (facts["site"], facts["contact"], facts["assets"], facts["address"]) == (None, None, [], "")


async def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await order_facts(10**9)
    with pytest.raises(NotFound):
        await job_facts(10**9)


def test_the_job_that_matters_now() -> None:
    def jobs(*states: str) -> dict[str, Any]:
        return {"jobs": [{"id": n, "state": state} for n, state in enumerate(states)]}

    assert running_job(jobs()) is None
    assert running_job(jobs("closed", "assigned")) == {"id": 1, "state": "assigned"}
    assert running_job(jobs("assigned", "cancelled")) == {"id": 0, "state": "assigned"}
    assert running_job(jobs("closed", "done")) == {"id": 1, "state": "done"}
    assert one_job(jobs("closed", "done"), 0)["state"] == "closed"


@pytest.mark.parametrize(
    ("state", "jobs", "meant"),
    [
        ("new", [], None),
        ("travelling", [("travelling", None), ("new", None)], 0),
        ("travelling", [("travelling", "09:40"), ("assigned", "08:00")], 0),
        ("travelling", [("travelling", "09:40"), ("travelling", "09:20")], 1),
        ("assigned", [("assigned", None), ("assigned", "10:00")], 1),
        ("assigned", [("done", "08:00"), ("assigned", None), ("assigned", None)], 1),
        ("paused", [("paused", None), ("new", None), ("offered", None)], 0),
        ("done", [("done", "08:00"), ("done", "07:00"), ("cancelled", None)], 2),
        ("cancelled", [("cancelled", None)], 0),
    ],
)
def test_the_job_that_the_orders_state_speaks_of(
    state: str, jobs: list[tuple[str, str | None]], meant: int | None
) -> None:
    listed = [{"id": n, "state": one, "planned_from": at, "eta_at": None} for n, (one, at) in enumerate(jobs)]
    found = shown_job({"state": state, "jobs": listed})
    assert (found and found["id"]) == meant


async def test_open_orders_are_the_newest_first_and_paged(world: World, number: int) -> None:
    boss = await world.actor(member(world.dispatcher))
    async with work(SYSTEM):
        second = await orders.create(customer_id=world.bakery, site_id=world.shop, words="Печь", source="phone")
        third = await orders.create(customer_id=world.bakery, site_id=world.shop, words="Тесто", source="phone")
        await orders.cancel(third, "Повтор")
    assert [row["number"] for row in await open_orders(boss)] == [second, number]
    assert [row["number"] for row in await open_orders(boss, limit=1, offset=1)] == [number]
    assert (await open_orders(boss))[0]["site"] == "Пекарня на Пятницкой"


@pytest.mark.parametrize(
    "text", ["витрина", "ВИТРИНА", "арбат", "азбука", "+7 916 100-00-01", "№ {number}", "{number}"]
)
async def test_an_order_is_found_by_anything_people_know_of_it(world: World, number: int, text: str) -> None:
    boss = await world.actor(member(world.dispatcher))
    assert [row["number"] for row in await search(boss, text.format(number=number))] == [number]


@pytest.mark.parametrize("text", ["зубр", "%", "_", "\\", "'; DROP TABLE", "999999", "", "№"])
async def test_a_search_takes_words_as_they_are(world: World, number: int, text: str) -> None:
    boss = await world.actor(member(world.dispatcher))
    found = [row["number"] for row in await search(boss, text)]
    assert found == ([number] if text == "" else [])


async def test_callers_are_found_by_number_first(world: World) -> None:
    boss = await world.actor(member(world.dispatcher))
    assert [one["name"] for one in await callers(boss, "8 (916) 100-00-01")] == ["Ольга Белова"]
    assert {one["name"] for one in await callers(boss, "азбука")} == {"Ольга Белова", "Иван Лис"}


async def test_lists_of_the_whole_desk_are_the_teams(world: World) -> None:
    for party in (contact(world.olga), member(world.pyotr)):
        actor = await world.actor(party)
        for ask in (open_orders(actor), search(actor, "х"), callers(actor, "х")):
            with pytest.raises(NotAllowed):
                await ask
