"""Prices in place, stock that moves, and checklists written item by item."""

import asyncio
import re
from decimal import Decimal

import pytest

from core.assets.actions import add_type
from core.assets.queries import asset_types
from core.checklists.queries import templates
from core.contracts.queries import price_item, price_items
from core.kernel.read import fetchval
from core.kernel.work import work
from core.warehouse.queries import stock_at, stock_of, warehouses
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

LIST = {
    "name.ru": "Кондиционер",
    "name.en": "Air conditioner",
    "item": ["4", "2", "7"],
    "i4.type": "number",
    "i4.text.ru": "Температура",
    "i4.text.en": "Temperature",
    "i4.required": "1",
    "i4.min": "-25",
    "i4.max": "5,5",
    "i4.unit": "°C",
    "i2.type": "choice",
    "i2.text.ru": "Фильтр",
    "i2.hint.ru": "За решёткой",
    "i2.choice": ["0", "9"],
    "i2.c0.text.ru": "чистый",
    "i2.c0.ok": "1",
    "i2.c9.text.ru": "грязный",
    "i7.type": "yesno",
    "i7.text.ru": "Течёт?",
    "i7.norm": "no",
    "i7.phone": "8 (916) 123-45-67",
    "i7.opens": "1",
}


async def test_a_price_is_added_changed_and_archived(admin: Visitor, world: World) -> None:
    new = {"name": "Чистка", "unit": "", "price": "2 350,50 ₽", "code": ""}
    assert (await send(admin, "/admin/prices/work/new", new)).done
    made = next(item for item in await price_items("work") if item.name == "Чистка")
    assert (made.code, made.unit, made.price) == ("W3", "усл.", Decimal("2350.50"))
    assert (await send(admin, f"/admin/prices/{made.id}", {"name": "Мойка", "unit": "ч", "price": "10"})).done
    assert (await price_item(made.id)).price == 10
    assert (await send(admin, f"/admin/prices/{made.id}/leave")).done
    assert "Мойка" not in (await admin.get("/admin/prices"))[1]
    assert "Мойка" in (await admin.get("/admin/prices?gone=1"))[1]
    assert (await send(admin, f"/admin/prices/{made.id}/return")).done


async def test_a_rate_of_labour_is_ticked_and_unticked(admin: Visitor, world: World) -> None:
    for unit, kept in (("усл.", "ч"), ("чел.-ч", "чел.-ч")):
        new = {"name": f"Час {unit}", "unit": unit, "price": "1600", "hourly": "1"}
        assert (await send(admin, "/admin/prices/work/new", new)).done
        made = next(item for item in await price_items("work") if item.name == f"Час {unit}")
        assert (made.unit, made.hourly) == (kept, True)
    assert "checked" in (await admin.get("/admin/prices"))[1]
    assert (await send(admin, f"/admin/prices/{made.id}", {"name": "Час", "unit": "ч", "price": "10"})).done
    assert not (await price_item(made.id)).hourly
    answer = await send(admin, f"/admin/prices/{world.freon}", {"name": "Ф", "unit": "ч", "price": "1", "hourly": "1"})
    assert (answer.status, answer.field) == (409, "hourly")


async def test_hours_are_rounded_by_the_steps_that_are_offered(admin: Visitor, world: World) -> None:
    _, text = await admin.get("/admin/settings/rules")
    assert 'name="labour_step"' in text
    assert '<option value="30" selected>' in text


@pytest.mark.parametrize("price", ["-1", "дорого", "1,500", "99999999999", "1.999"])
async def test_a_bad_price_changes_nothing(admin: Visitor, world: World, price: str) -> None:
    answer = await send(admin, f"/admin/prices/{world.refill}", {"name": "З", "unit": "ч", "price": price})
    assert (answer.status, answer.field) == (409, "price")
    assert (await price_item(world.refill)).price == Decimal("3200.50")


async def test_a_code_stands_once(admin: Visitor, world: World) -> None:
    answer = await send(admin, "/admin/prices/material/new", {"name": "Х", "price": "1", "code": "M1"})
    assert (answer.status, answer.field) == (409, "code")


