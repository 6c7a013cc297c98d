"""A question that was asked before, and what was pressed or typed since."""

import pytest

from bot.dispatcher.routes import routes
from core.kernel.actor import member
from core.kernel.read import fetchrow
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.queries import order_facts
from tests.bot.conftest import Call
from tests.bot.dispatcher.conftest import GROUP, Team
from tests.bot.play import Phone

_PLACE = """SELECT o.address, s.address AS site FROM orders_orders o LEFT JOIN customers_sites s ON s.id = o.site_id
            ORDER BY o.id DESC LIMIT 1"""


async def made_at_its_site(phone: Phone) -> bool:
    """The call comes to its end; whether the order's address is that of its site."""
    await phone.say("Гудит")
    await phone.tap("call.urgency", "normal")
    row = await fetchrow(_PLACE)
    return row is not None and row["address"] == row["site"]


@pytest.mark.parametrize("other", ["card.close", "card.assign", "card.priority", "card.move"])
async def test_a_question_that_is_gone_cancels_nothing(team: Team, told: Call, other: str) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.cancel", told.order)
    await phone.press(other, told.order)
    await phone.say("Клиент просит позвонить за час")
    assert (await order_facts(told.order))["state"] in ("new", "offered")
    assert phone.shown("dispatcher.pad")


async def test_a_question_that_was_closed_reopens_nothing(team: Team, told: Call) -> None:
    async with work(await told.world.actor(member(told.world.dispatcher))):
        await orders.cancel(told.order, "Дубль")
    phone = team.in_topic(told.order)
    await phone.press("card.reopen", told.order)
    await phone.press("card.close", told.order)
    await phone.say("Хорошо, что отменили")
    assert (await order_facts(told.order))["state"] == "cancelled"


async def test_a_known_place_takes_the_place_of_a_typed_address(team: Team, told: Call) -> None:
    phone = team.private
    await phone.command("new", "Ольга")
    await phone.tap("call.who")
    site = phone.last.button("call.site")
    await phone.say("Ленина 5")
    await phone.press(site.verb, site.id)
    assert await made_at_its_site(phone)


async def test_the_address_of_one_caller_is_not_another_s(team: Team, told: Call) -> None:
    phone = team.private
    await phone.command("new", "Ольга")
    olga = phone.last.button("call.who")
    await phone.say("пекарня")
    marat = phone.last.button("call.who")
    await phone.press(olga.verb, olga.id)
    await phone.say("Ленина 5")
    await phone.press(marat.verb, marat.id)
    await phone.tap("call.site")
    assert await made_at_its_site(phone)


async def test_a_question_that_a_colleague_closed_cancels_nothing(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.cancel", told.order)
    colleague = Phone(routes, told.world.tg(member(told.world.admin)), "Анна", chat=GROUP, topic=phone.topic)
    await colleague.press("card.close", told.order)
    assert colleague.refused is None
    await phone.say("Клиент просит позвонить за час")
    assert (await order_facts(told.order))["state"] in ("new", "offered")
