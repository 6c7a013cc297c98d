"""Every form takes good input, and answers anything else with a word beside the form: never with a fault of ours."""

from collections.abc import Callable

import pytest

from core.chats import actions as chats
from core.chats.queries import groups
from core.kernel.clock import now
from core.kernel.read import fetchval
from core.kernel.work import work
from core.orders.rules import STATES
from tests.admin_web.conftest import Orders
from tests.admin_web.sending import NASTY, send
from tests.admin_web.visitor import Visitor
from tests.world import World

NAMES = {"name.ru": "Вышка", "name.en": "Lift"}
PLACE = {"lat": "55.75", "lon": "37,61"}
CARD = {"name": "Имя", "phone": "", "post": "", "role": "technician", "locale": "ru", "zone": "Europe/Moscow"}
FORMS: dict[str, tuple[Callable[[World], str], dict[str, str], str]] = {
    "hire": (lambda w: "/admin/people/new", {**CARD, "hourly_rate": "850", **PLACE}, "/admin/people"),
    "card": (lambda w: f"/admin/people/{w.rashid}", {**CARD, "hourly_rate": "1 000,50"}, "/admin/people"),
    "skill": (lambda w: "/admin/people/skills", {"name.ru": "Кофе", "name.en": "Coffee"}, "/admin/people/skills"),
    "area": (lambda w: "/admin/people/areas/new", {"name": "Запад", "radius": "4,5", **PLACE}, "/admin/people/areas"),
    "role": (lambda w: "/admin/people/roles", {"name.ru": "Кладовщик", "name.en": "Keeper"}, "/admin/people/roles"),
    "customer": (
        lambda w: "/admin/customers/new",
        {"name": "Аптека", "legal_name": "", "inn": "7701234567", "kpp": "", "address": "", "segment": ""},
        "/admin/customers",
    ),
    "branch": (lambda w: f"/admin/customers/{w.azbuka}/branches", {"name": "Север"}, "/admin/customers"),
    "contact": (
        lambda w: f"/admin/customers/{w.azbuka}/contacts",
        {"name": "Нина", "phone": "8 916 111 22 33", "post": "", "locale": "en"},
        "/admin/customers",
    ),
    "site": (
        lambda w: f"/admin/customers/{w.azbuka}/sites/new",
        {"name": "Склад", "address": "", "hint": "", **PLACE},
        "/admin/customers",
    ),
    "asset": (
        lambda w: f"/admin/sites/{w.arbat}/assets/new",
        {"name": "Ларь", "type": "1", "criticality": "3", "model": "", "serial": "", "inventory": "", "place": ""},
        "/admin/assets",
    ),
    "type": (
        lambda w: "/admin/assets/types",
        {"name.ru": "Ларь", "name.en": "Chest", "skill": "", "checklist": "cold"},
        "/admin/assets/types",
    ),
    "price": (
        lambda w: "/admin/prices/work/new",
        {"name": "Чистка", "unit": "усл.", "price": "1 500,50", "code": ""},
        "/admin/prices",
    ),
    "reprice": (
        lambda w: f"/admin/prices/{w.refill}",
        {"name": "Заправка", "unit": "усл.", "price": "0"},
        "/admin/prices",
    ),
    "store": (lambda w: "/admin/stock/stores", {"name": "Склад 2"}, "/admin/stock"),
    "store place": (
        lambda w: f"/admin/stock/{w.store}",
        {"name": "Склад", "address": "Москва, Нижегородская, 32", "lat": "55.73440", "lon": "37.72100"},
        "/admin/stock",
    ),
    "receive": (lambda w: f"/admin/stock/{w.store}/receive", {"item": "4", "quantity": "2,5"}, "/admin/stock"),
    "transfer": (
        lambda w: f"/admin/stock/{w.store}/transfer",
        {"item": "4", "quantity": "1", "target": "2"},
        "/admin/stock",
    ),
    "checklist": (
        lambda w: "/admin/checklists/new",
        {"name.ru": "Осмотр", "name.en": "", "item": "0", "i0.type": "text", "i0.text.ru": "Что?", "i0.text.en": ""},
        "/admin/checklists",
    ),
    "company": (
        lambda w: "/admin/settings",
        {
            "name": "Холод",
            "legal_name": "",
            "inn": "7701234567",
            "kpp": "770101001",
            "address": "",
            "bank": "",
            "phone": "",
            "email": "",
            "zone": "Asia/Omsk",
            "locale": "ru",
            "colour": "#112233",
            "vat_rate": "20",
        },
        "/admin/settings",
    ),
    "rules": (
        lambda w: "/admin/settings/rules",
        {
            "strangers_may_order": "1",
            "eta_threshold_minutes": "15",
            "geofence_metres": "150",
            "low_rating": "2",
            "channels": "bot email",
            "reaction_minutes": "15",
            "answer_minutes": "10",
            "pause_minutes": "120",
            "form_orders": "on",
            "form_hourly": "10",
            "follow_days": "30",
            "inbox_days": "30",
            "close_after_hours": "24",
            "break_minutes": "45",
            "pickup_minutes": "15",
            "labour_step": "15",
            "labour_minimum": "60",
            "labour_after_hours": "150",
            "consent_version": "2",
            "act_prefix": "А",
        },
        "/admin/settings/rules",
    ),
    "stages": (
        lambda w: "/admin/settings/stages",
        {f"stage.{code}.{locale}": f"{code} {locale}" for code in STATES for locale in ("ru", "en")},
        "/admin/settings/stages",
    ),
    "robot": (
        lambda w: "/admin/settings/dispatch/usual",
        {**NAMES, "mode": "offer", "width": "3", "offer_minutes": "2,5", "weight.travel": "2", "weight.load": ""},
        "/admin/settings/dispatch",
    ),
    "permit": (lambda w: "/admin/people/permits", {**NAMES, "what": "certificate"}, "/admin/people/permits"),
    "stop": (
        lambda w: f"/admin/customers/{w.azbuka}/stops",
        {"member": "3", "site": "", "reason": "ссора"},
        "/admin/customers",
    ),
    "demand": (
        lambda w: f"/admin/demands/customer/{w.azbuka}",
        {"what": "skill:cold", "level": "4", "quantity": "1"},
        "/admin/customers",
    ),
}

