"""The price list and the contracts."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from core.contracts import actions, queries
from core.contracts.rules import check_price, check_terms
from core.kernel.actor import member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import work
from tests.world import World


async def test_a_price_list_is_searched(world: World) -> None:
    assert [one.code for one in await queries.price_items()] == ["W1", "W2", "M2", "M1"]
    assert [one.code for one in await queries.price_items("material")] == ["M2", "M1"]
    assert [one.code for one in await queries.price_items(search="ФРЕОН")] == ["W2", "M1"]
    assert [one.code for one in await queries.price_items(search="фреон заправ")] == ["W2"]
    assert await queries.price_items(search="100%") == []


async def test_a_price_changes_and_a_line_goes(world: World) -> None:
    async with work():
        await actions.update_price_item(world.relay, price=D("800.005"), name="Реле  пусковое РП-1")
        await actions.update_price_item(world.freon, active=False)
    item = await queries.price_item(world.relay)
    assert (item.name, item.price) == ("Реле пусковое РП-1", D("800.01"))
    assert [one.code for one in await queries.price_items("material")] == ["M2"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"kind": "gift"}, "bad_item"),
        ({"code": " "}, "bad_item"),
        ({"name": ""}, "bad_item"),
        ({"code": "W1"}, "code_taken"),
        ({"price": D(-1)}, "bad_price"),
        ({"price": 5.5}, "bad_price"),
        ({"price": D("1e12")}, "too_large"),
        ({"kind": "material", "hourly": True}, "not_labour"),
        ({"hourly": 1}, "not_labour"),
    ],
)
async def test_a_bad_line_is_refused(world: World, values: dict[str, Any], code: str) -> None:
    good = {"kind": "work", "code": "W9", "name": "Мойка", "price": D(100)}
    with pytest.raises(Refusal, match=code):
        async with work():
            await actions.add_price_item(**{**good, **values})


async def test_prices_are_for_those_who_may(world: World) -> None:
    with pytest.raises(NotAllowed):
        async with work(await world.actor(member(world.dispatcher))):
            await actions.update_price_item(world.relay, price=D(1))
    with pytest.raises(NotFound):
        await queries.price_item(999)


async def test_the_contract_in_force_is_the_latest_that_covers_the_day(world: World) -> None:
    terms = {"urgent": {"arrival": 90}}
    async with work():
        await actions.add_contract(world.azbuka, "1/25", date(2025, 1, 1), date(2025, 12, 31))
        await actions.add_contract(world.azbuka, "2/25", date(2025, 6, 1), None, terms)
        with pytest.raises(Refusal, match="bad_dates"):
            await actions.add_contract(world.azbuka, "3", date(2025, 6, 1), date(2025, 5, 1))
    found = [
        await queries.contract_on(world.azbuka, day) for day in (date(2024, 1, 1), date(2025, 3, 1), date(2026, 1, 1))
    ]
    assert [one and one.number for one in found] == [None, "1/25", "2/25"]
    assert found[2] is not None
    assert found[2].terms == terms


async def test_a_contract_is_corrected(world: World) -> None:
    async with work():
        number = await actions.add_contract(world.azbuka, "1/25", date(2025, 1, 1))
        await actions.update_contract(number, " 7/25 ", date(2025, 2, 1), date(2025, 3, 1), {"low": {"response": 30}})
        with pytest.raises(Refusal, match="no_number"):
            await actions.update_contract(number, " ", date(2025, 2, 1))
        with pytest.raises(NotFound):
            await actions.update_contract(999, "8", date(2025, 2, 1))
    one = await queries.contract(number)
    assert (one.number, one.starts_on, one.ends_on) == ("7/25", date(2025, 2, 1), date(2025, 3, 1))
    assert (one.customer_id, one.terms) == (world.azbuka, {"low": {"response": 30}})
    with pytest.raises(NotFound):
        await queries.contract(999)


@pytest.mark.parametrize("terms", [{"soon": {}}, {"urgent": {"tea": 5}}, {"urgent": {"arrival": 0}}, {"urgent": 5}])
def test_terms_name_what_is_known(terms: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="bad_terms"):
        check_terms(terms)


def test_a_price_is_whole_kopecks() -> None:
    assert check_price(D("0.005")) == D("0.01")
