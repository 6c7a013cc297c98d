"""Floor plans: where a pin may stand, who may put it there, and what becomes of it."""

import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from core import ports
from core.adapters.memory import Memory
from core.assets import actions, plans, queries, rules
from core.assets.models import Pin
from core.customers import actions as customers
from core.files.queries import bytes_of
from core.kernel.actor import SYSTEM, Actor, contact, member
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.hints import listen
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.board import Card
from core.overview.plans import Spot, Wanted, floor, narrowed
from core.overview.queries import order_facts
from tests.world import World

NAN, NOON = float("nan"), datetime(2026, 11, 21, 12, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)


def drawing(size: tuple[int, int] = (80, 60), form: str = "PNG", colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def bomb() -> bytes:
    """Few bytes, too many pixels."""
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG", compress_level=1)
    return out.getvalue()


@pytest.fixture
async def keeper(world: World) -> Actor:
    """A dispatcher, with a place for files."""
    ports.use(storage=Memory())
    return await world.actor(member(world.dispatcher))


@pytest.fixture
async def hall(keeper: Actor, world: World) -> int:
    """A plan of Arbat."""
    picture = await plans.prepare(drawing())
    async with work(keeper):
        return await plans.add_plan(world.arbat, " 1 этаж,\n зал ", picture)


@pytest.mark.parametrize(
    ("given", "kept"),
    [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((0.123456, 0.5), (0.1235, 0.5)), ((-0.0001, 0.5), None), ((0.5, 1.01), None),
     ((NAN, 0.5), None), ((0.5, float("inf")), None)],
)  # fmt: skip
def test_a_pin_stands_within_the_picture(given: tuple[float, float], kept: tuple[float, float] | None) -> None:
    if kept is not None:
        assert rules.place(*given) == kept
    else:
        with pytest.raises(Refusal, match="off_plan"):
            rules.place(*given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  2 этаж,\tзал ", "2 этаж, зал"), ("Ж" * 100, "Ж" * 100), ("", "no_plan_name"), (" \x00\n", "no_plan_name"),
     ("Ж" * 101, "long_plan_name")],
)  # fmt: skip
def test_a_plan_has_a_name_of_one_line(given: str, kept: str) -> None:
    if not kept.endswith("_plan_name"):
        assert rules.plan_name(given) == kept
        return
    with pytest.raises(Refusal, match=kept):
        rules.plan_name(given)


def card(number: int, state: str = "new", hours: float | None = None) -> Card:
    """An open order whose clock ends `hours` after noon."""
    due = None if hours is None else NOON + timedelta(hours=hours)
    late = due is not None and due <= NOON
    return Card(
        *(number, "", "", None, state, "normal", None, due, None, None, late), None, None, None, None
    )  # fmt: skip


CARDS = (card(1, "offered", 3), card(2, "assigned", -1), card(3, "paused", 20), card(4, "on_site"))


@pytest.mark.parametrize(
    ("stage", "due", "left"),
    [("", "", (1, 2, 3, 4)), ("new", "", (1,)), ("on_site", "", (3, 4)), ("travelling", "", None), ("", "late", (2,)),
     ("", "today", (1,)), ("assigned", "late", (2,)), ("new", "late", None), ("nonsense", "", None)],
)  # fmt: skip
def test_a_plan_is_looked_at_by_stage_and_deadline(stage: str, due: str, left: tuple[int, ...] | None) -> None:
    found = narrowed(Spot(None, CARDS), Wanted(stage, due), NOON, MIDNIGHT)
    assert (found and tuple(one.number for one in found.orders)) == left


