"""The private link of an order that went into another, which went into a third."""

from core.guests import actions as guests
from core.guests.queries import opened
from core.kernel.actor import SYSTEM
from core.kernel.work import work
from core.orders.queries import goes_on_as
from core.twins import actions as twins
from tests.twins.conftest import Two, order


async def test_the_link_of_an_order_that_went_on_twice_opens_what_goes_on(two: Two) -> None:
    secret = await two.do(guests.link_for, two.second, by=SYSTEM)
    assert secret is not None
    async with work(SYSTEM):
        third = await order(two.world, "Витрина опять не холодит")
    await two.do(twins.merge, two.first, two.second)
    await two.do(twins.merge, third, two.first)
    assert await goes_on_as(two.second) == third
    assert (await opened(secret)).order_id == third
