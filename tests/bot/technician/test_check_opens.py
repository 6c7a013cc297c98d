"""An item with somebody to call, and one whose bad answer opens an order; a number is asked about before it does."""

from typing import Any

import pytest

import bot.dispatcher.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core.checklists import actions as checklists
from core.kernel.read import fetchval
from core.kernel.work import work
from tests.bot.conftest import Call
from tests.bot.play import Phone

ITEMS: list[dict[str, Any]] = [
    {"code": "filter", "type": "yesno", "text": {"ru": "Фильтр <чистый>?", "en": "Clean?"}, "phone": "+79161234567",
     "opens": True},
    {"code": "degrees", "type": "number", "text": {"ru": "Градусы", "en": "Degrees"}, "min": 2, "max": 6,
     "opens": True},
]  # fmt: skip


@pytest.fixture
async def pyotr(pyotr: Phone, assigned: Call) -> Phone:
    """On site, at the first item."""
    async with work():
        await checklists.save_template("cold", {"ru": "Холод", "en": "Cold"}, ITEMS)
    for verb, extra in (("job.go", ""), ("job.arrive", ""), ("job.check", "0")):
        await pyotr.press(verb, assigned.job, extra)
    return pyotr


async def opened() -> int:
    return int(await fetchval("SELECT count(*) FROM orders_orders WHERE source = 'checklist'") or 0)


async def test_somebody_is_called_about_an_item(assigned: Call, pyotr: Phone) -> None:
    assert "Позвонить: +7 916 123-45-67" in pyotr.shown("technician.check.item").view.text
    await pyotr.tap("check.call", "0")
    person = pyotr.shown("technician.contact").view.person
    assert person is not None
    assert person.phone == "+79161234567"
    for extra in ("1", "9", "x", ""):
        await pyotr.press("check.call", assigned.job, extra)
        assert "technician.contact" not in pyotr.screens, extra


async def test_a_bad_answer_opens_an_order_and_says_so(assigned: Call, pyotr: Phone) -> None:
    assert "откроет новую заявку" in pyotr.shown("technician.check.item").view.text
    await pyotr.tap("check.set", "0.no")
    assert "Открыта заявка №" in pyotr.shown("technician.check.opened").view.text
    assert await opened() == 1


async def test_a_number_that_was_mistyped_opens_none(assigned: Call, pyotr: Phone) -> None:
    await pyotr.press("job.check", assigned.job, "1")
    await pyotr.say("95")
    await pyotr.say("5")
    assert await opened() == 0


@pytest.mark.parametrize("explained", [True, False])
async def test_a_number_that_is_kept_opens_one(assigned: Call, pyotr: Phone, explained: bool) -> None:
    await pyotr.press("job.check", assigned.job, "1")
    await pyotr.say("9")
    assert await opened() == 0
    await (pyotr.say("Дверь была открыта") if explained else pyotr.tap("check.keep"))
    assert await opened() == 1


async def test_a_checklist_that_was_retired_meanwhile_is_told(assigned: Call, pyotr: Phone) -> None:
    async with work():
        await checklists.retire_template("cold")
    for verb, extra in (("job.check", "0"), ("job.check", ""), ("check.set", "0.no"), ("check.keep", "0")):
        await pyotr.press(verb, assigned.job, extra)
        assert "нет чек-листа" in pyotr.shown("technician.check").view.text, verb


async def test_a_button_of_the_former_list_answers_nothing_in_the_new_one(assigned: Call, pyotr: Phone) -> None:
    """Before the first answer the list may become another: «no» to «is it closed?» is no «no» to «is it cold?»."""
    items = [{"code": "smell", "type": "yesno", "text": {"ru": "Пахнет гарью?", "en": "Smell of burning?"}}]
    async with work():
        await checklists.save_template("cold", {"ru": "Холод", "en": "Refrigeration"}, items)
    await pyotr.tap("check.set", "0.no")
    shown = pyotr.shown("technician.check.item")
    assert "Чек-лист обновили" in shown.view.text
    assert (shown.facts["item"]["code"], shown.facts["item"]["value"]) == ("smell", None)
    assert await fetchval("SELECT count(*) FROM checklists_answers") == 0
    await pyotr.tap("check.set", "0.no")
    assert await fetchval("SELECT value FROM checklists_answers") == "false"