async def test_a_site_has_plans_and_machines_stand_on_them(hall: int, keeper: Actor, world: World) -> None:
    heard: list[str] = []
    stop = listen(plans.TOPIC, heard.append)
    kitchen_picture = await plans.prepare(drawing((60, 90), "JPEG"))
    async with work(keeper):
        kitchen = await plans.add_plan(world.arbat, "Кухня", kitchen_picture)
        await plans.pin_asset(hall, world.fridge, 0.25, 0.75)
        await plans.pin_asset(hall, world.fridge, 0.5, 0.5)
    stop()
    assert heard == [str(world.arbat)] * 3
    both = await queries.plans_at(keeper, world.arbat)
    assert [(one.name, one.width, one.height, one.pins) for one in both] == [
        ("1 этаж, зал", 80, 60, 1),
        ("Кухня", 60, 90, 0),
    ]
    seen = await floor(keeper, hall)
    assert [(spot.key, spot.x, spot.y, spot.stage) for spot in seen.pinned] == [
        (f"asset-{world.fridge}", 0.5, 0.5, "none")
    ]
    assert [spot.key for spot in seen.loose] == [f"asset-{world.freezer}"]
    async with work(keeper):
        await plans.pin_asset(kitchen, world.fridge, 0.1, 0.1)
    seen = await floor(keeper, hall)
    assert (seen.pinned, [spot.key for spot in seen.elsewhere]) == ((), [f"asset-{world.fridge}"])
    assert await Pin.all().count() == 1, "a machine stands in one place"


async def test_orders_show_at_their_machines_and_where_there_is_none_by_themselves(
    hall: int, keeper: Actor, world: World
) -> None:
    place: dict[str, Any] = {"customer_id": world.azbuka, "site_id": world.arbat, "source": "desk"}
    async with work(keeper):
        await plans.pin_asset(hall, world.fridge, 0.5, 0.5)
        cold = await orders.create(words="Не холодит", asset_ids=[world.fridge], **place)
        lamp = await orders.create(words="Лампа у входа", **place)
    seen = await floor(keeper, hall)
    assert [(spot.stage, [one.number for one in spot.orders]) for spot in seen.pinned] == [("new", [cold])]
    assert [spot.key for spot in seen.loose] == [f"asset-{world.freezer}", f"order-{lamp}"]
    assert (seen.total, seen.orders) == (1, 2)
    async with work(keeper):
        await plans.pin_order(hall, lamp, 1, 0)
    assert [spot.key for spot in (await floor(keeper, hall)).pinned] == [f"asset-{world.fridge}", f"order-{lamp}"]
    assert (await floor(keeper, hall, Wanted(stage="assigned"))).pinned == ()
    assert ((await order_facts(cold))["assets"][0]["plan"], (await order_facts(lamp))["plan"]) == (hall, hall)
    assert [pin.order_id for pin in await queries.pins_of(lamp)] == [lamp]
    async with work(keeper):
        await orders.cancel(lamp, "горит")
        with pytest.raises(Refusal, match="order_over"):
            await plans.pin_order(hall, lamp, 0, 0)
    assert [spot.key for spot in (await floor(keeper, hall)).pinned] == [f"asset-{world.fridge}"]


async def test_pins_follow_what_becomes_of_machine_and_plan(hall: int, keeper: Actor, world: World) -> None:
    async with work(keeper):
        for machine in (world.fridge, world.freezer):
            await plans.pin_asset(hall, machine, 0.5, 0.5)
        await actions.update_asset(world.freezer, active=False)
    assert [spot.key for spot in (await floor(keeper, hall)).pinned] == [f"asset-{world.fridge}"]
    async with work(keeper):
        await actions.update_asset(world.freezer, active=True)
        await actions.update_asset(world.fridge, site_id=world.tverskaya)
    assert [spot.key for spot in (await floor(keeper, hall)).pinned] == [f"asset-{world.freezer}"]
    bigger = await plans.prepare(drawing((200, 100), "WEBP", "navy"))
    async with work(keeper):
        await plans.replace_picture(hall, bigger)
        await plans.rename_plan(hall, "Зал")
    seen = await floor(keeper, hall)
    assert (seen.plan.name, seen.plan.width, seen.plan.height, seen.total) == ("Зал", 200, 100, 1)
    assert Image.open(io.BytesIO(await bytes_of(seen.plan.file_id))).size == (200, 100)
    async with work(keeper):
        await plans.unpin_asset(world.freezer)
        await plans.unpin_asset(world.freezer)
    assert (await floor(keeper, hall)).pinned == ()
    async with work(keeper):
        await plans.pin_asset(hall, world.freezer, 0, 0)
        assert await plans.remove_plan(hall) == 1
    with pytest.raises(NotFound):
        await floor(keeper, hall)
    assert await queries.plans_at(keeper, world.arbat) == []


