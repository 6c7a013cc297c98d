"""Shifts: planned, opened, closed; by oneself or by a dispatcher, and not while a job runs."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import core.reactions  # noqa: F401
from core import events
from core.company import actions as company
from core.kernel.actor import Actor, member
from core.kernel.clock import clock, now
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetchval
from core.kernel.work import on, work
from core.orders import actions as orders
from core.people.queries import member_view
from core.schedule import actions, queries
from tests.world import World

heard: list[Any] = []


def today_here() -> date:
    """The day that the company's clocks show."""
    return now().astimezone(ZoneInfo("Europe/Moscow")).date()


@on(events.ShiftOpened, events.ShiftClosed)
async def hear(event: Any) -> None:
    heard.append(event)


@pytest.fixture
async def pyotr(world: World) -> Actor:
    heard.clear()
    return await world.actor(member(world.pyotr))


async def test_a_shift_is_opened_once_and_closed(world: World, pyotr: Actor) -> None:
    async with work(pyotr):
        await actions.open_shift(world.pyotr)
        with pytest.raises(Refusal, match="already_open"):
            await actions.open_shift(world.pyotr)
    assert [one.id for one in await queries.on_duty()] == [world.pyotr]
    assert (await member_view(world.pyotr)).on_duty
    async with work(pyotr):
        await actions.close_shift(world.pyotr)
        with pytest.raises(Refusal, match="not_open"):
            await actions.close_shift(world.pyotr)
    assert await queries.on_duty() == []
    assert heard == [events.ShiftOpened(world.pyotr), events.ShiftClosed(world.pyotr)]
    shown = [one for one in await queries.shifts_on(today_here(), world.pyotr) if one.opened_at]
    assert [one.closed_at is not None for one in shown] == [True]


async def test_without_a_plan_a_shift_is_written(world: World, pyotr: Actor) -> None:
    clock.offset = 5 * 86_400
    async with work(pyotr):
        await actions.open_shift(world.pyotr)
    shifts = await queries.shifts_on(today_here(), world.pyotr)
    assert [one.ends_at - one.starts_at for one in shifts] == [timedelta(hours=9)]


async def test_pressed_many_times_at_once_it_opens_once(world: World, pyotr: Actor) -> None:
    async def press() -> None:
        async with work(pyotr):
            await actions.open_shift(world.pyotr)

    done = await asyncio.gather(*(press() for _ in range(5)), return_exceptions=True)
    assert [one is None for one in done].count(True) == 1


async def test_a_shift_is_not_closed_while_a_job_runs(world: World, pyotr: Actor) -> None:
    async with work():
        order = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Не холодит", source="desk")
        job: int = await fetchval("SELECT id FROM orders_jobs WHERE order_id = $1", order)
        await orders.assign(job, world.pyotr)
    async with work(pyotr):
        await actions.open_shift(world.pyotr)
        await orders.travel(job)
        with pytest.raises(Refusal) as refused:
            await actions.close_shift(world.pyotr)
        assert refused.value.data == {"order": order}
        await orders.pause(job, "обед")
        await actions.close_shift(world.pyotr)


async def test_nobody_presses_for_another_but_a_dispatcher(world: World, pyotr: Actor) -> None:
    with pytest.raises(NotAllowed):
        async with work(pyotr):
            await actions.open_shift(world.rashid)
    async with work(await world.actor(member(world.dispatcher))):
        await actions.open_shift(world.rashid)
        with pytest.raises(NotFound):
            await actions.open_shift(999)


async def test_a_rota_has_no_overlaps(world: World, pyotr: Actor) -> None:
    start = now() + timedelta(days=1)
    async with work():
        shift = await actions.plan_shift(world.pyotr, start, start + timedelta(hours=9))
        for begin, end in ((8, 10), (-1, 1), (2, 3)):
            with pytest.raises(Refusal, match="overlap"):
                await actions.plan_shift(world.pyotr, start + timedelta(hours=begin), start + timedelta(hours=end))
        await actions.plan_shift(world.pyotr, start + timedelta(hours=9), start + timedelta(hours=12))
        await actions.unplan_shift(shift)
        for begin, end in ((0, 0), (0, -1), (0, 48)):
            with pytest.raises(Refusal, match="bad_times"):
                await actions.plan_shift(world.rashid, start + timedelta(hours=begin), start + timedelta(hours=end))
    with pytest.raises(NotAllowed):
        async with work(pyotr):
            await actions.plan_shift(world.pyotr, start, start + timedelta(hours=1))


async def test_a_day_is_the_companys(world: World, pyotr: Actor) -> None:
    """In Vladivostok (UTC+10) the evening of the 1st in UTC is the 2nd."""
    evening = datetime(2030, 1, 1, 16, tzinfo=UTC)
    async with work():
        await company.update(zone="Asia/Vladivostok")
        await actions.plan_shift(world.pyotr, evening, evening + timedelta(hours=4))
    assert await queries.shifts_on(datetime(2030, 1, 1, tzinfo=UTC).date()) == []
    assert [one.member_id for one in await queries.shifts_on(datetime(2030, 1, 2, tzinfo=UTC).date())] == [world.pyotr]
