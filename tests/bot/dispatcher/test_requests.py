"""A call in the dispatch group: who it is, and the order in one press."""

import pytest

from core.kernel.work import work
from core.orders.models import Order
from core.sources import actions, requests
from core.sources.models import Request
from tests.bot.dispatcher.conftest import Team


@pytest.fixture
async def ringing(team: Team) -> int:
    async with work():
        await actions.add_source("ats", "mango", "АТС", {"vpbx_api_key": "k", "vpbx_api_salt": "s"})
        return await requests.ask("ats", "call:1", "call", "ringing", "+79161000003")


async def test_one_press_makes_the_order_and_the_card_says_so(team: Team, ringing: int) -> None:
    phone = team.dmitry
    await phone.look()
    assert "Марат Галеев" in phone.shown("dispatcher.request").view.text
    await phone.tap("request.order")
    order = await Order.get()
    assert (order.customer_id, order.site_id, order.source) == (team.world.bakery, team.world.shop, "phone")
    shown = phone.shown("dispatcher.request")
    assert (shown.card, shown.view.rows) == (f"request:{ringing}", ())
    assert f"№\xa0{order.id}" in shown.view.text
    await phone.press("request.order", ringing)
    assert phone.refused == "requests.settled"
    assert await Order.all().count() == 1


async def test_a_call_that_was_returned_is_settled(team: Team, ringing: int) -> None:
    async with work():
        await requests.ask("ats", "call:1", "call", "missed", "+79161000003")
    await team.dmitry.look()
    await team.dmitry.tap("request.done")
    assert (await Request.get()).state == "done"
    assert not await Order.all()