async def test_what_does_not_fit_is_refused_in_words(hall: int, keeper: Actor, world: World) -> None:
    picture = await plans.prepare(drawing())
    tries: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("assets.off_plan", lambda: plans.pin_asset(hall, world.fridge, 1.2, 0)),
        ("assets.other_site", lambda: plans.pin_asset(hall, world.oven, 0, 0)),
        ("assets.not_found", lambda: plans.pin_asset(hall, 999, 0, 0)),
        ("assets.plan.not_found", lambda: plans.pin_asset(999, world.fridge, 0, 0)),
        ("orders.order.not_found", lambda: plans.pin_order(hall, 999, 0, 0)),
        ("assets.plan_taken", lambda: plans.add_plan(world.arbat, "1 этаж, зал", picture)),
        ("assets.no_plan_name", lambda: plans.rename_plan(hall, " ")),
        ("customers.site.not_found", lambda: plans.add_plan(999, "Зал", picture)),
        ("assets.plan.not_found", lambda: plans.remove_plan(999)),
    ]
    for code, attempt in tries:
        with pytest.raises(Refusal) as told:
            async with work(keeper):
                await attempt()
        assert told.value.code == code
    async with work(keeper):
        await plans.rename_plan(hall, "1 этаж, зал")
        bakery = await orders.create(customer_id=world.bakery, site_id=world.shop, words="Печь", source="desk")
        with pytest.raises(Refusal, match="order_elsewhere"):
            await plans.pin_order(hall, bakery, 0, 0)


NO_PLANS = {
    "files.empty": b"",
    "files.not_an_image": b"%PDF-1.7 plan",
    "files.type_not_allowed": b"MZ\x90\x00",
    "files.too_large": b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024 * 1024),
}


async def test_only_a_picture_of_sane_size_is_a_plan(keeper: Actor) -> None:
    for code, data in {**NO_PLANS, "files.bomb": bomb()}.items():
        with pytest.raises(Refusal) as told:
            await plans.prepare(data)
        assert told.value.code == code
    with pytest.raises(Refusal, match="not_an_image"):
        await plans.prepare(drawing()[:60])


async def test_only_those_who_keep_machines_keep_plans(hall: int, keeper: Actor, world: World) -> None:
    picture = await plans.prepare(drawing())
    for party in (member(world.pyotr), contact(world.olga)):
        actor = await world.actor(party)
        for attempt in (
            lambda: plans.add_plan(world.arbat, "Зал", picture),
            lambda: plans.rename_plan(hall, "Зал"),
            lambda: plans.replace_picture(hall, picture),
            lambda: plans.remove_plan(hall),
            lambda: plans.pin_asset(hall, world.fridge, 0, 0),
            lambda: plans.pin_order(hall, 1, 0, 0),
            lambda: plans.unpin_asset(world.fridge),
            lambda: plans.unpin_order(1),
        ):
            with pytest.raises(NotAllowed):
                async with work(actor):
                    await attempt()
        with pytest.raises(NotAllowed):
            await floor(actor, hall)
    with pytest.raises(NotFound):
        await queries.plan_view(await world.actor(contact(world.marat)), hall)


async def test_the_database_itself_keeps_pins_whole(hall: int, world: World) -> None:
    from asyncpg import CheckViolationError

    for values in (f"{hall}, NULL, NULL, 0, 0", f"{hall}, {world.fridge}, NULL, 2, 0"):
        with pytest.raises(CheckViolationError):
            async with work(SYSTEM) as w:
                await w.execute(f"INSERT INTO assets_pins (plan_id, asset_id, order_id, x, y) VALUES ({values})")
    async with work(SYSTEM):
        empty = await customers.add_site(world.azbuka, "Пустой", address="Мира, 1")
    assert await queries.plans_at(SYSTEM, empty) == []
