"""The question whether two orders are one trouble, in the newer one's topic."""

from core.kernel.actor import contact
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.queries import order_facts
from tests.bot.conftest import Call
from tests.bot.dispatcher.conftest import Team


async def again(told: Call) -> int:
    """Olga tells of it once more."""
    world = told.world
    async with work(await world.actor(contact(world.olga))):
        place = {"customer_id": world.azbuka, "site_id": world.arbat, "contact_id": world.olga}
        return await orders.create(words="Опять витрина не холодит", source="telegram", **place)


async def test_two_presses_merge_and_part(team: Team, told: Call) -> None:
    second = await again(told)
    phone = team.in_topic(second)
    await phone.look()
    asked = phone.shown("dispatcher.twins")
    assert f"№\xa0{told.order}" in asked.view.text
    await phone.tap("twin.merge")
    assert phone.refused is None
    assert (await order_facts(second))["merged_into"] == told.order
    await phone.look()
    assert "объединена" in phone.shown("dispatcher.twins").view.text
    await phone.press("twin.undo", second)
    assert phone.refused is None
    assert (await order_facts(second))["state"] == "new"
    await phone.press("twin.undo", second)
    assert phone.refused == "orders.not_merged"


async def test_different_ones_are_asked_about_once(team: Team, told: Call) -> None:
    second = await again(told)
    phone = team.in_topic(second)
    await phone.look()
    await phone.tap("twin.apart")
    assert phone.refused is None
    await phone.look()
    assert "разные" in phone.shown("dispatcher.twins").view.text
    await phone.press("twin.merge", 10**6)
    assert phone.refused == "twins.not_found"
