"""The planned arrival: it suits, or a free window is taken instead; buttons of yesterday harm nothing."""

from datetime import timedelta

import pytest

import bot.customer.app  # noqa: F401
import core.reactions  # noqa: F401
from core.company.queries import company
from core.kernel.actor import SYSTEM, member
from core.kernel.read import fetchrow, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.plan import actions as plan
from core.plan.queries import bounds, frame, today
from core.schedule import actions as schedule
from tests.bot.conftest import Call
from tests.bot.customer.test_my_order import phone_of
from tests.bot.play import Phone


@pytest.fixture
async def told(call: Call) -> tuple[Call, Phone]:
    """Olga knows when Pyotr comes."""
    olga = await phone_of(call.world, call.world.olga)
    day = await today()
    async with work(SYSTEM):
        await plan.move(day, (await frame(day)).revision, call.job, call.world.pyotr, sure=True)
    await olga.look()
    assert olga.shown("customer.slot").view.rows[0][0].verb == "slot.yes"
    return call, olga


async def test_it_suits(told: tuple[Call, Phone]) -> None:
    call, olga = told
    await olga.press("slot.yes", call.order)
    assert olga.toasts == ["customer.slot.thanks"]
    assert await fetchval("SELECT agreed FROM plan_visits WHERE job_id = $1", call.job)


async def test_what_suits_is_the_time_that_was_told(told: tuple[Call, Phone]) -> None:
    call, olga = told
    yes = olga.shown("customer.slot").button("slot.yes")
    async with work(await call.world.actor(member(call.world.dispatcher))):
        await orders.add_job(call.order, "Заменить фильтр")
    await olga.press("slot.yes", call.order, yes.extra)
    assert olga.toasts == ["customer.slot.thanks"]
    assert await fetchval("SELECT agreed FROM plan_visits WHERE job_id = $1", call.job)


async def test_another_window_is_taken(told: tuple[Call, Phone]) -> None:
    """Rashid works the day after tomorrow, so there is room then at least."""
    call, olga = told
    start, end = bounds(await today() + timedelta(days=2), (await company()).tz)
    async with work(SYSTEM):
        await schedule.plan_shift(call.world.rashid, start + timedelta(hours=8), end - timedelta(hours=2))
    await olga.press("slot.other", call.order)
    slots = [row[0] for row in olga.last.view.rows if row[0].verb == "slot.take"]
    assert slots
    await olga.press("slot.take", call.order, extra=slots[-1].extra)
    row = await fetchrow("SELECT wanted_from, wanted_to FROM orders_orders WHERE id = $1", call.order)
    assert row is not None
    assert row["wanted_to"] > row["wanted_from"]
    await olga.press("slot.take", call.order, extra="1999010109")
    assert olga.toasts[-1] == "customer.slots.gone"


async def test_an_old_button_shows_the_order(told: tuple[Call, Phone]) -> None:
    call, olga = told
    async with work(SYSTEM):
        await orders.cancel(call.order, "дубль")
    await olga.press("slot.yes", call.order)
    assert olga.toasts == ["customer.slot.over"]
    assert olga.last.screen == "customer.order"