async def test_goods_come_in_and_move_to_a_new_van(admin: Visitor, world: World) -> None:
    goods = {"item": str(world.freon), "quantity": "2,5"}
    assert (await send(admin, f"/admin/stock/{world.store}/receive", goods)).done
    moved = {**goods, "target": f"van:{world.rashid}"}
    assert (await send(admin, f"/admin/stock/{world.store}/transfer", moved)).done
    assert [(one.code, one.quantity) for one in await stock_of(world.rashid)] == [("M1", Decimal("2.5"))]
    assert len([one for one in await warehouses() if one.member_id == world.rashid]) == 1
    for place in (world.store, world.van):
        assert (await admin.get(f"/admin/stock?at={place}"))[0] == 200


async def test_more_than_there_is_does_not_move(admin: Visitor, world: World) -> None:
    before = await stock_at(world.store)
    path = f"/admin/stock/{world.store}/transfer"
    goods = {"item": str(world.freon), "quantity": "1000", "target": str(world.van)}
    answer = await send(admin, path, goods)
    assert (answer.status, answer.field) == (409, "quantity")
    for target in ("van:999", "x", "", "van:x", str(world.store)):
        assert (await send(admin, path, {**goods, "quantity": "1", "target": target})).status in (404, 409), target
    work = {"item": str(world.refill), "quantity": "1"}
    assert (await send(admin, f"/admin/stock/{world.store}/receive", work)).field == "item"
    assert await stock_at(world.store) == before


async def test_a_dispatcher_keeps_no_prices(dispatcher: Visitor) -> None:
    for path in ("/admin/prices", "/admin/stock", "/admin/checklists"):
        assert (await dispatcher.get(path))[0] == 403, path


async def test_a_checklist_is_written_item_by_item(admin: Visitor, world: World) -> None:
    answer = await send(admin, "/admin/checklists/new", LIST)
    assert answer.where == "/admin/checklists/air_conditioner"
    made = next(one for one in await templates() if one.code == "air_conditioner")
    number, choice, yesno = made.items
    assert (number["min"], number["max"], number["unit"], number["required"]) == (-25, 5.5, "°C", True)
    assert choice["text"] == {"ru": "Фильтр", "en": "Фильтр"}
    assert [one.get("ok", True) for one in choice["choices"]] == [True, False]
    assert choice["hint"]["ru"] == "За решёткой"
    assert (yesno["norm"], yesno["required"]) == (False, False)
    assert (yesno["phone"], yesno["opens"]) == ("+79161234567", True)
    assert not {"phone", "opens"} & (number.keys() | choice.keys())
    assert len({item["code"] for item in made.items}) == 3
    _, text = await admin.get("/admin/checklists/air_conditioner")
    assert text.count('class="item"') == 4
    assert 'name="i2.phone" value="+7 916 123-45-67"' in text
    assert 'name="i2.opens" value="1" checked' in text


async def test_saving_makes_a_new_version_that_keeps_codes(admin: Visitor, world: World) -> None:
    old = next(one for one in await templates() if one.code == "cold")
    data = {"name.ru": "Холод", "item": ["0", "1"], "i0.code": "temp", "i0.type": "number", "i0.text.ru": "Градусы"}
    data |= {"i1.type": "photo", "i1.text.ru": "Вид"}
    assert (await send(admin, "/admin/checklists/cold", data)).done
    new = next(one for one in await templates() if one.code == "cold")
    assert (new.version, [item["code"] for item in new.items]) == (old.version + 1, ["temp", "q1"])
    assert (await send(admin, "/admin/checklists/cold/retire")).done
    assert "cold" not in {one.code for one in await templates()}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"i4.min": "9", "i4.max": "1"}, "i4"),
        ({"i4.min": "много"}, "i4"),
        ({"i4.text.ru": "", "i4.text.en": ""}, "i4"),
        ({"i2.choice": ["0"]}, "i2"),
        ({"i2.c9.text.ru": ""}, "i2"),
        ({"i7.type": "poem"}, "i7"),
        ({"i7.phone": "112"}, "i7"),
        ({"i4.min": "", "i4.max": "", "i4.opens": "1"}, "i4"),
        ({"i7.code": "same", "i4.code": "same"}, "i4"),
        ({"i7.text.ru": "Ж" * 5000}, "i7"),
        ({"item": []}, "items"),
        ({"name.ru": "", "name.en": ""}, "name.ru"),
    ],
)
async def test_a_fault_is_shown_at_its_item(admin: Visitor, world: World, change: dict[str, str], field: str) -> None:
    answer = await send(admin, "/admin/checklists/new", {**LIST, **change})
    assert (answer.status, answer.field) == (409, field), answer.said
    assert answer.said
    assert {one.code for one in await templates()} == {"cold"}


