"""An order's clocks: started, met, warned, broken, recomputed, stopped."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import date, timedelta

import pytest

from core.contracts.models import Contract
from core.events import DeadlineBreached, DeadlineNear
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.errors import NotFound
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Order
from core.sla import actions as sla
from core.sla.models import Deadline
from core.sla.queries import DeadlineView, deadlines
from core.timers.actions import run_due
from core.timers.models import Timer
from tests.orders.desk import Desk, events_of


@contextmanager
def later(minutes: float) -> Iterator[None]:
    before = clock.offset
    clock.offset = before + minutes * 60
    try:
        yield
    finally:
        clock.offset = before


async def done(verb: str, *args: object) -> None:
    async with work(SYSTEM):
        await getattr(sla, verb)(*args)


async def urgent(desk: Desk, **fields: object) -> int:
    order_id, _ = await desk.order(urgency="urgent", **fields)
    await done("start", order_id)
    return order_id


async def clocks(order_id: int) -> dict[str, Deadline]:
    return {row.kind: row for row in await Deadline.filter(order_id=order_id)}


async def timers() -> set[tuple[str, str]]:
    return {(row.kind, row.key.split(":")[1]) for row in await Timer.all()}


async def test_they_start_with_the_order_and_promise_the_arrival(desk: Desk) -> None:
    order_id = await urgent(desk)
    order, due = await Order.get(id=order_id), await clocks(order_id)
    assert [due[kind].due_at - order.created_at for kind in ("response", "arrival", "resolution")] == [
        timedelta(minutes=10),
        timedelta(minutes=120),
        timedelta(minutes=480),
    ]
    assert order.promised_at == due["arrival"].due_at
    assert due["arrival"].policy == {"priority": "urgent", "minutes": 120, "contract_id": None}
    assert await timers() == {("sla.near", kind) for kind in due}


async def test_a_contract_in_force_names_its_own_minutes(desk: Desk) -> None:
    terms = {"urgent": {"arrival": 45}}
    in_force = await Contract.create(customer=desk.customer, number="1", starts_on=date(2026, 1, 1), terms=terms)
    over = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 2, 2), "terms": {"urgent": {"arrival": 5}}}
    await Contract.create(customer=desk.customer, number="2", **over)
    arrival = (await clocks(await urgent(desk)))["arrival"]
    assert arrival.policy == {"priority": "urgent", "minutes": 45, "contract_id": in_force.id}
    assert arrival.due_at - arrival.started_at == timedelta(minutes=45)


async def test_they_warn_once_and_break_once(desk: Desk) -> None:
    order_id = await urgent(desk)
    with events_of(DeadlineNear, DeadlineBreached) as seen:
        with later(7.9):
            assert await run_due() == 0
        with later(8.1):
            assert await run_due() == 1
        with later(10.1):
            assert await run_due() == 1
    assert seen == [DeadlineNear(order_id, "response"), DeadlineBreached(order_id, "response")]
    row = (await clocks(order_id))["response"]
    assert row.warned_at is not None
    assert row.breached_at == row.due_at
    assert await timers() == {("sla.near", "arrival"), ("sla.near", "resolution")}
    kinds = await Entry.filter(order_id=order_id, kind__startswith="sla.").order_by("id").values_list("kind", flat=True)
    assert kinds == ["sla.near", "sla.breach"]


async def test_what_is_long_past_breaks_without_a_warning(desk: Desk) -> None:
    order_id = await urgent(desk)
    with events_of(DeadlineNear, DeadlineBreached) as seen, later(60):
        await run_due()
    assert seen == [DeadlineBreached(order_id, "response")]


async def test_what_is_met_is_neither_warned_about_nor_broken(desk: Desk) -> None:
    order_id = await urgent(desk)
    for _ in range(2):
        await done("meet", order_id, "response")
    met = (await clocks(order_id))["response"].met_at
    assert met is not None
    with events_of(DeadlineNear, DeadlineBreached) as seen, later(60):
        assert await run_due() == 0
        await done("meet", order_id, "response")
    assert seen == []
    assert (await clocks(order_id))["response"].met_at == met
    assert (await clocks(order_id))["response"].breached_at is None


async def test_late_is_met_and_stays_broken(desk: Desk) -> None:
    order_id = await urgent(desk)
    with later(60):
        await done("meet", order_id, "response")
    row = (await clocks(order_id))["response"]
    assert (row.met_at is not None, row.breached_at) == (True, row.due_at)


async def test_a_mistaken_step_lets_the_clock_run_on(desk: Desk) -> None:
    order_id = await urgent(desk)
    before = await timers()
    await done("meet", order_id, "arrival")
    await done("unmeet", order_id, "arrival")
    assert (await clocks(order_id))["arrival"].met_at is None
    assert await timers() == before
    with later(100):
        await run_due()
        await done("meet", order_id, "arrival")
        await done("unmeet", order_id, "arrival")
    assert ("sla.breach", "arrival") in await timers()


async def test_another_priority_moves_what_still_runs(desk: Desk) -> None:
    order_id = await urgent(desk)
    await done("meet", order_id, "response")
    with later(200):
        await run_due()
        assert (await clocks(order_id))["arrival"].breached_at is not None
        await Order.filter(id=order_id).update(priority="normal")
        await done("restart", order_id)
    order, due = await Order.get(id=order_id), await clocks(order_id)
    assert due["response"].met_at is not None
    assert due["arrival"].due_at == order.created_at + timedelta(minutes=1440) == order.promised_at
    assert (due["arrival"].breached_at, due["arrival"].warned_at) == (None, None)
    assert await timers() == {("sla.near", "arrival"), ("sla.near", "resolution")}


async def test_a_reopened_order_begins_anew(desk: Desk) -> None:
    order_id = await urgent(desk)
    await done("meet", order_id, "response")
    await done("cancel", order_id)
    assert await timers() == set()
    assert [row.kind for row in await deadlines(desk.contact, order_id)] == ["response"]
    with later(500):
        now = clock.now()
        await done("reopen", order_id)
    due = await clocks(order_id)
    assert all(row.started_at >= now and row.met_at is None and row.cancelled_at is None for row in due.values())
    assert len(await timers()) == 3


async def test_only_who_sees_the_order_sees_its_deadlines(desk: Desk) -> None:
    order_id = await urgent(desk)
    shown = await deadlines(desk.contact, order_id)
    assert [row.kind for row in shown] == ["response", "arrival", "resolution"]
    assert isinstance(shown[0], DeadlineView)
    with pytest.raises(NotFound):
        await deadlines(desk.stranger, order_id)


async def test_a_timer_that_fires_meanwhile_gives_way(desk: Desk) -> None:
    """A press holds the order, the timer's effect its own row: neither waits for the other for ever."""
    order_id = await urgent(desk)
    with events_of(DeadlineNear) as seen, later(9):
        async with work(SYSTEM) as w:
            await orders.locked_order(order_id)
            firing = asyncio.create_task(run_due(1), context=Context())
            while not firing.done() and not await w.fetch(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ):
                await asyncio.sleep(0.01)
            await sla.meet(order_id, "response")
        assert await firing == 1
        assert await run_due() == 0
    assert seen == []
    assert (await clocks(order_id))["response"].met_at is not None
