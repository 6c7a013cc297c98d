"""An order that has an address and no point gets its point, and the robot waits a moment for it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core import ports
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock
from core.kernel.read import fetch, fetchrow
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.actions import locate
from core.orders.models import Job, Order
from core.orders.queries import my_jobs
from core.tasks.actions import run_one
from tests.adapters.gazetteer import ARBAT, Gazetteer, gazetteer, geocoder
from tests.world import World

FAR = (43.1155, 131.8855, "10, улица Арбат, Владивосток", 30)
PLACE = ARBAT[:2]


@pytest.fixture
async def town() -> AsyncIterator[Gazetteer]:
    async with gazetteer() as one, geocoder(one.url("yandex")) as asked:
        ports.use_geocoder(asked)
        yield one
        ports.use_geocoder(None)
        clock.offset = 0


async def order(world: World, address: str = "Арбат, 10", **fields: Any) -> int:
    async with work(await world.actor(contact(world.olga))):
        return await orders.create(
            customer_id=world.azbuka, words="Не морозит", address=address, source="telegram", **fields
        )


async def place(order_id: int) -> tuple[float | None, float | None]:
    row = await fetchrow("SELECT lat, lon FROM orders_orders WHERE id = $1", order_id)
    assert row
    return row["lat"], row["lon"]


async def told(order_id: int) -> list[str]:
    rows = await fetch("SELECT kind FROM orders_entries WHERE order_id = $1 AND kind LIKE '%located'", order_id)
    return [row["kind"] for row in rows]


async def waiting() -> dict[str, float]:
    """Tasks, and in how many seconds each is due."""
    rows = await fetch("SELECT kind, extract(epoch FROM run_at - queued_at)::float AS seconds FROM tasks_tasks")
    return {row["kind"]: row["seconds"] for row in rows}


async def worked() -> None:
    while await run_one():
        pass


async def test_the_address_gives_the_point_and_the_robot_begins_at_once(world: World, town: Gazetteer) -> None:
    number = await order(world)
    due = await waiting()
    assert due[locate.LOCATE] == 0
    assert due["dispatch.seek"] == locate.WORTH_WAITING.total_seconds()
    assert await run_one(lane="outside")
    assert await place(number) == PLACE
    assert await told(number) == ["order.located"]
    assert (await waiting())["dispatch.seek"] <= locate.WORTH_WAITING.total_seconds()
    (due_now,) = await fetch("SELECT run_at <= now() AS due FROM tasks_tasks WHERE kind = 'dispatch.seek'")
    assert due_now["due"]


@pytest.mark.parametrize("knows", [[], [FAR]], ids=["nowhere", "in another town"])
async def test_a_place_that_nobody_can_mean_is_none(
    world: World, town: Gazetteer, knows: list[tuple[float, float, str, int]]
) -> None:
    town.knows = knows
    number = await order(world)
    await worked()
    assert await place(number) == (None, None)
    assert await told(number) == ["order.not_located"]


async def test_the_nearest_of_streets_of_one_name_is_meant(world: World, town: Gazetteer) -> None:
    town.knows = [FAR, ARBAT]
    number = await order(world)
    await worked()
    assert await place(number) == PLACE


@pytest.mark.parametrize("fields", [{"lat": 55.7, "lon": 37.6}, {"address": ""}, {"site": True}])
async def test_nobody_is_asked_for_what_is_known_or_not_told(
    world: World, town: Gazetteer, fields: dict[str, Any]
) -> None:
    if fields.pop("site", False):
        fields["site_id"] = world.arbat
    await order(world, **fields)
    assert locate.LOCATE not in await waiting()
    assert (await waiting())["dispatch.seek"] == 0


async def test_where_no_service_is_set_people_put_the_pins(world: World) -> None:
    await order(world)
    assert locate.LOCATE not in await waiting()


async def test_another_address_is_looked_up_anew_and_the_former_point_goes(world: World, town: Gazetteer) -> None:
    number = await order(world)
    await worked()
    town.knows = [(55.80, 37.60, "1, Новая улица, Москва", 30)]
    async with work(await world.actor(contact(world.olga))):
        await orders.change(number, address="Новая, 1")
    assert await place(number) == (None, None)
    await worked()
    assert await place(number) == (55.80, 37.60)
    async with work(await world.actor(contact(world.olga))):
        await orders.change(number, address="Старая, 2", lat=55.81, lon=37.61)
    assert await place(number) == (55.81, 37.61)
    assert [one["geocode"] for one in town.asked] == ["Арбат, 10", "Новая, 1"]


@pytest.mark.parametrize(
    ("knows", "stays"),
    [([ARBAT], True), ([], True), ([(55.80, 37.60, "1, Новая улица, Москва", 30)], False)],
    ids=["the house", "nothing", "another street"],
)
async def test_a_persons_pin_stays_until_the_new_address_is_known_to_be_elsewhere(
    world: World, town: Gazetteer, knows: list[tuple[float, float, str, int]], stays: bool
) -> None:
    pin = (PLACE[0] + 0.0004, PLACE[1] + 0.0004)
    number = await order(world, lat=pin[0], lon=pin[1])
    town.knows = knows
    async with work(await world.actor(contact(world.olga))):
        await orders.change(number, address="Арбат, 10, подъезд 3")
    assert await place(number) == pin
    await worked()
    assert await place(number) == (pin if stays else (55.80, 37.60))


async def test_an_order_at_a_site_stays_where_the_site_is(world: World, town: Gazetteer) -> None:
    number = await order(world, site_id=world.arbat)
    before = await place(number)
    async with work(await world.actor(contact(world.olga))):
        await orders.change(number, address="Арбат, 10, вход со двора")
    await worked()
    assert (before, await place(number), town.asked) == (before, before, [])
    assert before[0] is not None
    async with work(SYSTEM):
        await orders.assign((await Job.get(order_id=number)).id, world.pyotr)
    await Order.filter(id=number).update(lat=None, lon=None)
    (mine,) = await my_jobs(await world.actor(member(world.pyotr)))
    assert (mine.lat, mine.lon) == before


async def test_a_pin_that_a_person_put_meanwhile_stays(
    world: World, town: Gazetteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await order(world)
    find = ports.geocoder().find  # type: ignore[union-attr]

    async def slow(address: str, locale: str) -> tuple[ports.Found, ...]:
        async with work(await world.actor(contact(world.olga))):
            await orders.change(number, lat=55.70, lon=37.50)
        return await find(address, locale)

    monkeypatch.setattr(ports.geocoder(), "find", slow)
    await worked()
    assert await place(number) == (55.70, 37.50)
    assert await told(number) == []


async def test_a_service_that_is_away_is_asked_again_and_then_given_up_in_words(world: World, town: Gazetteer) -> None:
    number = await order(world)
    town.status = 500
    for _ in range(locate.ATTEMPTS):
        assert await run_one(lane="outside")
        clock.offset += 7200
    assert await told(number) == ["order.not_located"]
    assert await fetch("SELECT 1 FROM tasks_tasks WHERE kind = $1", locate.LOCATE) == []
