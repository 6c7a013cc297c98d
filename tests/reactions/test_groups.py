"""Orders that nobody reads come to whoever reads now: see GroupsChanged."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

import core.reactions
from bot.telegram.groups import Groups
from bot.turn import Sender, Turn
from core.chats import actions as chats
from core.chats.sharing import give_unread
from core.events import GroupsChanged
from core.files.models import File
from core.kernel.actor import contact, member
from core.kernel.clock import clock
from core.kernel.read import fetch, fetchval
from core.kernel.work import emit, work
from core.orders import actions as orders
from core.orders.models import Order
from core.reactions import groups
from core.tasks.actions import run_one
from tests.world import World

assert core.reactions
FIRST, SECOND = -1001, -1002


@pytest.fixture(autouse=True)
def now_again() -> Any:
    yield
    clock.offset = 0


async def ordered(world: World, site: int | None = None) -> int:
    async with work(await world.actor(contact(world.olga))):
        return await orders.create(
            customer_id=world.azbuka,
            site_id=site or world.arbat,
            contact_id=world.olga,
            words="Тает",
            source="telegram",
        )


async def bind(world: World, chat: int, title: str = "Диспетчерская") -> int:
    async with work(await world.actor(member(world.dispatcher))):
        return await chats.bind_group(chat, title, True)


async def done() -> None:
    """All that is due of what follows from groups; the robot is not asked."""
    async with work() as w:
        await w.execute("DELETE FROM tasks_tasks WHERE NOT kind = ANY($1::text[])", [groups.GIVE, groups.SHOW])
    while await run_one():
        pass


async def shown(chat: int) -> list[tuple[str, int]]:
    """What was queued for a group, in its order: (what, order)."""
    sql = """SELECT n.screen, (n.facts ->> 'number')::int AS number FROM outbox_notices n
             WHERE n.chat_id = $1 AND n.bot = 'dispatcher' AND n.screen IN ('dispatcher.topic', 'dispatcher.card')
             ORDER BY n.seq"""
    return [(row["screen"].removeprefix("dispatcher."), row["number"]) for row in await fetch(sql, chat)]


async def group_of(number: int) -> int | None:
    return (await Order.get(id=number)).group_id


async def test_orders_from_before_the_group_come_to_it(world: World) -> None:
    first, second, over = [await ordered(world) for _ in range(3)]
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(over, "дубль")
    await done()
    group = await bind(world, FIRST)
    await done()
    assert [await group_of(number) for number in (first, second, over)] == [group, group, None]
    assert await shown(FIRST) == [("topic", first), ("card", first), ("topic", second), ("card", second)]
    later = await ordered(world)
    assert await group_of(later) == group


async def test_each_goes_to_the_group_of_its_place(world: World) -> None:
    centre = await bind(world, FIRST)
    south = await bind(world, SECOND)
    async with work(await world.actor(member(world.admin))):
        await chats.set_areas(centre, [world.centre_area])
        await chats.set_areas(south, [world.south_area])
    near, far = await ordered(world, world.arbat), await ordered(world, world.kashirka)
    await Order.filter(id__in=[near, far]).update(group_id=None)
    async with work():
        await emit(GroupsChanged())
    await done()
    assert (await group_of(near), await group_of(far)) == (centre, south)


@pytest.mark.parametrize("thrown_out", [False, True])
async def test_a_group_that_goes_leaves_its_open_orders_to_the_others(world: World, thrown_out: bool) -> None:
    first = await bind(world, FIRST)
    number = await ordered(world)
    second = await bind(world, SECOND)
    await done()
    assert (await group_of(number), await shown(SECOND)) == (first, [])
    async with work(await world.actor(member(world.dispatcher))) as w:
        if thrown_out:
            sender = Sender(1, "Анна", "", "ru")
            turn = Turn("dispatcher", w, sender, None, FIRST, private=False, message_id=0, at=w.now)
            await Groups("dispatcher").membership(turn, here=False)
        else:
            await chats.update_group(FIRST, active=False)
    await done()
    assert (await group_of(number), await shown(SECOND)) == (second, [("topic", number), ("card", number)])


async def test_the_last_group_keeps_its_orders_and_sees_them_again_when_it_is_back(world: World) -> None:
    group = await bind(world, FIRST)
    number = await ordered(world)
    await done()
    async with work():
        await chats.update_group(FIRST, active=False)
    await done()
    assert await group_of(number) == group
    between = await ordered(world)
    assert await group_of(between) is None
    before = len(await shown(FIRST))
    assert await bind(world, FIRST) == group
    await done()
    assert await group_of(between) == group
    again = (await shown(FIRST))[before:]
    assert again == [(what, one) for one in (number, between) for what in ("topic", "card")]
    assert await bind(world, FIRST) == group
    await done()
    assert len(await shown(FIRST)) == before + len(again), "a group that was bound all the time is told nothing anew"


async def test_an_order_without_a_group_comes_to_one_as_soon_as_anything_happens_to_it(world: World) -> None:
    number = await ordered(world)
    group = await bind(world, FIRST)
    async with work() as w:
        await w.execute("DELETE FROM tasks_tasks")
    async with work(await world.actor(member(world.dispatcher))):
        await orders.change(number, site_id=world.kashirka)
    assert await group_of(number) == group
    assert (await shown(FIRST))[:2] == [("topic", number), ("card", number)]


async def test_many_orders_come_in_pieces_and_at_the_groups_pace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "PIECE", 2)
    numbers = [await ordered(world) for _ in range(5)]
    group = await bind(world, FIRST)
    await done()
    assert {await group_of(number) for number in numbers} == {group}
    assert [number for what, number in await shown(FIRST) if what == "card"] == numbers[:2]
    assert await fetchval("SELECT count(*) FROM tasks_tasks WHERE kind = $1", groups.SHOW) == 2
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(numbers[3], "дубль")
    seen = len(await shown(FIRST))
    clock.offset += timedelta(minutes=3).total_seconds()
    await done()
    assert [number for what, number in (await shown(FIRST))[seen:] if what == "card"] == [numbers[2], numbers[4]]


async def test_thousands_of_orders_are_given_in_short_transactions(world: World) -> None:
    number = await ordered(world)
    async with work() as w:
        await w.execute("""INSERT INTO orders_orders (customer_id, kind, source, summary, words, urgency, priority,
            state, address, revision, created_by, created_at)
            SELECT customer_id, kind, source, summary, words, urgency, priority, state, address, 1, created_by,
            created_at FROM orders_orders, generate_series(1, 2000) WHERE id = $1""", number)  # fmt: skip
    group = await bind(world, FIRST)
    async with work():
        assert len(await give_unread(number + 500, groups.PIECE)) == groups.PIECE
    await done()
    assert await fetchval("SELECT count(*) FROM orders_orders WHERE group_id = $1", group) == 2001
    assert len(await shown(FIRST)) == 2 * groups.PIECE
    assert await fetchval("SELECT count(*) FROM tasks_tasks WHERE kind = $1", groups.SHOW) == 100


@pytest.fixture
async def two(world: World) -> tuple[int, int]:
    """A group for the centre and one for the south."""
    centre, south = await bind(world, FIRST, "Центральная"), await bind(world, SECOND, "Южная")
    async with work(await world.actor(member(world.admin))):
        await chats.set_areas(centre, [world.centre_area])
        await chats.set_areas(south, [world.south_area])
    await done()
    return centre, south


async def moved(world: World, number: int, **fields: Any) -> None:
    async with work(await world.actor(member(world.dispatcher))):
        await orders.change(number, **fields)
    await done()


async def said(chat: int) -> list[tuple[str, str | None]]:
    """What was queued for a group, in its order: (screen, card)."""
    rows = await fetch("SELECT screen, card FROM outbox_notices WHERE chat_id = $1 ORDER BY seq", chat)
    return [(row["screen"].removeprefix("dispatcher."), row["card"]) for row in rows]


async def test_an_order_whose_place_is_another_goes_to_the_group_of_that_place(
    world: World, two: tuple[int, int]
) -> None:
    """As one by letter does, whose address is looked up only after it came."""
    number = await ordered(world)
    async with work(await world.actor(contact(world.olga))) as w:
        photo = await File.create(kind="photo", created_by=contact(world.olga), created_at=w.now)
        await orders.attach(number, photo.id, "request")
    before = len(await said(FIRST))
    await moved(world, number, site_id=world.kashirka)
    assert await group_of(number) == two[1]
    assert (await said(FIRST))[before:] == [("passed", f"order:{number}"), ("topic", f"topic:{number}")]
    assert await said(SECOND) == [
        ("topic", f"topic:{number}"), ("card", f"order:{number}"), ("files", None),
    ]  # fmt: skip
    closed = await fetchval("SELECT facts -> 'passed' FROM outbox_notices WHERE chat_id = $1 ORDER BY seq DESC", FIRST)
    assert closed == '"Южная"'
    line = await fetchval("SELECT facts FROM orders_entries WHERE order_id = $1 AND kind = 'order.passed'", number)
    assert orjson.loads(line) == {"before": "Центральная", "group": "Южная"}


async def test_it_comes_back_with_its_topic_when_the_place_was_a_mistake(world: World, two: tuple[int, int]) -> None:
    number = await ordered(world)
    for site in (world.kashirka, world.arbat):
        await moved(world, number, site_id=site)
    assert await group_of(number) == two[0]
    assert (await said(FIRST))[-2:] == [("topic", f"topic:{number}"), ("card", f"order:{number}")]
    assert (await said(SECOND))[-2:] == [("passed", f"order:{number}"), ("topic", f"topic:{number}")]


async def test_it_stays_where_it_is_while_its_place_is_the_same(world: World, two: tuple[int, int]) -> None:
    number = await ordered(world)
    await moved(world, number, words="Совсем не морозит")
    await moved(world, number, lat=55.752, lon=37.592)
    assert await group_of(number) == two[0]
    assert await said(SECOND) == []


async def test_a_group_that_is_gone_is_told_nothing(world: World, two: tuple[int, int]) -> None:
    number = await ordered(world)
    async with work(await world.actor(member(world.dispatcher))):
        await chats.update_group(FIRST, active=False)
        before = len(await said(FIRST))
        await orders.change(number, site_id=world.kashirka)
    assert await group_of(number) == two[1]
    assert len(await said(FIRST)) == before
