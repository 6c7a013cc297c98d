"""Machines and their labels."""

import pytest

from core.assets import actions, queries
from core.kernel import ids
from core.kernel.actor import contact, member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import work
from tests.world import World


async def test_a_label_names_its_machine(world: World) -> None:
    asset = await queries.asset_by_payload(world.fridge_tag)
    assert (asset.id, asset.type, asset.skill, asset.checklist) == (world.fridge, "fridge", "cold", "cold")
    assert asset.type_name["en"] == "Display fridge"
    assert await queries.payload_of(world.fridge) == world.fridge_tag


@pytest.mark.parametrize("payload", ["", "hello", "11-AAAAAAAAAAA", "1zzz-", "1" * 64, "é" * 5, "11-" + "x" * 80])
async def test_a_forged_label_is_refused(world: World, payload: str) -> None:
    with pytest.raises(Refusal, match="bad_tag"):
        await queries.asset_by_payload(payload)


async def test_a_label_of_another_purpose_is_refused(world: World) -> None:
    with pytest.raises(Refusal, match="bad_tag"):
        await queries.asset_by_payload(ids.keys().sign("act", 1))


async def test_labels_are_revoked_one_by_one_and_with_their_machine(world: World) -> None:
    async with work():
        second = await actions.issue_tag(world.fridge)
        await actions.revoke_tag(world.fridge_tag)
    with pytest.raises(Refusal, match="revoked"):
        await queries.asset_by_payload(world.fridge_tag)
    assert (await queries.asset_by_payload(second)).id == world.fridge
    async with work():
        await actions.update_asset(world.fridge, active=False)
        with pytest.raises(NotFound):
            await actions.issue_tag(world.fridge)
    with pytest.raises(Refusal, match="revoked"):
        await queries.asset_by_payload(second)
    assert await queries.payload_of(world.fridge) is None


async def test_machines_are_found_by_what_is_printed_on_them(world: World) -> None:
    olga = await world.actor(contact(world.olga))
    for search, found in (
        ("витрина", [world.fridge]),
        ("a-771", [world.fridge]),
        ("м-12", [world.freezer]),
        ("miwe", []),
    ):
        assert [one.id for one in await queries.assets(olga, search)] == found
    at_arbat = await queries.assets_at(olga, world.arbat)
    assert [(one.name, one.criticality) for one in at_arbat] == [("Витрина молочная", 3), ("Морозильник", 2)]


async def test_machines_are_written_down_by_those_who_may(world: World) -> None:
    async with work(await world.actor(member(world.dispatcher))):
        kind = (await queries.asset_types())[0].id
        await actions.update_asset(world.air, place="  кухня \n", site_id=world.arbat)
        for values, code in (
            ({"name": " "}, "no_name"),
            ({"criticality": 4}, "bad_criticality"),
            ({"x": 1}, "unknown"),
        ):
            with pytest.raises(Refusal, match=code):
                await actions.update_asset(world.air, **values)
        with pytest.raises(NotFound):
            await actions.add_asset(999, kind, "Печь")
    assert (await queries.asset_by_payload(world.oven_tag)).site == "Пекарня на Пятницкой"
    with pytest.raises(NotAllowed):
        async with work(await world.actor(contact(world.olga))):
            await actions.issue_tag(world.fridge)
