"""Desks for the bots' tests: the world's company with an order, as far along as a test needs it."""

from dataclasses import dataclass

import pytest

from core.kernel.actor import contact, member
from core.kernel.work import work
from core.orders import actions as orders
from tests.bot.play import Phone
from tests.world import World


@dataclass(frozen=True)
class Call:
    """An order of Olga's for the fridge on Arbat, with its job."""

    world: World
    order: int
    job: int


async def on_site(phone: Phone, call: Call) -> None:
    """The technician sets out and arrives."""
    await phone.press("job.go", call.job)
    await phone.press("job.arrive", call.job)


@pytest.fixture
async def no_photos(world: World) -> None:
    """A visit may end without pictures."""
    from core.company import actions as company

    async with work():
        for rule in ("require_before_photo", "require_after_photo"):
            await company.set_rule(rule, False)


@pytest.fixture
async def call(world: World) -> Call:
    """A fresh order that nobody has yet."""
    async with work(await world.actor(contact(world.olga))):
        number = await orders.create(
            customer_id=world.azbuka,
            site_id=world.arbat,
            contact_id=world.olga,
            words="Витрина не холодит",
            urgency="high",
            asset_ids=[world.fridge],
            source="telegram",
        )
    from core.overview.queries import order_facts

    return Call(world, number, (await order_facts(number))["jobs"][0]["id"])


@pytest.fixture
async def assigned(call: Call) -> Call:
    """The order is Pyotr's, who is on shift."""
    from core.schedule import actions as schedule

    async with work(await call.world.actor(member(call.world.pyotr))):
        await schedule.open_shift(call.world.pyotr)
    async with work(await call.world.actor(member(call.world.dispatcher))):
        await orders.assign(call.job, call.world.pyotr)
    return call


@pytest.fixture
async def olga(world: World) -> Phone:
    """Speaks for the whole chain; has agreed to the processing of her data."""
    from bot.customer.routes import routes

    phone = Phone(routes, World.tg(contact(world.olga)))
    await phone.command("start")
    await phone.tap("consent.yes")
    return phone


@pytest.fixture
async def pyotr(assigned: Call) -> Phone:
    """Has the order and has looked at his telephone."""
    from bot.technician.routes import routes

    phone = Phone(routes, World.tg(member(assigned.world.pyotr)), "Пётр")
    await phone.look()
    return phone
