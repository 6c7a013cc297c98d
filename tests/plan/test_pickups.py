"""Parts that a route lacks are fetched before the first visit that needs them, in the real desk."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.company import actions as company
from core.dispatch import settle
from core.kernel.actor import Actor, member
from core.kernel.errors import NotFound, Refusal, Stale
from core.kernel.read import fetchval
from core.kernel.work import work
from core.plan import actions as plan
from core.plan.pickups import fetched, pickup
from core.plan.queries import frame
from core.plan.rules import way
from core.tasks.actions import run_one
from core.warehouse import actions as warehouse
from core.warehouse.queries import stock_at, stock_of
from tests.plan.conftest import Desk

PLACE = (55.7135, 37.6956)


async def asks(desk: Desk, job: int, code: str = "M2", quantity: str = "1") -> None:
    order = await fetchval("SELECT order_id FROM orders_jobs WHERE id = $1", job)
    async with work(desk.actor):
        await settle.add_demand("order", str(order), "part", code, quantity=Decimal(quantity))


async def put_store(desk: Desk, name: str = "Склад") -> None:
    async with work():
        await warehouse.update_warehouse(desk.world.store, name, "Угрешская, 2", *PLACE)


async def pyotr(desk: Desk) -> Actor:
    return await desk.world.actor(member(desk.world.pyotr))


async def relays(desk: Desk) -> tuple[Decimal, Decimal]:
    """How many lie in Pyotr's van and in the store."""
    van = {one.code: one.quantity for one in await stock_of(desk.world.pyotr)}
    store = {one.code: one.quantity for one in await stock_at(desk.world.store)}
    return van.get("M2", Decimal()), store.get("M2", Decimal())


async def test_what_the_van_lacks_is_fetched_once(desk_plan: Desk) -> None:
    """Two relays lie in the van: the third visit that needs one is where the way to the store comes first."""
    w = desk_plan.world
    jobs = [await desk_plan.order() for _ in range(4)]
    for job in jobs:
        await desk_plan.move(job, w.pyotr)
    jobs = (await desk_plan.routes())[w.pyotr]
    for job in jobs[1:3]:
        await asks(desk_plan, job)
    actor = await pyotr(desk_plan)
    assert await pickup(actor) is None
    await asks(desk_plan, jobs[3])
    found = await pickup(actor)
    assert found is not None
    assert (found.job_id, found.store, found.starts_at, found.left) == (jobs[3], "Склад", None, ())
    assert found.items == (("Реле пусковое", Decimal(1), "шт."),)
    async with work() as db:
        await db.execute("DELETE FROM warehouse_stock WHERE warehouse_id = $1", w.store)
    nowhere = await pickup(actor)
    assert nowhere is not None
    assert (nowhere.store_id, nowhere.left) == (None, nowhere.items)


async def test_the_stop_is_in_the_plan_until_it_is_pressed(desk_plan: Desk) -> None:
    """The customer's time has the way by the store in it. Once the parts are in the van the way is short again, but
    nobody comes earlier than was told."""
    w, job = desk_plan.world, await desk_plan.order()
    await put_store(desk_plan)
    await asks(desk_plan, job, quantity="3")
    async with work():
        await company.set_rule("pickup_minutes", 40)
    await desk_plan.move(job, w.pyotr)
    facts = (await frame(desk_plan.day)).facts
    start, place = facts.people[w.pyotr].start, facts.jobs[job].place
    sql = "SELECT starts_at FROM plan_visits WHERE job_id = $1"
    planned = await fetchval(sql, job)
    assert planned >= (await frame(desk_plan.day)).at(facts.now) + timedelta(minutes=40)
    by_store = await fetchval("SELECT travel FROM plan_visits WHERE job_id = $1", job)
    assert by_store == way(start, PLACE) + way(PLACE, place)
    actor = await pyotr(desk_plan)
    found = await pickup(actor)
    assert found is not None
    assert (found.address, found.lat, found.lon, found.travel) == ("Угрешская, 2", *PLACE, way(start, PLACE))
    assert found.starts_at is not None
    before = await relays(desk_plan)
    async with work(actor):
        await fetched(w.store, found.mark)
    assert await relays(desk_plan) == (before[0] + 1, before[1] - 1)
    assert await pickup(actor) is None
    async with work() as db:
        await db.execute("DELETE FROM tasks_tasks WHERE kind <> 'plan.refresh'")
    while await run_one():
        pass
    assert await fetchval("SELECT travel FROM plan_visits WHERE job_id = $1", job) == way(start, place)
    assert await fetchval(sql, job) == planned
    with pytest.raises(Stale, match=r"plan\.pickup\.changed"):
        async with work(actor):
            await fetched(w.store, found.mark)
    assert await relays(desk_plan) == (before[0] + 1, before[1] - 1)


