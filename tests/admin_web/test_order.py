"""An order's page: what it tells, what a dispatcher does with it, the talk and the files."""

import ast
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from admin_web.entries import ICONS, Reader, words_of
from core.chats.actions import post
from core.chats.queries import thread
from core.checklists import actions as checklists
from core.company.queries import company
from core.customers.queries import site_view
from core.dispatch import actions as dispatch
from core.dispatch import settle
from core.files.actions import Stored, put_bytes, put_clean, store
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock
from core.kernel.read import fetch, fetchval
from core.kernel.words import LOCALES, words
from core.kernel.work import work
from core.orders.actions import attach
from core.orders.rules import ENTRY_KINDS
from core.overview.queries import order_facts
from core.overview.steering import steps
from core.presence.models import Track
from core.schedule.actions import save_calendar
from core.sla.actions import save_policies
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
OF_FILTER = {"text": {"ru": "Фильтр", "en": "Filter"}, "value": False, "type": "yesno", "number": 8}
SAMPLE: dict[str, Any] = {
    "job.finish": {"outcome": "partly"}, "job.step_back": {"state": "assigned"}, "job.arrive": {"distance": 640.0},
    "order.merged": {"into": 7}, "order.absorbed": {"number": 8}, "order.unmerged": {"out_of": 7},
    "order.gave_back": {"number": 8}, "job.unassign": {"reason": "reassigned"},
    "job.stage": {"stage": {"ru": "Ждёт", "en": "Waits"}},
    "order.changed": {"fields": {"words": "…", "lat": 1}}, "order.priority": {"before": "low", "priority": "urgent"},
    "order.moved": {"wanted_from": "2026-03-02T07:00:00+00:00", "wanted_to": "2026-03-02T09:00:00+00:00"},
    "order.needs_help": {"code": "nobody_fits"}, "order.attached": {"kind": "photo", "phase": "before"},
    "plan.told": {"starts_at": "2026-03-02T07:00:00+00:00"},
    "order.rated": {"speed": 5}, "dispatch.offered": {"members": [{"name": "Пётр"}]},
    "sla.near": {"kind": "arrival", "due_at": "2026-03-02T07:00:00+00:00"},
    "sla.breach": {"kind": "arrival", "due_at": "2026-03-02T07:00:00+00:00"},
    "act_drafted": {"number": "А-1", "total": "1500.00"}, "act_signed": {"number": "А-1", "how": "bot"},
    "act_refused": {"number": "А-1", "reason": "дорого"},
    "order.located": {"address": "Арбат, 10"}, "order.not_located": {"address": "Арбат, 10"},
    "external.news": {"source": "Битрикс24", "text": "сделка выиграна"},
    "report.line": {"name": "Фреон", "quantity": "1.5", "unit": "кг"},
    "checklist.off_norm": {"text": {"ru": "Температура", "en": "Temperature"}, "value": 9, "unit": "°C"},
    "checklist.opened": OF_FILTER, "checklist.mended": OF_FILTER, "order.from_checklist": OF_FILTER,
    "dispatch.reminded": {"how": "sms", "after": 60, "names": ["Пётр", "Рашид"]},
    "dispatch.not_reminded": {"how": "voice", "after": 60, "names": ["Пётр"], "why": "no_vendor"},
    "dispatch.escalated": {"how": "chat", "after": 900, "names": ["Анна"]},
    "dispatch.not_escalated": {"how": "chat", "after": 900, "names": [], "why": "nobody"},
    "dispatch.unreached": {"how": "sms", "names": ["Анна"], "why": "failed", "reason": "no money"},
}  # fmt: skip


def written() -> set[str]:
    """Every kind of line that the code writes, as far as it is written out."""
    kinds = set(ENTRY_KINDS) | {"sla.near", "sla.breach", "dispatch.reminded", "dispatch.not_reminded"}
    kinds |= {"dispatch.escalated", "dispatch.not_escalated"}
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "bot").rglob("*.py"), *(ROOT / "admin_web").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "note" and isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, str):
                kinds.add(node.args[1].value)
    return kinds


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_line_has_words(desk: str, locale: str) -> None:
    reader = Reader(words("admin", locale), (await company()).tz, {})
    assert set(ICONS) <= written()
    for kind in sorted(written()):
        text = words_of(kind, SAMPLE.get(kind, {"reason": "так", "name": "Пётр", "text": "слова"}), reader)
        assert text
        assert kind not in text
        assert "{" not in text


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        ("reminded", {"how": "sms", "names": ["Пётр", "Рашид"]}, "Напомнили об ответе по SMS: Пётр, Рашид"),
        ("not_reminded", {"how": "chat", "names": ["Пётр"], "why": "no_chat"},
         "Не напомнили в чате: Пётр — нет чата с ботом"),
        ("escalated", {"how": "group", "names": []}, "Группе напомнили: заявку никто не взял, 15\u00a0мин"),
        ("not_escalated", {"how": "group", "names": [], "why": "no_group"},
         "Группе не напомнили: у заявки нет группы"),
        ("not_escalated", {"how": "voice", "names": [], "why": "nobody"},
         "Не сообщили звонком, что заявку никто не взял: в этой роли никого нет"),
        ("unreached", {"how": "sms", "names": ["Анна"], "why": "failed", "reason": "no money"},
         "Не дошло по SMS: Анна — no money"),
    ],
)  # fmt: skip
async def test_who_was_told_again_is_said(desk: str, kind: str, facts: dict[str, Any], expected: str) -> None:
    reader = Reader(words("admin", "ru"), (await company()).tz, {})
    assert words_of(f"dispatch.{kind}", {"after": 900, **facts}, reader) == expected


