"""Two people open one form: whoever saves later is told, and nothing of the earlier save is undone. One person who
presses twice does a thing once."""

import asyncio
from collections.abc import Callable

import pytest

from core.chats.actions import bind_group
from core.checklists import actions as checklists
from core.hooks import backs
from core.kernel.read import fetchval
from core.kernel.work import work
from core.schedule import actions as schedule
from core.sla.queries import policies
from core.sources import actions as sources
from tests.admin_web.conftest import Orders
from tests.admin_web.form_reader import read_form, with_
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

ITEM = {"code": "q1", "type": "yesno", "text": {"ru": "Чисто?", "en": "Clean?"}, "required": True, "norm": True}
ROTA = {"zone": "Europe/Moscow", "starts_on": "2026-11-02", "cycle": [[["09:00", "18:00"]], []]}
ROTA |= {"country": "", "holidays": "work", "short": 0}
PAGES: dict[str, tuple[Callable[[World], str], dict[str, str], dict[str, str]]] = {
    "customer": (lambda w: f"/admin/customers/{w.azbuka}", {"legal_name": "ООО А"}, {"address": "Арбат, 1"}),
    "site": (lambda w: f"/admin/sites/{w.arbat}", {"hint": "код 45К"}, {"name": "Арбат, двор"}),
    "person": (lambda w: f"/admin/people/{w.pyotr}", {"post": "Старший"}, {"hourly_rate": "900.00"}),
    "company": (lambda _: "/admin/settings", {"bank": "р/с 1"}, {"legal_name": "ООО Холод"}),
    "rules": (lambda _: "/admin/settings/rules", {"geofence_metres": "170"}, {"geofence_metres": "180"}),
    "stages": (lambda _: "/admin/settings/stages", {"stage.new__ru": "Пришла"}, {"stage.done__en": "Ready"}),
    "sla": (lambda _: "/admin/settings/sla", {"urgent__response": "6"}, {"urgent__response": "7"}),
    "rule set": (lambda _: "/admin/settings/dispatch/usual", {"width": "2"}, {"offer_minutes": "4"}),
    "asset": (lambda w: f"/admin/assets/{w.fridge}", {"serial": "S-1"}, {"place": "у входа"}),
    "checklist": (lambda _: "/admin/checklists/twice", {"name__ru": "Первый"}, {"name__en": "Second"}),
}


@pytest.mark.parametrize("page", PAGES)
async def test_the_later_save_is_refused_and_told(admin: Visitor, world: World, page: str) -> None:
    if page == "checklist":
        async with work(await world.actor(f"member:{world.admin}")):
            await checklists.save_template("twice", {"ru": "Дважды", "en": "Twice"}, [ITEM])
    where, mine, others = PAGES[page]
    await both_save(admin, where(world), mine, others)


async def both_save(admin: Visitor, at: str, mine: dict[str, str], others: dict[str, str]) -> None:
    shown = read_form((await admin.get(at))[1], at)
    assert (await send(admin, at, with_(shown, **others))).done
    answer = await send(admin, at, with_(shown, **mine))
    assert (answer.status, answer.field) == (409, "seen")
    assert "осталось в полях" in answer.said
    now = read_form((await admin.get(at))[1], at)
    for name, value in others.items():
        assert dict(now)[name.replace("__", ".")] == value
    assert (await send(admin, at, with_(now, **mine))).done
    kept = dict(read_form((await admin.get(at))[1], at))
    for name, value in {**others, **mine}.items():
        assert kept[name.replace("__", ".")] == value


MADE: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "/admin/customers/{azbuka}/contracts/new": ("/admin/contracts/1", {"number": "2/26"}, {"urgent__arrival": "55"}),
    "/admin/settings/policies/new": ("/admin/settings/policies/night", {"warn": "40"}, {"minutes__response": "7"}),
    "/admin/settings/calendars/new": ("/admin/settings/calendars/night", {"day__6": "10:00–12:00"}, {"name__ru": "Я"}),
}
NEW = {"number": "1/26", "starts_on": "2026-01-01", "name__ru": "Ночь", "name__en": "Night"}


@pytest.mark.parametrize("page", MADE)
async def test_what_was_just_made_too(admin: Visitor, world: World, page: str) -> None:
    new = page.format(azbuka=world.azbuka)
    shown = read_form((await admin.get(new))[1], new)
    known = {name.replace(".", "__") for name, _ in shown}
    answer = await send(admin, new, with_(shown, **{name: text for name, text in NEW.items() if name in known}))
    assert answer.done, answer
    at, mine, others = MADE[page]
    await both_save(admin, at, mine, others)


async def test_forms_that_stand_in_one_list(admin: Visitor, world: World) -> None:
    """A price, a kind of equipment, a role: each is guarded by itself."""
    row = f"/admin/prices/{world.diagnostics}"
    for page, at, code, mine, others in (
        ("/admin/prices", row, "", {"price": "1700.00"}, {"unit": "час"}),
        ("/admin/assets/types", "/admin/assets/types", "oven", {"name__en": "Stove"}, {"name__ru": "Плита"}),
        ("/admin/people/roles", "/admin/people/roles", "technician", {"name__en": "Head"}, {"name__ru": "Главный"}),
    ):

        async def form(page: str = page, at: str = at, code: str = code) -> list[tuple[str, str]]:
            return read_form((await admin.get(page))[1], at, holding=("code", code) if code else None)

        shown = await form()
        assert (await send(admin, at, with_(shown, **others))).done, page
        answer = await send(admin, at, with_(shown, **mine))
        assert (answer.status, answer.field) == (409, "seen"), page
        assert (await send(admin, at, with_(await form(), **mine))).done
        kept = dict(await form())
        assert {kept[name.replace("__", ".")] for name in (*mine, *others)} == {*mine.values(), *others.values()}


