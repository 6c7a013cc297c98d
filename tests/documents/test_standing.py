"""Which act stands when work is taken back, given up or done again: what was done is billed, and once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core import ports
from core.adapters.disk import Disk
from core.company import actions as company
from core.documents import actions as documents
from core.documents.models import Document
from core.documents.queries import documents_of
from core.kernel.actor import SYSTEM, contact
from core.kernel.clock import clock
from core.kernel.errors import Refusal
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Job, Order
from core.overview.queries import order_facts
from core.reports import actions as reports
from core.tasks.actions import run_one
from core.timers.actions import run_due
from tests.world import World

ONE = Decimal("1500.00")
"""What one visit costs: a diagnosis."""
SIGN = "customer.sign"


@pytest.fixture
async def order(world: World) -> int:
    """An order of Olga's whose technicians need no photos."""
    async with work(SYSTEM):
        for name in ("require_before_photo", "require_after_photo"):
            await company.set_rule(name, False)
        return await orders.create(
            customer_id=world.azbuka, site_id=world.arbat, contact_id=world.olga, words="Не холодит", source="telegram"
        )


async def jobs(order_id: int) -> list[int]:
    return [job.id for job in await Job.filter(order_id=order_id).order_by("id")]


async def beside(order_id: int) -> int:
    async with work(SYSTEM):
        return await orders.add_job(order_id, "Заменить фильтр")


async def visit(world: World, job: int, outcome: str = "done", who: int | None = None, *, bills: bool = True) -> None:
    async with work(SYSTEM):
        await orders.assign(job, who or world.pyotr)
        await orders.travel(job)
        await orders.arrive(job, "hand", None)
    await ends(world, job, outcome, bills=bills)


async def ends(world: World, job: int, outcome: str = "done", *, bills: bool = True) -> None:
    async with work(SYSTEM):
        if bills:
            await reports.set_line(job, world.diagnostics, Decimal(1))
        await orders.finish(job, outcome)


async def to_nothing(world: World, job: int, outcome: str) -> None:
    async with work(SYSTEM):
        await reports.set_line(job, world.diagnostics, Decimal(0))
        await orders.finish(job, outcome)


async def do(verb: str, *args: object) -> None:
    async with work(SYSTEM):
        await getattr(orders, verb)(*args)


async def standing(order_id: int) -> tuple[list[int], Decimal] | None:
    """The jobs and the sum of the act that stands."""
    rows = await Document.filter(order_id=order_id, replaced_by=None).exclude(state="signed")
    assert len(rows) <= 1
    return (rows[0].job_ids, rows[0].total) if rows else None


async def sign(world: World, order_id: int) -> None:
    row = await Document.filter(order_id=order_id).order_by("-version").first()
    assert row
    await Document.filter(id=row.id).update(state="ready")
    async with work(await world.actor(contact(world.olga))):
        await documents.sign(row.id, "bot", "Ольга Белова")


async def no_access(world: World, job: int) -> None:
    await to_nothing(world, job, "no_access")


async def given_up(world: World, job: int) -> None:
    await do("cancel_job", job, "не нужно")


End = Callable[[World, int], Awaitable[None]]


@pytest.mark.parametrize("end", [no_access, given_up])
async def test_what_others_did_is_billed_though_this_job_came_to_nothing(world: World, order: int, end: End) -> None:
    """Both stood on one act, and one of them steps back."""
    (first,), second = await jobs(order), await beside(order)
    await visit(world, first)
    await visit(world, second, who=world.rashid)
    assert await standing(order) == ([first, second], 2 * ONE)
    await do("step_back", first)
    assert await standing(order) is None
    await end(world, first)
    billed = [first, second] if end is no_access else [second]
    assert await standing(order) == (billed, ONE)


async def test_the_first_visit_is_billed_though_the_second_needs_a_part_after_all(world: World, order: int) -> None:
    (first,) = await jobs(order)
    await visit(world, first, "partly")
    async with work(SYSTEM):
        second = await orders.add_return(first)
    await visit(world, second)
    assert await standing(order) == ([first, second], 2 * ONE)
    await do("step_back", second)
    await to_nothing(world, second, "part_needed")
    assert await standing(order) == ([first, second], ONE)