TICKS = {"strangers_may_order", "form_orders", "plan_auto"}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, world: World) -> tuple[str, dict[str, str], str]:
    path, good, seen_at = FORMS[request.param]
    return path(world), good, seen_at


async def test_good_input_is_taken(admin: Visitor, form: tuple[str, dict[str, str], str]) -> None:
    path, good, seen_at = form
    answer = await send(admin, path, good)
    assert answer.done, (answer.status, answer.said, answer.field)
    status, _ = await admin.get(str(answer.where))
    assert status == 200
    assert (await admin.get(seen_at))[0] == 200


async def test_nothing_typed_breaks_a_page(admin: Visitor, form: tuple[str, dict[str, str], str]) -> None:
    path, good, seen_at = form
    for field in good:
        for what, value in NASTY.items():
            answer = await send(admin, path, {**good, field: value})
            refused = answer.status in (404, 409) and answer.said
            assert answer.done or refused, (field, what, answer.status, answer.text[:200])
            if what == "long" and field not in TICKS:
                assert not answer.done, (field, "5,000 characters were taken")
    status, text = await admin.get(seen_at)
    assert status == 200
    assert "<b onclick" not in text


async def test_a_missing_field_is_refused_or_empty(admin: Visitor, form: tuple[str, dict[str, str], str]) -> None:
    path, good, _ = form
    for field in good:
        answer = await send(admin, path, {name: value for name, value in good.items() if name != field})
        assert answer.status in (204, 404, 409), (field, answer.status, answer.text[:200])


@pytest.mark.parametrize("number", ["-1", "0", "1e9", "²", "9" * 30, "NaN", "Infinity", "1,2,3", "٣"])
async def test_odd_numbers_are_refused(admin: Visitor, world: World, number: str) -> None:
    cases = {
        f"/admin/stock/{world.store}/transfer": {"item": str(world.freon), "quantity": number, "target": "2"},
        "/admin/settings/rules": {**FORMS["rules"][1], "inbox_days": number},
        f"/admin/sites/{world.arbat}/assets/new": {**FORMS["asset"][1], "criticality": number},
        "/admin/people/areas/new": {"name": "Х", "radius": number, **PLACE},
    }
    for path, data in cases.items():
        answer = await send(admin, path, data)
        assert answer.status == 409, path
        assert answer.said


async def test_shifts_refuse_odd_days_and_hours(admin: Visitor, world: World) -> None:
    day = now().date().isoformat()
    good = {"person": str(world.olga), "day": day, "starts": "09:00", "ends": "18:00"}
    for field, value in (("day", "2026-02-31"), ("day", "х"), ("starts", "25:00"), ("ends", ""), ("person", "х")):
        answer = await send(admin, "/admin/people/shifts", {**good, field: value})
        assert answer.status == 409, (field, value)
        assert answer.field == field


@pytest.mark.parametrize("path", ["/admin/orders?q=%00", "/admin/orders/new?who=a%00", "/admin/orders/%00"])
async def test_an_address_with_a_zero_byte_is_nobodys(dispatcher: Visitor, path: str) -> None:
    assert (await dispatcher.get(path))[0] == 404


async def test_zero_bytes_in_a_form_are_left_out(admin: Visitor, made: Orders, world: World) -> None:
    order_id, _ = await made.new()
    assert (await admin.post(f"/admin/orders/{order_id}/messages", {"text": "а\0б", "to": "team"}))[0] in (200, 204)
    assert await fetchval("SELECT text FROM chats_messages ORDER BY id DESC LIMIT 1") == "аб"
    assert (await admin.post(f"/admin/people/{world.pyotr}/equipment", {"equipment": "a\0b"}))[0] < 500


async def test_a_group_keeps_its_areas_when_an_unknown_one_is_named(admin: Visitor, world: World) -> None:
    async with work():
        group = await chats.bind_group(-100500, "Диспетчерская", True)
    assert (await admin.post(f"/admin/settings/groups/{group}", {"area": str(world.south_area)}))[0] == 204
    assert (await admin.post(f"/admin/settings/groups/{group}", {"area": "9999"}))[0] == 404
    assert [one.area_ids for one in await groups()] == [(world.south_area,)]
