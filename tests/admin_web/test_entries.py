"""Every line of an order's timeline has its words."""

import ast
from pathlib import Path
from typing import Any

import pytest

from admin_web.entries import ICONS, Reader, words_of
from core.checklists import actions as checklists
from core.company.queries import company
from core.kernel.read import fetchval
from core.kernel.words import LOCALES, words
from core.kernel.work import work
from core.orders.rules import ENTRY_KINDS
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
    "order.passed": {"before": "Центр", "group": "Юг"},
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


async def test_a_corrected_answer_reads_as_the_order_needs_it(desk: str) -> None:
    """The order of the checklist names the one that it opened, and that one is told what to look at."""
    reader = Reader(words("admin", "ru"), (await company()).tz, {})
    assert "Связанная заявка №\xa08 остаётся" in words_of("checklist.mended", OF_FILTER, reader)
    opened = words_of("checklist.mended", OF_FILTER | {"opened": True}, reader)
    assert opened == "Ответ в заявке №\xa08 исправлен: Фильтр — нет. Проверьте, нужна ли эта заявка"


async def test_what_a_checklist_opened_is_a_press_away(dispatcher: Visitor, made, world: World) -> None:  # type: ignore[no-untyped-def]
    order_id, job_id = await made.travelling(asset_ids=[world.fridge])
    text = {"ru": "Фильтр чистый?", "en": "Is the filter clean?"}
    async with work():
        await checklists.save_template("cold", text, [{"code": "a", "type": "yesno", "text": text, "opens": True}])
        await checklists.answer(job_id, "a", False)
    opened = await fetchval("SELECT id FROM orders_orders WHERE source = 'checklist'")
    for here, there in ((order_id, opened), (opened, order_id)):
        _, page = await dispatcher.get(f"/admin/orders/{here}")
        assert f'<a href="/admin/orders/{there}">№\xa0{there}</a>' in page
        assert "Фильтр чистый? — нет" in page


async def test_a_line_without_words_shows_its_kind(desk: str) -> None:
    reader = Reader(words("admin", "ru"), (await company()).tz, {})
    assert words_of("moon.landed", {}, reader) == "moon.landed"
