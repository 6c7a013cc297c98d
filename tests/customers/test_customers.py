"""Customers, their networks, sites and people."""

from typing import Any

import pytest

from core.customers import actions, queries
from core.customers.rules import Circle, area_of, patterns
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch
from core.kernel.work import work
from core.outbox.sending import block
from core.people.queries import actor_for
from tests.world import World


async def test_customers_are_found_by_name_number_and_people(world: World) -> None:
    for search, found in (
        ("", [world.azbuka, world.bakery]),
        ("азбука", [world.azbuka]),
        ("7703", [world.bakery]),
        ("белова", [world.azbuka]),
        ("+79161000003", [world.bakery]),
        ("%", []),
    ):
        assert [one.id for one in await queries.customers(search)] == found
    view = await queries.customer_view(SYSTEM, world.azbuka)
    assert (view.sites, view.contacts, view.private) == (3, 2, False)


async def test_a_network_is_a_tree(world: World) -> None:
    async with work():
        inner = await actions.add_branch(world.azbuka, "Арбатский", world.centre_branch)
        site = await actions.add_site(world.azbuka, "Новый Арбат", branch_id=inner)
        with pytest.raises(NotFound):
            await actions.add_branch(world.bakery, "Чужой", world.centre_branch)
        with pytest.raises(NotFound):
            await actions.update_site(world.shop, branch_id=world.centre_branch)
    tree = [(one.name, one.depth) for one in await queries.branches(world.azbuka)]
    assert tree == [("Центр", 0), ("Арбатский", 1), ("Юг", 0)]
    ivan = await actor_for("customer", world.tg(contact(world.ivan)))
    assert ivan is not None
    assert site in (ivan.site_ids or ())


async def test_a_branch_goes_when_nothing_hangs_on_it(world: World) -> None:
    async with work():
        inner = await actions.add_branch(world.azbuka, "Арбатский", world.centre_branch)
        await actions.rename_branch(inner, "  Арбат ")
        assert [one.name for one in await queries.branches(world.azbuka)] == ["Центр", "Арбат", "Юг"]
        site = await actions.add_site(world.azbuka, "Новый Арбат", branch_id=inner)
        await actions.update_site(site, active=False)
        with pytest.raises(Refusal, match="branch_used") as refused:
            await actions.remove_branch(inner)
        assert refused.value.data == {"sites": 1, "contacts": 0, "branches": 0}
        await actions.update_site(site, branch_id=None)
        await actions.remove_branch(inner)
        for gone in (actions.remove_branch(inner), actions.rename_branch(inner, "Х")):
            with pytest.raises(NotFound):
                await gone
    assert [one.name for one in await queries.branches(world.azbuka)] == ["Центр", "Юг"]


async def test_a_site_falls_into_the_smallest_area_around_it(world: World) -> None:
    assert (await queries.site_view(SYSTEM, world.arbat)).area_id == world.centre_area
    async with work():
        await actions.update_site(world.arbat, lat=55.62, lon=37.66)
        with pytest.raises(Refusal, match="bad_place"):
            await actions.update_site(world.arbat, lat=None)
        with pytest.raises(Refusal, match="bad_place"):
            await actions.update_site(world.arbat, lat=99, lon=0)
    assert (await queries.site_view(SYSTEM, world.arbat)).area_id == world.south_area


async def test_the_nearest_sites_come_first(world: World) -> None:
    olga = await world.actor(contact(world.olga))
    near = await queries.nearest_sites(olga, 55.7550, 37.6000)
    assert [one.id for one in near] == [world.arbat, world.tverskaya]
    assert near[0].distance == pytest.approx(0.364, abs=0.01)
    assert await queries.nearest_sites(olga, 59.93, 30.33) == []


