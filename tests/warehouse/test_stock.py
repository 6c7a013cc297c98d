"""Stock on the real database: never negative, and always the sum of its movements."""

import asyncio
from decimal import Decimal as D

import pytest

from core.kernel.actor import Actor, member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.read import fetch
from core.kernel.work import work
from core.warehouse import actions, queries
from core.warehouse.rules import amount
from tests.world import World


async def in_store(world: World) -> dict[str, D]:
    return {one.code: one.quantity for one in await queries.stock_at(world.store)}


async def balanced() -> bool:
    rows = await fetch(
        "SELECT coalesce(s.quantity, 0) = coalesce(m.total, 0) AS even FROM warehouse_stock s FULL JOIN"
        " (SELECT warehouse_id, item_id, sum(quantity) AS total FROM warehouse_movements GROUP BY 1, 2) m"
        " ON m.warehouse_id = s.warehouse_id AND m.item_id = s.item_id"
    )
    return all(row["even"] for row in rows)


async def test_goods_come_in_and_move(world: World) -> None:
    assert await in_store(world) == {"M1": D(35), "M2": D(8)}
    async with work():
        await actions.transfer(world.store, world.van, world.freon, D("0.5"))
    assert (await in_store(world))["M1"] == D("34.5")
    assert await balanced()


async def test_there_is_never_less_than_nothing(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        async with work():
            await actions.transfer(world.store, world.van, world.relay, D(9))
    assert refused.value.data == {"name": "Реле пусковое", "unit": "шт.", "have": "8"}
    assert (await in_store(world))["M2"] == D(8)


async def test_of_many_who_want_the_last_one_gets_it(world: World) -> None:
    async def take(quantity: int) -> bool:
        try:
            async with work():
                await actions.write_off(1, world.pyotr, world.relay, D(quantity))
        except Refusal:
            return False
        return True

    taken = await asyncio.gather(*(take(1) for _ in range(6)))
    assert sum(taken) == 2
    assert await balanced()


async def test_transfers_both_ways_do_not_lock_each_other(world: World) -> None:
    async def move(source: int, target: int) -> None:
        async with work():
            await actions.transfer(source, target, world.freon, D("0.1"))

    await asyncio.gather(*(move(*pair) for pair in [(world.store, world.van), (world.van, world.store)] * 5))
    assert (await in_store(world))["M1"] == D(35)
    assert await balanced()


async def test_what_makes_no_sense_is_refused(world: World) -> None:
    async with work():
        with pytest.raises(Refusal, match="not_goods"):
            await actions.receive(world.store, world.diagnostics, D(1))
        with pytest.raises(NotFound):
            await actions.receive(999, world.freon, D(1))
        with pytest.raises(NotFound):
            await actions.receive(world.store, 999, D(1))
        with pytest.raises(Refusal, match="same_place"):
            await actions.transfer(world.store, world.store, world.freon, D(1))
    with pytest.raises(NotAllowed):
        async with work(await world.actor(member(world.pyotr))):
            await actions.receive(world.store, world.freon, D(1))


async def test_a_van_is_made_once(world: World) -> None:
    async def ask() -> int:
        async with work(Actor("member", world.rashid)):
            return await actions.van_of(world.rashid)

    assert len(set(await asyncio.gather(*(ask() for _ in range(5))))) == 1
    assert [one.member_id for one in await queries.warehouses()] == [None, world.pyotr, world.rashid]


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1000000", "NaN"])
def test_a_quantity_has_bounds(quantity: str) -> None:
    with pytest.raises(Refusal, match="bad_quantity"):
        amount(D(quantity))
