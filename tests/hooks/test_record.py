"""Events are written down as soon as somebody may hear of them, and not before."""

from core.hooks import actions
from core.hooks.models import Event
from core.kernel.work import work
from core.orders import actions as orders
from core.tokens import actions as tokens
from tests.world import World


async def ordered(world: World) -> int:
    async with work():
        return await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Не холодит", source="desk")


async def test_nobody_listens(world: World) -> None:
    await ordered(world)
    assert await Event.all().count() == 0


async def test_from_the_first_subscription_on(world: World) -> None:
    await ordered(world)
    async with work():
        await actions.subscribe("CRM", "https://crm.example.org/hook", ["order.closed"])
    number = await ordered(world)
    assert await Event.all().values_list("order_id", flat=True) == [number], "the feed has what no subscription wants"


async def test_from_the_first_token_that_reads_events(world: World) -> None:
    async with work():
        await tokens.make("Отчёты", ["orders:read"])
    await ordered(world)
    async with work():
        number, _ = await tokens.make("Портал", ["events:read"])
    second = await ordered(world)
    async with work():
        await tokens.revoke(number)
    await ordered(world)
    assert second in await Event.all().values_list("order_id", flat=True)
    assert await Event.all().count() <= 2, "a revoked token is forgotten within a second"
