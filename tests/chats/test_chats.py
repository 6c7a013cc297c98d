"""Dispatch groups take orders by area; what the team says stays with the team unless it is meant for the customer."""

import pytest

from core.chats import actions as chats
from core.chats.queries import group_for, groups, thread
from core.chats.rules import (
    Circle,
    GroupFilter,
    choose_group,
    message_card,
    message_of_card,
    order_of_topic,
    topic_card,
)
from core.kernel.actor import Actor, contact, group, member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from tests.world import CENTRE, SOUTH, World

CENTRE_CIRCLE, SOUTH_CIRCLE = Circle(1, *CENTRE, 8), Circle(2, *SOUTH, 10)
WIDE = Circle(3, *CENTRE, 60)
FILTERS = (GroupFilter(10, (CENTRE_CIRCLE,)), GroupFilter(11, (SOUTH_CIRCLE,)), GroupFilter(12, ()))


@pytest.mark.parametrize(
    ("area", "place", "chosen"),
    [
        (1, None, 10),
        (2, CENTRE, 11),
        (None, CENTRE, 10),
        (None, SOUTH, 11),
        (None, (59.9, 30.3), 12),
        (None, None, 12),
        (9, None, 12),
    ],
)
def test_the_group_with_the_area_takes_the_order(
    area: int | None, place: tuple[float, float] | None, chosen: int
) -> None:
    lat, lon = place or (None, None)
    assert choose_group(FILTERS, area, lat, lon) == chosen


def test_of_two_areas_that_hold_a_place_the_nearer_takes_it() -> None:
    assert choose_group((GroupFilter(1, (WIDE,)), GroupFilter(2, (SOUTH_CIRCLE,))), None, *SOUTH) == 2


def test_without_a_general_group_the_first_takes_what_is_left() -> None:
    assert choose_group(FILTERS[:2], None, 59.9, 30.3) == 10
    assert choose_group((), 1, *CENTRE) is None


def test_cards_name_their_order_and_message() -> None:
    assert order_of_topic(topic_card(12)) == 12
    assert message_of_card(message_card(7)) == 7
    for card in (None, "", "topic:", "topic:x", "order:12", "msg:", "topic:１２x"):
        assert order_of_topic(card) is None
        assert message_of_card(card) is None


@pytest.fixture
async def boss(world: World) -> Actor:
    return await world.actor(member(world.dispatcher))


async def order_of(world: World, site: int, who: int | None = None) -> int:
    async with work(await world.actor(contact(who or world.olga))):
        return await orders.create(
            customer_id=world.azbuka, site_id=site, contact_id=world.olga, words="Не холодит", source="telegram"
        )


async def test_a_large_company_has_several_groups(world: World, boss: Actor) -> None:
    async with work(boss):
        centre = await chats.bind_group(-1, "Центр", True)
        south = await chats.bind_group(-2, "Юг", True)
    async with work(await world.actor(member(world.admin))):
        await chats.set_areas(centre, [world.centre_area])
        await chats.set_areas(south, [world.south_area])
    assert await group_for(await order_of(world, world.arbat)) == centre
    assert await group_for(await order_of(world, world.kashirka)) == south
    async with work(boss):
        await chats.update_group(-2, active=False)
    assert await group_for(await order_of(world, world.kashirka)) == centre


async def test_only_a_dispatcher_binds_and_only_an_administrator_gives_areas(world: World, boss: Actor) -> None:
    with pytest.raises(NotAllowed):
        async with work(await world.actor(member(world.pyotr))):
            await chats.bind_group(-1, "Чужая", True)
    async with work(boss):
        number = await chats.bind_group(-1, "Своя", True)
    with pytest.raises(NotAllowed):
        async with work(boss):
            await chats.set_areas(number, [])


async def test_a_group_that_becomes_a_supergroup_stays_the_same_group(world: World, boss: Actor) -> None:
    async with work(boss):
        number = await chats.bind_group(-1, "Диспетчерская", False)
    for _ in range(2):
        async with work():
            await chats.migrate_group(-1, -100)
    [one] = await groups()
    assert (one.id, one.chat_id) == (number, -100)
    rows = await fetch("SELECT chat_id FROM outbox_addresses WHERE party = $1", group(number))
    assert [row["chat_id"] for row in rows] == [-100]
    async with work(boss):
        assert await chats.bind_group(-100, "Диспетчерская", True) == number


async def test_the_customer_reads_only_what_was_meant_for_them(world: World, boss: Actor) -> None:
    number = await order_of(world, world.arbat)
    olga = await world.actor(contact(world.olga))
    async with work(olga):
        await chats.post(number, "team", "Когда приедете?", to_customer=True)
    async with work(boss):
        secret = await chats.post(number, "team", "Опять она")
        await chats.post(number, "team", "Через час", to_customer=True)
    assert [one.text for one in await thread(olga, number)] == ["Когда приедете?", "Через час"]
    assert len(await thread(boss, number)) == 3
    async with work(boss):
        await chats.send_to_customer(secret)
    assert [one.text for one in await thread(olga, number)] == ["Когда приедете?", "Опять она", "Через час"]
    with pytest.raises(Refusal, match=r"chats\.already_sent"):
        async with work(boss):
            await chats.send_to_customer(secret)


async def test_a_customer_can_pass_nothing_on_and_see_no_thread_of_others(world: World, boss: Actor) -> None:
    number = await order_of(world, world.arbat)
    async with work(boss):
        said = await chats.post(number, "team", "Между нами")
    for who in (contact(world.olga), contact(world.marat)):
        with pytest.raises((NotAllowed, NotFound)):
            async with work(await world.actor(who)):
                await chats.send_to_customer(said)
    with pytest.raises(NotFound):
        await thread(await world.actor(contact(world.marat)), number)
    with pytest.raises(NotFound):
        async with work(await world.actor(contact(world.marat))):
            await chats.post(number, "customer", "Пустите")


@pytest.mark.parametrize(
    ("text", "code"), [("", "chats.empty"), (" \n", "chats.empty"), ("а" * 4097, "chats.too_long")]
)
async def test_words_that_are_no_message(world: World, text: str, code: str) -> None:
    number = await order_of(world, world.arbat)
    with pytest.raises(Refusal, match=code):
        async with work(await world.actor(contact(world.olga))):
            await chats.post(number, "customer", text)