async def test_the_last_part_is_one_routes_until_that_needs_it_no_more(desk_plan: Desk) -> None:
    """Pyotr's route counts on the store's last relay: before a job that needs one too goes to Rashid the conflict is
    shown, for another day as well, and Rashid's stop names no store. Once Pyotr's job is his no more, Rashid has it."""
    w = desk_plan.world
    await put_store(desk_plan)
    async with work() as db:
        await db.execute("DELETE FROM warehouse_stock")
    async with work():
        await warehouse.receive(w.store, w.relay, Decimal(1))
    first, second = await desk_plan.order(), await desk_plan.order()
    for job in (first, second):
        await asks(desk_plan, job)
    await desk_plan.move(first, w.pyotr)
    here = await frame(desk_plan.day)
    assert [one.goods for one in here.facts.supply.claims] == [{w.relay: Decimal(1)}]
    seen = plan.preview(here, second, w.rashid, None)
    assert "taken_parts" in {one["code"] for one in seen.told["conflicts"]}
    assert [one.member_id for one in (await frame(desk_plan.day + timedelta(days=1))).facts.supply.claims] in ([], [0])
    await desk_plan.move(second, w.rashid, sure=True)
    rashid = await w.actor(member(w.rashid))
    found, his = await pickup(rashid), await pickup(await pyotr(desk_plan))
    assert found is not None
    assert his is not None
    assert (found.store_id, his.store_id, his.left) == (None, w.store, ())
    await desk_plan.move(first, None)
    found = await pickup(rashid)
    assert found is not None
    assert found.store_id == w.store


async def test_parts_that_somebody_moved_end_it_too(desk_plan: Desk) -> None:
    w, job = desk_plan.world, await desk_plan.order()
    await put_store(desk_plan)
    await asks(desk_plan, job, quantity="3")
    await desk_plan.move(job, w.pyotr)
    async with work() as db:
        await db.execute("DELETE FROM tasks_tasks")
    async with work():
        await warehouse.transfer(w.store, w.van, w.relay, Decimal(1))
    assert await fetchval("SELECT count(*) FROM tasks_tasks WHERE kind = 'plan.refresh'") == 1
    assert await pickup(await pyotr(desk_plan)) is None


async def test_a_store_that_has_some_gives_that_and_the_next_is_named(desk_plan: Desk) -> None:
    """Never a stop that cannot be ended: what is nowhere is told, and nobody is sent for it again."""
    w, job = desk_plan.world, await desk_plan.order()
    await put_store(desk_plan)
    await asks(desk_plan, job, quantity="99")
    await desk_plan.move(job, w.pyotr)
    actor = await pyotr(desk_plan)
    found = await pickup(actor)
    assert found is not None
    assert found.left
    async with work(actor):
        await fetched(w.store, found.mark)
    assert (await relays(desk_plan))[1] == 0
    found = await pickup(actor)
    assert found is not None
    assert found.store_id is None
    assert (await frame(desk_plan.day)).facts.jobs[job].state == "assigned"


async def test_demands_of_contracts_kinds_and_machines_count(desk_plan: Desk) -> None:
    w = desk_plan.world
    job = await desk_plan.order(asset_ids=[w.fridge])
    async with work():
        await settle.add_demand("customer", str(w.azbuka), "part", "M2", quantity=Decimal(5))
        await settle.add_demand("kind", "repair", "part", "M2", quantity=Decimal(4))
    facts = (await frame(desk_plan.day)).facts
    assert facts.jobs[job].needs == ((w.relay, Decimal(5)),)
    assert facts.people[w.pyotr].van == {w.relay: Decimal(2)}
    assert [one.name for one in facts.supply.stores] == ["Склад"]


async def test_nobody_takes_from_a_van_or_into_anothers(desk_plan: Desk) -> None:
    w = desk_plan.world
    actor = await pyotr(desk_plan)
    async with work():
        other = await warehouse.van_of(w.rashid)
    for store, van in ((other, w.van), (w.store, other), (w.van, w.van), (99_999, w.van)):
        with pytest.raises(NotFound):
            async with work(actor):
                await warehouse.take(store, van, w.relay, Decimal(1))
    with pytest.raises(Refusal, match=r"warehouse\.not_enough"):
        async with work(actor):
            await warehouse.take(w.store, w.van, w.relay, Decimal(1000))