@pytest.mark.parametrize("outcome", ["done", "no_access"])
async def test_what_closed_unsigned_stays_billed_when_the_order_is_opened_again(
    world: World, order: int, outcome: str
) -> None:
    """Its act is replaced by that of the new visit, which is of both; also when the new visit is taken back."""
    (first,) = await jobs(order)
    async with work(SYSTEM):
        await company.set_rule("require_signature", False)
    await visit(world, first)
    await do("close", order)
    async with work(SYSTEM):
        second = await orders.reopen(order, "опять течёт")
    await visit(world, second)
    assert await standing(order) == ([first, second], 2 * ONE)
    await do("step_back", second)
    await (to_nothing(world, second, outcome) if outcome != "done" else ends(world, second))
    billed = [first, second]
    assert await standing(order) == (billed, 2 * ONE if outcome == "done" else ONE)


async def test_nothing_is_drawn_up_for_a_visit_that_costs_nothing(world: World, order: int) -> None:
    (first,), second, third = await jobs(order), await beside(order), await beside(order)
    await visit(world, first, "no_access", bills=False)
    assert await standing(order) is None
    await visit(world, second)
    await do("cancel_job", third, "не нужно")
    assert await standing(order) == ([first, second], ONE)
    assert await Document.filter(order_id=order).count() == 1


async def test_a_job_given_up_last_leaves_the_act_to_be_signed_or_the_order_to_close_in_time(
    world: World, order: int
) -> None:
    """The time that the first job's end had set ran out while the other one was open."""
    (first,), second = await jobs(order), await beside(order)
    await visit(world, first)
    await later()
    assert (await Order.get(id=order)).state == "new"
    await do("cancel_job", second, "не нужно")
    assert (await Order.get(id=order)).state == "done"
    await later()
    assert (await Order.get(id=order)).state == "closed"


async def test_what_was_signed_for_closes_with_the_last_open_job(world: World, order: int) -> None:
    (first,), second = await jobs(order), await beside(order)
    await visit(world, first)
    await sign(world, order)
    assert (await Order.get(id=order)).state == "new"
    await do("cancel_job", second, "не нужно")
    assert (await Order.get(id=order)).state == "closed"
    assert await fetch("SELECT 1 FROM outbox_notices WHERE screen = 'customer.rate'")


async def test_an_order_whose_visits_are_all_given_up_closes_too(world: World, order: int) -> None:
    (first,), _, _ = await jobs(order), await beside(order), await beside(order)
    await visit(world, first)
    await sign(world, order)
    await do("cancel", order, "не нужно")
    assert (await Order.get(id=order)).state == "closed"
    assert await Entry.filter(order_id=order, kind="order.closed").count() == 1


async def later() -> None:
    """Longer than the company waits for a signature."""
    clock.offset += timedelta(days=30).total_seconds()
    await run_due()


async def test_an_act_that_was_replaced_is_on_no_card_and_nobody_objects_to_it(world: World, order: int) -> None:
    (first,) = await jobs(order)
    await visit(world, first)
    await Document.filter(order_id=order).update(state="ready")
    async with work(SYSTEM):
        await documents.draft_act(order)
    olga = await world.actor(contact(world.olga))
    newest, old = await documents_of(olga, order)
    assert [paper["id"] for paper in (await order_facts(order))["documents"]] == [newest.id]
    with pytest.raises(Refusal, match=r"documents\.replaced"):
        async with work(olga):
            await documents.refuse(old.id, "Дорого")
    assert (await Document.get(id=old.id)).state == "ready"
    await do("step_back", first)
    assert (await order_facts(order))["documents"] == []


async def test_an_act_replaced_while_it_was_printed_asks_nobody(world: World, order: int, tmp_path: Path) -> None:
    ports.use(storage=Disk(tmp_path))
    (first,) = await jobs(order)
    await visit(world, first)
    async with work(SYSTEM):
        newest = await documents.draft_act(order)
    while await run_one():
        pass
    asked = await fetch("SELECT (facts -> 'document' ->> 'id')::int AS id FROM outbox_notices WHERE screen = $1", SIGN)
    assert [row["id"] for row in asked] == [newest]
    assert [row.state for row in await Document.filter(order_id=order).order_by("id")] == ["rendering", "ready"]
