"""A number outside its norm: asked about at once, corrected, kept or explained, and marked on every card."""

import pytest

import bot.dispatcher.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core.checklists.queries import checklist
from core.kernel.read import fetch, fetchval, parsed
from core.overview.queries import order_facts
from tests.bot.conftest import Call
from tests.bot.play import Phone


@pytest.fixture
async def pyotr(pyotr: Phone, assigned: Call) -> Phone:
    """On site, asked for the temperature."""
    for verb, extra in (("job.go", ""), ("job.arrive", ""), ("job.check", "1")):
        await pyotr.press(verb, assigned.job, extra)
    return pyotr


async def found(call: Call) -> tuple[object, object]:
    """The temperature as it stands in the checklist, and whether it is within the norm."""
    listed = await checklist(call.job)
    assert listed is not None
    return listed["items"][1]["value"], listed["items"][1]["ok"]


async def test_it_is_asked_about_and_corrected(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say("95")
    assert "не в норме. Всё верно?" in pyotr.shown("technician.check.off").view.text
    assert await found(assigned) == (95, False)
    assert "Не в норме: " in pyotr.shown("technician.job").view.text
    await pyotr.say("55 °C")
    assert pyotr.shown("technician.check.off").facts["item"]["value"] == 55
    await pyotr.tap("job.check", "1")
    assert pyotr.shown("technician.check.item").facts["item"]["code"] == "temp"
    await pyotr.say("5")
    assert "technician.check.off" not in pyotr.screens
    assert await found(assigned) == (5, True)
    assert "Не в норме" not in pyotr.shown("technician.job").view.text


async def test_it_is_kept_by_a_press(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say("9,5")
    await pyotr.tap("check.keep")
    assert pyotr.shown("technician.check.item").facts["item"]["code"] != "temp"
    assert await found(assigned) == (9.5, False)


async def test_its_cause_goes_into_the_comment_that_the_act_prints(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say("9,5")
    await pyotr.send("photo")
    assert pyotr.shown("technician.check.off").facts["note"] == "saved_file"
    await pyotr.say("ж" * 1001)
    assert pyotr.shown("technician.check.off").facts["note"] == "long"
    await pyotr.say("2 дня без света")
    assert pyotr.shown("technician.check.item").facts["item"]["code"] != "temp"
    assert await found(assigned) == (9.5, False)
    comment = await fetchval("SELECT comment FROM orders_jobs WHERE id = $1", assigned.job)
    assert comment.endswith(": 9,5\u00a0°C — 2 дня без света")


async def test_it_stands_on_every_card(assigned: Call, pyotr: Phone) -> None:
    await pyotr.say("9,5")
    [item] = (await order_facts(assigned.order))["jobs"][0]["off_norm"]
    assert (item["code"], item["value"]) == ("temp", 9.5)
    rows = await fetch("SELECT facts FROM outbox_notices WHERE screen = 'technician.job' ORDER BY seq DESC LIMIT 1")
    assert parsed(rows[0]["facts"])["job"]["off_norm"] == [item]


async def test_a_press_of_yore_leads_to_the_list(assigned: Call, pyotr: Phone) -> None:
    for extra in ("99", "x", "-1", ""):
        await pyotr.press("check.keep", assigned.job, extra)
        assert pyotr.refused is None
        assert pyotr.screens, extra
