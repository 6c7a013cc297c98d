"""Work by the hour: the clock and the crew make the figure, one press writes it, and it is what the act bills."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core.company import actions as company
from core.contracts import actions as contracts
from core.documents.actions import printed_facts
from core.documents.models import Document
from core.kernel.actor import SYSTEM
from core.kernel.clock import clock
from core.kernel.work import work
from core.orders import actions as orders
from core.reports.queries import report
from core.schedule import actions as schedule
from tests.bot.conftest import Call
from tests.bot.play import Phone
from tests.world import World


@pytest.fixture
async def hour(world: World) -> int:
    """At the beginning of a minute, so that no minute ends by itself."""
    clock.offset += 60 - clock.now().second
    async with work():
        await company.set_rule("require_before_photo", False)
        await company.set_rule("require_after_photo", False)
        return await contracts.add_price_item("work", "W3", "Час инженера", D(1600), "ч", hourly=True)


def shown(phone: Phone) -> str:
    return phone.last.view.text.replace("\u00a0", " ")


def later(minutes: int) -> None:
    clock.offset += timedelta(minutes=minutes).total_seconds()


async def arrive(pyotr: Phone, call: Call) -> None:
    await pyotr.press("job.go", call.job)
    await pyotr.press("job.arrive", call.job)


async def quantities(call: Call) -> dict[str, str]:
    return {line["name"]: line["quantity"] for line in (await report(call.job))["lines"]}


async def test_the_figure_that_is_shown_is_written_and_billed(assigned: Call, pyotr: Phone, hour: int) -> None:
    job, world = assigned.job, assigned.world
    await pyotr.press("job.go", job)
    await pyotr.press("job.lines", job)
    assert "На объекте" not in shown(pyotr)
    await pyotr.press("job.arrive", job)
    await pyotr.press("crew.set", job, f"{world.rashid}.0")
    later(50)
    await pyotr.press("job.pause", job, "lunch")
    later(40)
    await pyotr.press("job.lines", job)
    assert "На объекте 50 мин" in shown(pyotr)
    await pyotr.press("job.resume", job)
    later(35)
    await pyotr.press("job.lines", job)
    for words in ("Шаг 1 из 3", "На объекте 1 ч 25 мин", "Пауза 40 мин"):
        assert words in shown(pyotr)
    assert pyotr.last.button("labour.set").label.replace("\u00a0", " ") == "⏱ Записать время: 1 ч 30 мин × 2 чел."
    await pyotr.tap("labour.set")
    assert await quantities(assigned) == {"Час инженера": "3"}
    assert all(button.verb != "labour.set" for row in pyotr.last.view.rows for button in row)
    await pyotr.tap("job.lines", "2")
    assert "Шаг 2 из 3" in shown(pyotr)
    await pyotr.tap("job.photo", "after")
    assert "Шаг 3 из 3" in shown(pyotr)
    async with work(SYSTEM):
        await orders.finish(job, "partly")
    (visit,) = (facts := await printed_facts(await Document.get(order_id=assigned.order))).visits
    assert visit.worked == timedelta(minutes=85)
    assert [(line.unit, line.quantity, line.sum.amount) for line in facts.lines] == [("ч", D(3), D(4800))]


async def test_more_time_or_more_hands_are_said_and_written_anew(assigned: Call, pyotr: Phone, hour: int) -> None:
    await arrive(pyotr, assigned)
    await pyotr.press("job.lines", assigned.job)
    await pyotr.tap("labour.set")
    assert await quantities(assigned) == {"Час инженера": "1"}
    later(61)
    await pyotr.press("crew.set", assigned.job, f"{assigned.world.rashid}.0")
    await pyotr.press("job.lines", assigned.job)
    assert "Записано 1 ч, а по времени и людям сейчас выходит 3 ч" in shown(pyotr)
    assert await quantities(assigned) == {"Час инженера": "1"}
    await pyotr.tap("labour.set")
    assert await quantities(assigned) == {"Час инженера": "3"}


async def test_of_several_rates_each_is_for_some_of_the_crew(assigned: Call, pyotr: Phone, hour: int) -> None:
    async with work():
        fitter = await contracts.add_price_item("work", "W4", "Час монтажника", D(1100), "ч", hourly=True)
    await arrive(pyotr, assigned)
    await pyotr.press("crew.set", assigned.job, f"{assigned.world.rashid}.0")
    await pyotr.press("job.lines", assigned.job)
    await pyotr.tap("labour.open")
    await pyotr.tap("labour.set", f"{hour}=1")
    await pyotr.press("line.open", assigned.job, str(fitter))
    assert await quantities(assigned) == {"Час инженера": "1", "Час монтажника": "1"}
    await pyotr.press("job.lines", assigned.job)
    assert "а по времени" not in shown(pyotr)
    for bad in ("0", "-1", "x", ""):
        await pyotr.press("labour.set", assigned.job, f"{hour}={bad}")
        assert pyotr.refused == "quantity.unreadable"
    await pyotr.press("labour.set", assigned.job, "999=1")
    assert pyotr.refused == "contracts.item.not_found"


async def test_an_hour_of_the_list_begins_with_the_clock(assigned: Call, pyotr: Phone, hour: int) -> None:
    async with work():
        await company.set_rule("labour_step", 15)
        await company.set_rule("labour_minimum", 0)
    await arrive(pyotr, assigned)
    later(20)
    await pyotr.press("line.open", assigned.job, str(hour))
    assert await quantities(assigned) == {"Час инженера": "0.5"}


async def test_hours_outside_of_the_calendar_are_dearer_by_the_contract(
    assigned: Call, pyotr: Phone, hour: int
) -> None:
    """Two hours of which no minute lies inside of the desk's calendar: half as much again, by the contract twice."""
    closed: dict[str, Any] = {"zone": "Europe/Moscow", "week": [[["09:00", "18:00"]]] * 7, "days": {}}
    night = clock.now().astimezone(ZoneInfo("Europe/Moscow")).replace(hour=22, minute=0, second=0, microsecond=0)
    clock.offset += (night - clock.now()).total_seconds() % 86_400
    async with work():
        await company.set_rule("labour_after_hours", 150)
        await schedule.save_calendar("office", {"ru": "Офис", "en": "Office"}, closed)
    await arrive(pyotr, assigned)
    later(120)
    await pyotr.press("job.lines", assigned.job)
    assert "Вне рабочих часов: 2 ч" in shown(pyotr)
    assert "×1,5 (Офис)" in shown(pyotr)
    await pyotr.tap("labour.set")
    (line,) = (await report(assigned.job))["lines"]
    assert (line["quantity"], line["after"], line["percent"], line["sum"]) == ("2", "2", 150, "4800.00")
    async with work():
        await contracts.add_contract(assigned.world.azbuka, "7/26", date(2020, 1, 1), after_hours=200)
    await pyotr.press("job.lines", assigned.job)
    assert "договор № 7/26" in shown(pyotr)
    await pyotr.press("labour.set", assigned.job, f"{hour}=2")
    assert (await report(assigned.job))["total"] == "6400.00"
    async with work(SYSTEM):
        await orders.finish(assigned.job, "partly")
    facts = await printed_facts(await Document.get(order_id=assigned.order))
    (billed,) = facts.lines
    assert billed.name == "Час инженера (вне рабочих часов, ×2)"
    assert (billed.quantity, billed.price.amount, facts.due.amount) == (D(2), D(3200), D(6400))


async def test_the_part_inside_and_the_part_outside_are_lines_of_their_own(
    assigned: Call, pyotr: Phone, hour: int
) -> None:
    evening = clock.now().astimezone(ZoneInfo("Europe/Moscow")).replace(hour=17, minute=0, second=0, microsecond=0)
    clock.offset += (evening - clock.now()).total_seconds() % 86_400
    async with work():
        await company.set_rule("labour_after_hours", 150)
        data: dict[str, Any] = {"zone": "Europe/Moscow", "week": [[["09:00", "18:00"]]] * 7, "days": {}}
        await schedule.save_calendar("office", {"ru": "Офис", "en": "Office"}, data)
    await arrive(pyotr, assigned)
    await pyotr.press("crew.set", assigned.job, f"{assigned.world.rashid}.0")
    later(90)
    await pyotr.press("job.lines", assigned.job)
    await pyotr.tap("labour.set")
    async with work(SYSTEM):
        await orders.finish(assigned.job, "partly")
    inside, outside = (await printed_facts(await Document.get(order_id=assigned.order))).lines
    assert (inside.name, inside.quantity, inside.price.amount) == ("Час инженера", D(2), D(1600))
    assert (outside.quantity, outside.price.amount) == (D(1), D(2400))