async def test_the_areas_of_a_group(admin: Visitor, world: World) -> None:
    """Ticks: the later save would take the other's away."""
    async with work():
        await bind_group(-1001, "Диспетчеры", True)
    group = await fetchval("SELECT id FROM chats_dispatch_groups")
    at = f"/admin/settings/groups/{group}"
    shown = read_form((await admin.get("/admin/settings/groups"))[1], at)
    assert (await send(admin, at, [*shown, ("area", str(world.centre_area))])).done
    answer = await send(admin, at, [*shown, ("area", str(world.south_area))])
    assert (answer.status, answer.field) == (409, "seen")
    now = read_form((await admin.get("/admin/settings/groups"))[1], at)
    assert (await send(admin, at, [*now, ("area", str(world.south_area))])).done
    now = read_form((await admin.get("/admin/settings/groups"))[1], at)
    assert {value for name, value in now if name == "area"} == {str(world.centre_area), str(world.south_area)}


async def test_two_policies_saved_at_once_are_both_kept(admin: Visitor, world: World) -> None:
    new = "/admin/settings/policies/new"
    shown = read_form((await admin.get(new))[1], new)
    names = ("Day", "Night", "Evening")
    await asyncio.gather(*(send(admin, new, with_(shown, name__ru=name, name__en=name)) for name in names))
    assert {one["name"]["en"] for one in await policies()} == set(names)


async def test_a_rota_too(admin: Visitor, world: World) -> None:
    async with work(await world.actor(f"member:{world.admin}")):
        number = await schedule.save_rota(None, {"ru": "Через день", "en": "Every other"}, ROTA)
    await both_save(admin, f"/admin/people/rotas/{number}", {"name__ru": "Сутки"}, {"cycle": "10:00–19:00\n—"})


async def test_a_write_back_too(admin: Visitor, world: World) -> None:
    async with work():
        await sources.add_source("crm", "jira", "Их Jira")
        number = await backs.write_back(
            "crm", "jira", name="Jira", url="https://x.test", token="t", settings={}, statuses={"done": "31"}
        )
    mine, others = {"fact__act_number": "customfield_1"}, {"status__closed": "41"}
    await both_save(admin, f"/admin/write-backs/{number}", mine, others)


async def test_words_that_somebody_added_stay(dispatcher: Visitor, made: Orders) -> None:
    order_id, _ = await made.new()
    at = f"/admin/orders/{order_id}/change"
    shown = read_form((await dispatcher.get(at))[1], at)
    assert (await send(dispatcher, at, with_(shown, words="Код домофона 45К"))).done
    answer = await send(dispatcher, at, with_(shown, kind="maintenance"))
    assert (answer.status, answer.field) == (409, "seen")
    shown = read_form((await dispatcher.get(at))[1], at)
    assert dict(shown)["words"] == "Код домофона 45К"
    both = await asyncio.gather(*(send(dispatcher, at, with_(shown, words=words)) for words in ("Один", "Другой")))
    assert sorted(one.status for one in both) == [204, 409]


async def test_a_second_press_makes_no_second_job(dispatcher: Visitor, made: Orders) -> None:
    order_id, _ = await made.new()
    at = f"/admin/orders/{order_id}/add"
    shown = with_(read_form((await dispatcher.get(at))[1], at), title="Заменить фильтр")
    both = await asyncio.gather(*(send(dispatcher, at, shown) for _ in range(2)))
    assert [one.status for one in both] == [204, 204]
    count = "SELECT count(*) FROM orders_jobs WHERE order_id = $1"
    assert await fetchval(count, order_id) == 2
    again = with_(read_form((await dispatcher.get(at))[1], at), title="Заменить фильтр")
    assert (await send(dispatcher, at, again)).done
    assert await fetchval(count, order_id) == 3


async def test_a_second_press_reminds_once(dispatcher: Visitor, made: Orders) -> None:
    order_id, _ = await made.assigned()
    page, at = f"/admin/orders/{order_id}", f"/admin/orders/{order_id}/remind"
    count = "SELECT count(*) FROM outbox_notices WHERE screen = 'technician.reminder'"
    for times in (1, 2):
        shown = read_form((await dispatcher.get(page))[1], at)
        both = await asyncio.gather(*(send(dispatcher, at, shown) for _ in range(2)))
        assert [one.status for one in both] == [204, 204]
        assert await fetchval(count) == times


async def test_every_form_of_an_order_drops_a_second_press(dispatcher: Visitor, made: Orders) -> None:
    order_id, _ = await made.assigned()
    for page in ("", "/assign", "/add", "/move", "/cancel", "/priority", "/change"):
        _, text = await dispatcher.get(f"/admin/orders/{order_id}{page}")
        forms = [tag for tag in text.split("<form")[1:] if "hx-post" in tag.split(">")[0]]
        assert [tag[:200] for tag in forms if 'hx-sync="this:drop"' not in tag.split(">")[0]] == [], page
