"""The technician's day: only what is late or not begun, and the stops as pins."""

from datetime import timedelta
from decimal import Decimal

import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core.dispatch import settle
from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.work import work
from core.orders import actions as orders
from core.warehouse import actions as warehouse
from core.warehouse.queries import stock_of
from tests.bot.conftest import Call
from tests.bot.play import Phone


async def another(call: Call, words: str) -> tuple[int, int]:
    """One more order of Pyotr's, on Kashirka, and its job."""
    world = call.world
    async with work(SYSTEM) as w:
        number = await orders.create(customer_id=world.azbuka, site_id=world.kashirka, words=words, source="desk")
        job = await w.fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", number)
        await orders.assign(job, world.pyotr)
    return number, job


async def set_due(order_id: int, hours: int) -> None:
    async with work() as w:
        at = now() + timedelta(hours=hours)
        await w.execute("UPDATE sla_deadlines SET due_at = $2 WHERE order_id = $1 AND met_at IS NULL", order_id, at)


def numbers(phone: Phone) -> set[int]:
    return {job["number"] for job in phone.shown("technician.day").facts["jobs"]}


async def test_it_is_filtered_and_stays_so(assigned: Call, pyotr: Phone) -> None:
    late, _ = await another(assigned, "Капает")
    begun, job = await another(assigned, "Шумит")
    await set_due(assigned.order, 5)
    await set_due(begun, 5)
    await set_due(late, -1)
    async with work(SYSTEM):
        await orders.travel(job)
    await pyotr.command("day")
    assert numbers(pyotr) == {assigned.order, late, begun}
    assert "❗️ просрочен" in pyotr.last.view.text
    await pyotr.tap("day.list", "late")
    assert numbers(pyotr) == {late}
    await pyotr.tap("day.list", "fresh")
    assert numbers(pyotr) == {assigned.order, late}
    await pyotr.press("day.list")
    assert numbers(pyotr) == {assigned.order, late}
    await pyotr.command("day")
    assert numbers(pyotr) == {assigned.order, late}
    await pyotr.press("day.list", extra="dance")
    assert numbers(pyotr) == {assigned.order, late}
    await pyotr.tap("day.list", "all")
    assert numbers(pyotr) == {assigned.order, late, begun}


async def test_a_neighbours_norm_makes_nobody_late(assigned: Call, pyotr: Phone) -> None:
    """Rashid overstays the norm of his own stage of the same order."""
    await set_due(assigned.order, 5)
    async with work(SYSTEM) as w:
        beside = await orders.add_job(assigned.order, "Заменить фильтр")
        await orders.assign(beside, assigned.world.rashid)
        norm = """INSERT INTO sla_deadlines (order_id, kind, job_id, stage, started_at, due_at, policy)
                  VALUES ($1, $2, $3, 'assigned', $4, $4, '{}')"""
        await w.execute(norm, assigned.order, f"stage.{beside}.1", beside, now() - timedelta(hours=1))
    await pyotr.command("day")
    assert [job["late"] for job in pyotr.last.facts["jobs"]] == [False]
    async with work(SYSTEM) as w:
        await w.execute("UPDATE sla_deadlines SET job_id = $1 WHERE job_id = $2", assigned.job, beside)
    await pyotr.command("day")
    assert [job["late"] for job in pyotr.last.facts["jobs"]] == [True]


async def test_nothing_late_is_said(assigned: Call, pyotr: Phone) -> None:
    await another(assigned, "Капает")
    await pyotr.command("day")
    await pyotr.tap("day.list", "late")
    assert "таких нарядов нет" in pyotr.last.view.text
    await pyotr.tap("day.list", "all")
    assert len(numbers(pyotr)) == 2


async def test_the_stops_come_as_pins(assigned: Call, pyotr: Phone) -> None:
    _, second = await another(assigned, "Капает")
    await pyotr.command("day")
    await pyotr.tap("day.pins")
    assert pyotr.screens == ["technician.pin"] * 2
    first = pyotr.seen[0].view.place
    assert first is not None
    assert first.title.startswith(f"1. № {assigned.order}")
    async with work(SYSTEM):
        await orders.unassign(second, "так")
    await pyotr.look()
    await pyotr.press("day.pins")
    assert pyotr.screens == ["technician.pin"]
    async with work(SYSTEM):
        await orders.unassign(assigned.job, "так")
    await pyotr.look()
    await pyotr.press("day.pins")
    assert pyotr.toasts == ["technician.pin.none"]


async def test_the_store_is_in_the_route_until_it_is_pressed(assigned: Call, pyotr: Phone) -> None:
    """Two relays lie in the van and five are asked for: three are fetched, and a second press finds nothing to do. A
    press on a screen that named fewer than are asked for by now takes none: it shows what has changed."""
    world = assigned.world
    async with work(SYSTEM):
        await warehouse.update_warehouse(world.store, "Склад", "Угрешская, 2", 55.7135, 37.6956)
        await settle.add_demand("order", str(assigned.order), "part", "M2", quantity=Decimal(5))
    await pyotr.command("day")
    stop = pyotr.last.facts["pickup"]
    assert (stop["store"], stop["items"]) == ("Склад", [["Реле пусковое", "3", "шт."]])
    assert any("55.713500,37.695600" in (one.url or "") for row in pyotr.last.view.rows for one in row)
    async with work(SYSTEM):
        await settle.add_demand("order", str(assigned.order), "part", "M2", quantity=Decimal(6))
    await pyotr.tap("day.fetched")
    assert pyotr.toasts == ["error.plan.pickup.changed"]
    assert pyotr.last.facts["pickup"]["items"] == [["Реле пусковое", "4", "шт."]]
    assert {one.code: one.quantity for one in await stock_of(world.pyotr)}["M2"] == 2
    await pyotr.tap("day.fetched")
    assert pyotr.last.facts["pickup"] is None
    assert {one.code: one.quantity for one in await stock_of(world.pyotr)}["M2"] == 6
    await pyotr.press("day.fetched", world.store)
    assert pyotr.toasts == ["error.plan.pickup.changed"]
    assert {one.code: one.quantity for one in await stock_of(world.pyotr)}["M2"] == 6