async def test_what_a_checklist_opened_is_a_press_away(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.travelling(asset_ids=[world.fridge])
    text = {"ru": "Фильтр чистый?", "en": "Is the filter clean?"}
    async with work():
        await checklists.save_template("cold", text, [{"code": "a", "type": "yesno", "text": text, "opens": True}])
        await checklists.answer(job_id, "a", False)
    opened = await fetchval("SELECT id FROM orders_orders WHERE source = 'checklist'")
    for here, there in ((order_id, opened), (opened, order_id)):
        _, page = await dispatcher.get(f"/admin/orders/{here}")
        assert f'<a href="/admin/orders/{there}">№ {there}</a>' in page
        assert "Фильтр чистый? — нет" in page


async def test_a_line_without_words_shows_its_kind(desk: str) -> None:
    reader = Reader(words("admin", "ru"), (await company()).tz, {})
    assert words_of("moon.landed", {}, reader) == "moon.landed"


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


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


async def test_a_file_goes_along(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    sent = {"text": "схема", "to": "customer", "file": io.BytesIO(photo())}
    assert (await dispatcher.post(f"/admin/orders/{order_id}/messages", sent))[0] == 204
    rows = await fetch("SELECT file_id FROM chats_messages")
    file_id = rows[0]["file_id"]
    whole = await dispatcher.answer(f"/admin/files/{file_id}")
    assert (whole.status, whole.headers["Content-Type"]) == (200, "image/jpeg")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("inline")
    async with dispatcher.client.get(f"/admin/files/{file_id}?small") as answer:
        assert max(Image.open(io.BytesIO(await answer.read())).size) == 320


async def test_a_photo_that_was_sent_as_a_file_is_seen_as_one(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (800, 600), "teal")).save(out)
    stored = await put_clean(out.getvalue(), "document", "IMG_1.HEIC")
    async with work(made.actor):
        attached, posted = [await store(stored, kind="document") for _ in range(2)]
        await attach(order_id, attached, "request")
        await post(order_id, "team", "", posted)
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    for file_id in (attached, posted):
        assert f'src="/admin/files/{file_id}?small" alt=' in text
        async with dispatcher.client.get(f"/admin/files/{file_id}?small") as answer:
            assert Image.open(io.BytesIO(await answer.read())).size == (320, 240)


async def test_a_photo_says_when_and_where_it_was_made(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    """By the camera's word, else by the live location nearest in time, of a technician on that job alone."""
    order_id, job_id = await made.travelling()
    site = await site_view(SYSTEM, world.arbat)
    assert site.lat is not None
    assert site.lon is not None
    moment = clock.now()
    elsewhere = moment - timedelta(days=2)
    camera = Stored("0" * 64, 9, "image/jpeg", taken_at=elsewhere, taken_lat=site.lat + 0.01, taken_lon=site.lon)
    async with work(await world.actor(member(world.pyotr))):
        for stored, phase in ((Stored("1" * 64, 9, "image/jpeg"), "after"), (camera, "proof")):
            await attach(order_id, await store(stored, kind="photo"), phase, job_id=job_id)
    async with work(await world.actor(member(world.rashid))):
        stray = await store(Stored("2" * 64, 9, "image/jpeg"), kind="photo")
    async with work(made.actor):
        await attach(order_id, stray, "request")
    track = {"lon": site.lon, "job_id": job_id}
    spots = ((world.pyotr, 0.005, -4), (world.pyotr, 0.0003, 1), (world.pyotr, 0.02, 6), (world.rashid, 0.03, 0))
    for who, off, minutes in spots:
        await Track.create(**track, member_id=who, lat=site.lat + off, at=moment + timedelta(minutes=minutes))
    _, text = await dispatcher.get(f"/admin/orders/{order_id}")
    at, t = words("admin", "ru").time(moment, (await company()).tz), words("admin", "ru")
    assert f"{at}, 33\xa0м от объекта (по геопозиции)" in text
    assert "1,1\xa0км от объекта (по данным камеры)" in text
    assert text.count('class="file-proof"') == text.count('class="file-proof is-doubtful"') == 1
    for doubt in ("far", "old"):
        assert t.text(f"order.proof.doubt.{doubt}") in text


async def test_what_a_browser_might_run_is_handed_out(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    for name, mime in (("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.txt", "text/plain")):
        stored = await put_bytes(b"<script>alert(1)</script>")
        async with work(made.actor):
            file_id = await store(stored, kind="document", name=name, mime=mime)
            await attach(order_id, file_id, "chat")
        answer = await dispatcher.answer(f"/admin/files/{file_id}")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_file_of_no_order_is_not_there(dispatcher: Visitor, technician: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    stored = await put_clean(photo(), "photo")
    async with work(made.actor):
        file_id = await store(stored, kind="photo")
    assert (await dispatcher.get(f"/admin/files/{file_id}"))[0] == 404
    assert (await technician.get(f"/admin/files/{file_id}"))[0] == 403
    assert (await dispatcher.get("/admin/files/999999"))[0] == 404


async def test_a_bad_file_is_refused_in_words(dispatcher: Visitor, made) -> None:  # type: ignore[no-untyped-def]
    order_id, _ = await made.new()
    for data, said in ((b"MZ\x90\x00" * 50, "Файлы такого вида"), (b"", "Файл пустой")):
        sent = {"text": "", "file": io.BytesIO(data)}
        status, text = await dispatcher.post(f"/admin/orders/{order_id}/messages", sent)
        assert (status, said in text) == (409, True)


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
