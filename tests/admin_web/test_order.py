"""An order's page: what it tells, what a dispatcher does with it, and the talk."""

import re
from typing import Any

import pytest

from core.chats.actions import post
from core.chats.queries import thread
from core.checklists import actions as checklists
from core.customers.queries import site_view
from core.dispatch import actions as dispatch
from core.dispatch import settle
from core.files.actions import put_clean, store
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.overview.queries import order_facts
from core.overview.steering import steps
from core.schedule.actions import save_calendar
from core.sla.actions import save_policies
from tests.admin_web.sending import send
from tests.admin_web.test_order_files import photo
from tests.admin_web.visitor import Visitor
from tests.world import World


async def test_the_page_tells_all(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.travelling(words="Не холодит\nвнутри +12, товар тает", asset_ids=[world.fridge])
    status, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert status == 200
    for told in ("Арбат", "Азбука", "Ольга Белова", "+7 916 100-00-01", "код 45К", "Витрина молочная", "Пётр Ким",
                 "товар тает", "Мастер выехал", "Назначен мастер: Пётр Ким", "Решение"):  # fmt: skip
        assert told in text, told


async def test_every_kind_of_answer_is_told(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    """A yes, a number, a text, a choice and a photo; only the number has a unit."""
    asked = [
        {"code": "clean", "type": "yesno", "text": {"ru": "Чисто?", "en": "Clean?"}},
        {"code": "temp", "type": "number", "unit": "°C", "max": 5, "text": {"ru": "Температура", "en": "Temperature"}},
        {"code": "plate", "type": "text", "text": {"ru": "Надпись", "en": "Plate"}},
        {"code": "noise", "type": "choice", "text": {"ru": "Шум", "en": "Noise"}, "choices": [
            {"code": "none", "text": {"ru": "нет", "en": "none"}},
            {"code": "loud", "text": {"ru": "очень громко", "en": "very loud"}, "ok": False}]},
        {"code": "photo", "type": "photo", "text": {"ru": "Снимок", "en": "Picture"}},
        {"code": "later", "type": "text", "text": {"ru": "Прочее", "en": "Other"}},
    ]  # fmt: skip
    async with work():
        await checklists.save_template("cold", {"ru": "Холод", "en": "Refrigeration"}, asked)
    order_id, job_id = await made.travelling(asset_ids=[world.fridge])
    await made.do("arrive", job_id)
    stored = await put_clean(photo(), "photo")
    async with work(await world.actor(member(world.pyotr))):
        file_id = await store(stored, kind="photo")
        for code, value in (("clean", True), ("temp", 7.5), ("plate", "СКД-4"), ("noise", "loud")):
            await checklists.answer(job_id, code, value)
        await checklists.answer(job_id, "photo", file_id=file_id)
    status, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert status == 200
    told = re.sub(r"<[^>]+>", "", text)
    for line in (
        "Чисто?: да",
        "Температура: 7,5 °C",
        "Надпись: СКД-4",
        "Шум: очень громко",
        "Снимок: фото",
        "Прочее: —",
    ):
        assert line in told, line
    assert f'href="/admin/files/{file_id}"' in text
    assert "5 из 6" in told


async def test_an_open_page_gets_its_parts_alone(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    _, text = await dispatcher.get(f"/admin/orders/{order_id}", **{"HX-Request": "true"})
    assert "<html" not in text
    assert 'id="order"' in text


@pytest.mark.parametrize("rest", ["999999", "999999/assign", "9" * 18])
async def test_no_such_order(dispatcher: Visitor, rest: str) -> None:
    assert (await dispatcher.get(f"/admin/orders/{rest}"))[0] == 404


async def state(order_id: int) -> str:
    return str((await order_facts(order_id))["state"])


async def test_the_page_says_why_the_robot_chose_so(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new()
    async with work():
        await settle.add_demand("order", str(order_id), "skill", "heat", 5)
        await dispatch.seek(job_id)
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert "Никто не подошёл" in text
    assert "мал уровень навыка: Тепло" in text
    assert "нет навыка: Тепло" in text
    _, form = await dispatcher.get(f"/admin/orders/{order_id}/move?at=2026-11-25T06:10:00%2B00:00")
    assert 'value="2026-11-25"' in form
    assert 'value="10:00"' in form


async def test_assign_by_ranking(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.new(asset_ids=[world.fridge])
    _, text = await dispatcher.get(f"/admin/orders/{order_id}/assign", **{"HX-Request": "true"})
    assert text.index("Пётр Ким") < text.index("Светлана Юрьева")
    assert "нет навыка" in text
    job = (await order_facts(order_id))["jobs"][0]
    sent = {"job": str(job_id), "member": str(world.pyotr), "revision": str(job["revision"])}
    assert (await dispatcher.post(f"/admin/orders/{order_id}/assign", sent))[0] == 204
    assert (await order_facts(order_id))["jobs"][0]["assignee"]["id"] == world.pyotr
    stale = {**sent, "member": str(world.rashid)}
    status, text = await dispatcher.post(f"/admin/orders/{order_id}/assign", stale)
    assert (status, "только что изменилась" in text) == (409, True)


async def test_a_job_of_another_order_is_not_steered(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    _, other = await made.new()
    for step in ("assign", "fix", "return"):
        sent = {"job": str(other), "member": str(world.pyotr), "state": "done"}
        assert (await dispatcher.post(f"/admin/orders/{order_id}/{step}", sent))[0] == 404


async def test_priority_move_cancel_reopen(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    at = f"/admin/orders/{order_id}"
    assert (await dispatcher.post(f"{at}/priority", {"level": "urgent"}))[0] == 204
    assert (await dispatcher.post(f"{at}/priority", {"level": "yesterday"}))[0] == 409
    assert (await dispatcher.post(f"{at}/move", {"day": "2027-05-04", "start": "10:00", "end": "13:00"}))[0] == 204
    assert (await dispatcher.post(f"{at}/move", {"day": "2027-05-04", "start": "13:00", "end": "10:00"}))[0] == 409
    assert (await dispatcher.post(f"{at}/move", {"day": "вчера", "start": "", "end": ""}))[0] == 409
    facts = await order_facts(order_id)
    assert (facts["priority"], facts["wanted_from"][:16]) == ("urgent", "2027-05-04T07:00")
    assert (await dispatcher.post(f"{at}/cancel", {"code": "nonsense"}))[0] == 409
    assert (await dispatcher.post(f"{at}/cancel", {"code": "duplicate"}))[0] == 204
    assert (await order_facts(order_id))["cancel_reason"] == "Повтор другой заявки"
    assert (await dispatcher.post(f"{at}/cancel", {"code": "duplicate"}))[0] == 409
    assert (await dispatcher.post(f"{at}/reopen", {"reason": ""}))[0] == 409
    assert (await dispatcher.post(f"{at}/reopen", {"reason": "Опять капает"}))[0] == 204
    assert await state(order_id) == "new"


async def test_a_step_is_corrected_once(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.travelling()
    sent = {"job": str(job_id), "state": "travelling"}
    assert (await dispatcher.post(f"/admin/orders/{order_id}/fix", sent))[0] == 204
    assert await state(order_id) == "assigned"
    assert (await dispatcher.post(f"/admin/orders/{order_id}/fix", sent))[0] == 409


async def test_a_return_visit(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.travelling()
    await made.do("arrive", job_id)
    async with work() as w:
        await w.execute("UPDATE orders_jobs SET state = 'done', outcome = 'part_needed', done_at = $1", w.now)
    for _ in range(2):
        await dispatcher.post(f"/admin/orders/{order_id}/return", {"job": str(job_id)})
    assert len((await order_facts(order_id))["jobs"]) == 2


async def test_a_reminder_goes_to_the_technician(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.assigned()
    assert (await dispatcher.post(f"/admin/orders/{order_id}/remind"))[0] == 204
    sql = "SELECT count(*) FROM outbox_notices WHERE bot = 'technician' AND screen = 'technician.reminder'"
    assert await fetchval(sql) == 1


async def test_forms_are_offered_when_they_would_work(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    orders = [(await made.new())[0], (await made.assigned())[0], (await made.travelling(made.world.rashid))[0]]
    over, _ = await made.new()
    await made.do("cancel", over, "так")
    for order_id in (*orders, over):
        offered = steps(await order_facts(order_id))
        for step in ("assign", "change", "priority", "move", "cancel", "reopen", "fix", "return"):
            expected = step in offered or (step == "assign" and "reassign" in offered)
            status, _ = await dispatcher.get(f"/admin/orders/{order_id}/{step}")
            assert status == (200 if expected else 409), (order_id, step)


async def form_of(dispatcher: Visitor, order_id: int) -> dict[str, Any]:
    """The form of a correction as the page shows it."""
    _, text = await dispatcher.get(f"/admin/orders/{order_id}/change")
    fields = dict(re.findall(r'name="(address|lat|lon)"[^>]*? value="([^"]*)"', text))
    words = re.search(r'<textarea[^>]* name="words"[^>]*>([^<]*)<', text)
    site = re.search(r'<option value="(\d+)" selected', text)
    assert words is not None
    ticked = re.findall(r'name="asset" value="(\d+)" checked', text)
    return {**fields, "words": words[1], "site": site[1] if site else "", "asset": ticked}


async def test_an_order_is_corrected(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.assigned(asset_ids=[world.fridge])
    at, shown = f"/admin/orders/{order_id}/change", await form_of(dispatcher, order_id)
    assert (shown["site"], shown["asset"]) == (str(world.arbat), [str(world.fridge)])
    assert (await send(dispatcher, at, shown)).done
    assert not await fetch("SELECT 1 FROM orders_entries WHERE kind = 'order.changed'")

    better = {**shown, "words": "Не холодит\r\nи течёт", "asset": [str(world.freezer)], "address": "Арбат, 10, двор"}
    assert (await send(dispatcher, at, better)).where == f"/admin/orders/{order_id}"
    facts = await order_facts(order_id)
    assert (facts["summary"], facts["words"], facts["address"]) == (
        "Не холодит",
        "Не холодит\nи течёт",
        "Арбат, 10, двор",
    )
    assert [one["id"] for one in facts["assets"]] == [world.freezer]
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert "Заявка изменена: описание, адрес, оборудование" in text

    moved = {**await form_of(dispatcher, order_id), "site": str(world.tverskaya), "asset": []}
    assert (await send(dispatcher, at, {**moved, "address": ""})).done
    facts = await order_facts(order_id)
    site = await site_view(SYSTEM, world.tverskaya)
    assert (facts["site"]["id"], facts["lat"], facts["assets"]) == (world.tverskaya, site.lat, [])
    assert (await send(dispatcher, at, {**moved, "lat": "55.70000", "lon": "37.50000"})).done
    facts = await order_facts(order_id)
    assert (facts["lat"], facts["lon"]) == (55.7, 37.5)
    told = await fetch("SELECT 1 FROM outbox_notices WHERE screen = 'technician.changed'")
    assert told


async def test_a_bad_correction_changes_nothing(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.assigned(asset_ids=[world.fridge])
    at, shown = f"/admin/orders/{order_id}/change", await form_of(dispatcher, order_id)
    before = await order_facts(order_id)
    for wrong, field in (
        ({"words": " \x07 "}, "words"),
        ({"words": "Ж" * 4001}, "words"),
        ({"asset": [str(world.oven)]}, "site"),
        ({"asset": ["x"]}, "asset"),
        ({"site": str(world.shop), "asset": []}, "site"),
        ({"site": ""}, "site"),
        ({"lat": "91"}, "lat"),
        ({"lon": ""}, "lat"),
    ):
        answer = await send(dispatcher, at, {**shown, **wrong})
        assert (answer.status, answer.field) == (409, field), wrong
        assert answer.said
    assert await order_facts(order_id) == before


async def test_who_reads_what_is_written(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    at = f"/admin/orders/{order_id}/messages"
    assert (await dispatcher.post(at, {"text": "ключ у охраны", "to": "team"}))[0] == 204
    assert (await dispatcher.post(at, {"text": "едем к вам", "to": "customer"}))[0] == 204
    assert (await dispatcher.post(at, {"text": "  "}))[0] == 409
    olga = await world.actor(contact(world.olga))
    assert [message.text for message in await thread(olga, order_id)] == ["едем к вам"]
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert "ключ у охраны" in text
    assert "только команда" in text


async def test_english(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.travelling()
    async with work(await world.actor(member(world.dispatcher))):
        await post(order_id, "team", "note")
    async with work() as w:
        await w.execute("UPDATE people_members SET locale = 'en' WHERE id = $1", world.dispatcher)
    for path, said in (("", "Actions"), ("/fix", "Step back"), ("/cancel", "Reason")):
        status, text = await dispatcher.get(f"/admin/orders/{order_id}{path}")
        assert (status, said in text) == (200, True), path
    for path in ("/admin/", "/admin/orders", "/admin/map", "/admin/orders/new?who=zoe"):
        assert (await dispatcher.get(path))[0] == 200


async def test_a_deadline_says_why(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    """By which policy and calendar, and every interval: hours, nights, pauses with their reason."""
    minutes = {"response": 30, "arrival": 3000, "resolution": 4000}
    shops = {"code": "shops", "name": {"ru": "Магазины", "en": "Shops"}, "minutes": minutes, "calendar": "office"}
    async with work(SYSTEM):
        week = [[["09:00", "18:00"]]] * 7
        await save_calendar("office", {"ru": "Контора", "en": "Office"}, {"zone": "Europe/Moscow", "week": week})
        norms = [{"stage": "travelling", "minutes": 45}]
        await save_policies([{**shops, "pauses": [{"stage": "paused"}], "norms": norms}])
    order_id, job_id = await made.travelling()
    await made.do("pause", job_id, "ждём деталь")
    status, text = await dispatcher.get(f"/admin/orders/{order_id}")
    assert status == 200
    for said in (
        "Почему так: Приезд",
        "Магазины",
        "Контора",
        "нерабочее время",
        "часы стоят с",
        "Почему так: Стадия «В пути»",
    ):
        assert said in text, said
    clock.offset += 60
    assert "пауза: Приостановлен: ждём деталь" in (await dispatcher.get(f"/admin/orders/{order_id}"))[1]