async def test_a_store_is_put_on_the_map_and_a_van_is_not(admin: Visitor, world: World) -> None:
    """Two who edit at once: the later one is told, and nothing of the earlier is lost."""
    path = f"/admin/stock/{world.store}"
    assert "Склада нет на карте" in (await admin.get(f"/admin/stock?at={world.store}"))[1]
    [seen] = re.findall(r'name="seen" value="(\w+)"', (await admin.get(f"/admin/stock?at={world.store}"))[1])
    told = {"name": "Склад на Угрешской", "address": "Угрешская, 2", "lat": "55,71350", "lon": "37.69560", "seen": seen}
    assert (await send(admin, path, told)).done
    [kept] = [one for one in await warehouses() if one.id == world.store]
    assert (kept.name, kept.address, kept.lat, kept.lon) == ("Склад на Угрешской", "Угрешская, 2", 55.7135, 37.6956)
    assert (await send(admin, path, told | {"name": "Другой"})).status == 409
    for wrong in ({"lat": "", "lon": "37"}, {"lat": "91", "lon": "37"}, {"name": " "}):
        assert (await send(admin, path, told | {"seen": ""} | wrong)).status == 409
    assert (await send(admin, f"/admin/stock/{world.van}", told | {"seen": ""})).status == 404
    text = (await admin.get(f"/admin/stock?at={world.van}"))[1]
    assert "Где склад" not in text
    assert [one for one in await warehouses() if one.id == world.store] == [kept]


async def test_a_new_checklist_is_not_asked_where_a_retired_one_was(admin: Visitor, world: World) -> None:
    """Kinds of equipment name their checklist by its code, so a code is given once."""
    boilers = {**LIST, "name.ru": "Котлы", "name.en": ""}
    code = str((await send(admin, "/admin/checklists/new", boilers)).where).rsplit("/", 1)[1]
    async with work():
        await add_type("boiler", {"ru": "Котёл", "en": "Boiler"}, checklist=code)
    assert (await send(admin, f"/admin/checklists/{code}/retire")).done
    lifts = await send(admin, "/admin/checklists/new", {**LIST, "name.ru": "Лифты", "name.en": ""})
    made = next(one for one in await templates() if one.name["ru"] == "Лифты")
    assert lifts.done
    assert made.code not in {kind.checklist for kind in await asset_types()}
    assert made.version == 1


AT_ONCE = {
    "/admin/prices/work/new": "contracts_price_items",
    "/admin/checklists/new": "checklists_templates",
    "/admin/settings/dispatch/new": "dispatch_rule_versions",
    "/admin/people/skills": "people_skills",
    "/admin/people/permits": "people_certificate_kinds",
    "/admin/people/roles": "people_roles",
    "/admin/assets/types": "assets_types",
}


@pytest.mark.parametrize("path", AT_ONCE)
async def test_two_add_at_once(admin: Visitor, world: World, path: str) -> None:
    """Each gets a code of its own, and none takes the other's place."""
    sql = f"SELECT count(DISTINCT code) FROM {AT_ONCE[path]}"
    data = {**LIST, "name.en": "", "name": "Чистка", "price": "100", "unit": "усл.", "what": "certificate"}
    data |= {"mode": "auto", "width": "1", "offer_minutes": "5"}
    before = await fetchval(sql) or 0
    answers = await asyncio.gather(*(send(admin, path, data) for _ in range(4)))
    assert [answer.status for answer in answers] == [204] * 4, {answer.text for answer in answers}
    assert await fetchval(sql) == before + 4


async def test_a_second_usual_checklist_does_not_take_the_firsts_place(admin: Visitor, world: World) -> None:
    """Two had the blank page open, on which there was none yet."""
    await send(admin, "/admin/checklists/default/retire")
    usual = {**LIST, "default": "1"}
    assert (await send(admin, "/admin/checklists/new", usual)).done
    answer = await send(admin, "/admin/checklists/new", {**usual, "name.ru": "Другой"})
    assert (answer.status, answer.field) == (409, "default"), answer.said
    assert answer.said
    assert [one.name["ru"] for one in await templates() if one.code == "default"] == ["Кондиционер"]