async def test_sites_are_searched_and_paged(world: World) -> None:
    olga = await world.actor(contact(world.olga))
    assert [one.name for one in await queries.sites_for(olga, "ТВЕРСКАЯ, 8")] == ["Тверская"]
    assert [one.name for one in await queries.sites_for(olga, limit=2)] == ["Арбат", "Каширка"]
    assert [one.name for one in await queries.sites_for(olga, limit=2, offset=2)] == ["Тверская"]
    async with work():
        await actions.update_site(world.kashirka, active=False)
    assert len(await queries.sites_for(olga)) == 2


async def test_a_person_who_orders_for_themselves_is_made_once(world: World) -> None:
    async with work():
        first = await actions.private_customer(" Анна\n<b>", "8 925 111-22-33")
        assert await actions.private_customer("Анна", "+79251112233") == first
        assert await actions.private_customer("Оля", "+7 916 100-00-01") == (world.azbuka, world.olga)
    view = await queries.customer_view(SYSTEM, first[0])
    assert (view.name, view.private) == ("Анна <b>", True)


async def test_a_number_matches_those_who_work_there(world: World) -> None:
    assert await queries.match_phone("+79161000002") == world.ivan
    assert await queries.match_phone("") is None
    async with work():
        again = await actions.add_contact(world.bakery, "Иван Лис", "+79161000002")
    assert await actions.match_phone("+79161000002") == again
    async with work():
        await actions.update_customer(world.bakery, active=False)
    assert await queries.match_phone("+79161000002") == world.ivan


async def test_who_left_or_was_let_go_is_a_stranger(world: World) -> None:
    async with work():
        await actions.update_contact(world.ivan, active=False)
        await actions.update_customer(world.bakery, active=False)
    assert await actor_for("customer", world.tg(contact(world.marat))) is None
    assert await actor_for("customer", world.tg(contact(world.ivan))) is None
    with pytest.raises(NotFound):
        async with work():
            await actions.update_contact(999, name="Никто")


async def test_a_contact_reads_their_language(world: World) -> None:
    async with work():
        await actions.update_contact(world.olga, locale="en")
    olga = await actor_for("customer", world.tg(contact(world.olga)))
    assert olga is not None
    assert olga.locale == "en"
    (first, *_) = await queries.contacts(world.azbuka)
    assert (first.name, first.linked) == ("Иван Лис", True)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "\n"}, "no_name"),
        ({"inn": "12"}, "bad_number"),
        ({"kpp": "77010100А"}, "bad_number"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
async def test_a_bad_card_is_refused(world: World, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        async with work():
            await actions.update_customer(world.azbuka, **fields)


async def test_customers_are_kept_by_those_who_may(world: World) -> None:
    for party in (member(world.pyotr), contact(world.olga)):
        with pytest.raises(NotAllowed):
            async with work(await world.actor(party)):
                await actions.add_site(world.azbuka, "Новый")


@pytest.mark.parametrize(
    ("search", "found"), [("", []), (" Ab  c ", ["%ab%", "%c%"]), ("50% a_b\\", [r"%50\%%", r"%a\_b\\%"])]
)
def test_a_search_is_words(search: str, found: list[str]) -> None:
    assert patterns(search) == found


def test_the_smallest_circle_wins() -> None:
    assert area_of([Circle(1, 5, 10), Circle(2, 3, 4), Circle(3, 9, 8)]) == 2
    assert area_of([Circle(3, 9, 8)]) is None


async def test_another_number_is_tried_though_the_former_one_refused(world: World) -> None:
    async def refused() -> set[str]:
        sql = "SELECT bot FROM outbox_senders WHERE chat_id = $1 AND blocked_at IS NOT NULL"
        return {row["bot"] for row in await fetch(sql, world.olga)}

    async with work():
        for channel in ("email", "sms", "voice"):
            await block(channel, world.olga, "nobody there")
        await actions.update_contact(world.olga, name="Ольга Белова-Кац")
    assert await refused() == {"email", "sms", "voice"}
    async with work():
        await actions.update_contact(world.olga, phone="+7 916 100-00-77")
    assert await refused() == {"email"}
    async with work():
        await actions.update_contact(world.olga, email="olga@example.com")
    assert await refused() == set()
