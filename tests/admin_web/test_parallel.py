"""Two jobs of one order beside each other, from the page to the acts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.company import actions as company
from core.documents import actions as documents
from core.documents.models import Document
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.overview.queries import order_facts
from core.overview.steering import job_steps, steps
from core.reports import actions as reports
from tests.admin_web.conftest import Orders
from tests.admin_web.visitor import Visitor
from tests.world import World


async def clocks(order_id: int) -> dict[str, bool]:
    """Kinds, and whether each is met."""
    rows = await fetch(
        "SELECT kind, met_at IS NOT NULL AS met FROM sla_deadlines WHERE order_id = $1 AND job_id IS NULL", order_id
    )
    assert len(rows) == len({row["kind"] for row in rows})
    return {row["kind"]: row["met"] for row in rows}


@pytest.fixture
async def pair(dispatcher: Visitor, made: Orders, world: World) -> tuple[int, int, int]:
    """An order with Pyotr on site, and one more job beside his, added at the page."""
    order_id, first = await made.travelling()
    await made.do("arrive", first)
    async with work(SYSTEM):
        for name in ("require_before_photo", "require_after_photo"):
            await company.set_rule(name, False)
    at = f"/admin/orders/{order_id}"
    before = await clocks(order_id)
    assert "Что ещё сделать" in (await dispatcher.get(f"{at}/add"))[1]
    assert (await dispatcher.post(f"{at}/add", {"title": " "}))[0] == 409
    assert (await dispatcher.post(f"{at}/add", {"title": "Заменить фильтр"}))[0] == 204
    assert await clocks(order_id) == before
    second = (await Job.filter(order_id=order_id).order_by("-id"))[0].id
    assert await fetch("SELECT 1 FROM tasks_tasks WHERE kind = 'dispatch.seek' AND key = $1", str(second))
    return order_id, first, second


async def finish(world: World, job_id: int, who: int) -> None:
    async with work(await world.actor(member(who))):
        await reports.set_line(job_id, world.diagnostics, Decimal(1))
        await orders.finish(job_id, "done")


async def go(made: Orders, job_id: int, who: int) -> None:
    await made.do("assign", job_id, who)
    await made.do("travel", job_id)
    await made.do("arrive", job_id)


async def test_each_job_has_its_own_buttons(
    dispatcher: Visitor, made: Orders, world: World, pair: tuple[int, int, int]
) -> None:
    order_id, first, second = pair
    at = f"/admin/orders/{order_id}"
    _, text = await dispatcher.get(at)
    for told in ("Заменить фильтр", f"assign?job={second}", f"fix?job={first}", f"drop?job={first}"):
        assert told in text, told
    assert f"assign?job={first}" not in text
    assert (await dispatcher.get(f"{at}/fix?job={second}"))[0] == 409
    assert (await dispatcher.get(f"{at}/drop?job={second}"))[0] == 200
    form = {"job": str(second), "revision": "1", "member": str(world.rashid)}
    assert (await dispatcher.post(f"{at}/assign", form))[0] == 204
    assert (await dispatcher.post(f"{at}/remind", {"job": str(first)}))[0] == 204
    nudged = await fetch("SELECT party FROM outbox_notices WHERE screen = 'technician.reminder'")
    assert [row["party"] for row in nudged] == [member(world.pyotr)]
    assert (await dispatcher.post(f"{at}/drop", {"job": str(second), "reason": "не нужно"}))[0] == 204
    facts = await order_facts(order_id)
    assert [job["state"] for job in facts["jobs"]] == ["on_site", "cancelled"]
    assert "drop" not in job_steps(facts, facts["jobs"][0])
    assert "add" in steps(facts)
    assert (await dispatcher.post(f"{at}/drop", {"job": str(first), "reason": "так"}))[0] == 409


async def test_what_is_done_together_stands_on_one_act(made: Orders, world: World, pair: tuple[int, int, int]) -> None:
    order_id, first, second = pair
    await go(made, second, world.rashid)
    clock.offset += timedelta(minutes=25).total_seconds()
    await finish(world, first, world.pyotr)
    assert (await clocks(order_id))["resolution"] is False
    await finish(world, second, world.rashid)
    assert (await clocks(order_id))["resolution"] is True
    alone, both = await Document.filter(order_id=order_id).order_by("version")
    assert (alone.replaced_by, alone.job_ids, both.job_ids) == (both.id, [first], [first, second])
    assert both.total == 2 * alone.total
    assert {visit["technician"] for visit in both.facts["visits"]} == {"Пётр Ким", "Рашид Алиев"}


async def test_what_was_signed_before_stands_on_its_own(made: Orders, world: World, pair: tuple[int, int, int]) -> None:
    order_id, first, second = pair
    await go(made, second, world.rashid)
    await finish(world, first, world.pyotr)
    await sign(world, order_id)
    assert (await Order.get(id=order_id)).state == "on_site"
    await finish(world, second, world.rashid)
    await sign(world, order_id)
    assert [row.job_ids for row in await Document.filter(order_id=order_id, state="signed").order_by("version")] == [
        [first],
        [second],
    ]
    assert [job["state"] for job in (await order_facts(order_id))["jobs"]] == ["closed", "closed"]
    assert (await Order.get(id=order_id)).state == "closed"


async def sign(world: World, order_id: int) -> None:
    row = (await Document.filter(order_id=order_id).order_by("-version"))[0]
    await Document.filter(id=row.id).update(state="ready")
    async with work(await world.actor(contact(world.olga))):
        await documents.sign(row.id, "bot", "Ольга Белова")


async def test_a_mistaken_arrival_leaves_the_other_one_met(
    made: Orders, world: World, pair: tuple[int, int, int]
) -> None:
    order_id, _, second = pair
    await go(made, second, world.rashid)
    await made.do("step_back", second)
    assert (await clocks(order_id))["arrival"] is True


async def test_the_other_job_given_up_is_the_end_of_the_repair(
    made: Orders, world: World, pair: tuple[int, int, int]
) -> None:
    order_id, first, second = pair
    await finish(world, first, world.pyotr)
    await made.do("cancel_job", second, "не нужно")
    assert (await clocks(order_id))["resolution"] is True
    assert (await Order.get(id=order_id)).state == "done"
