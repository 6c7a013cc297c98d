"""«To a contractor» in the group: chosen, priced and asked by presses and a word; and what the contractor then sees."""

from decimal import Decimal

import pytest

import bot.technician.app  # noqa: F401
from bot.technician.routes import routes as technician_routes
from core.contracts import actions as contracts
from core.dispatch import actions as dispatch
from core.kernel.actor import SYSTEM, member
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.queries import order_facts
from core.people import actions as people
from tests.bot.conftest import Call
from tests.bot.dispatcher.conftest import Team
from tests.bot.play import Phone, Shown
from tests.world import World


@pytest.fixture
async def frost(world: World) -> int:
    """A contractor with the skill and a chat with the bot."""
    async with work():
        made = await people.add_member(
            "technician", "Игорь Снегов", "+79160000030", contractor=True, firm="ООО «Мороз»"
        )
        await people.set_skills(made, {"cold": 4})
        user = world.tg(member(made))
        await people.link("technician", user, user, member(made), "ru", "Europe/Moscow")
    return made


def words(shown: Shown) -> str:
    """All that stands on a screen and its buttons, with plain spaces."""
    told = shown.view.text + " ".join(button.label for row in shown.view.rows for button in row)
    return told.replace("\u202f", " ").replace("\u00a0", " ")


async def job_of(told: Call) -> dict[str, object]:
    found: dict[str, object] = (await order_facts(told.order))["jobs"][0]
    return found


async def asked(team: Team, told: Call, frost: int, price: str) -> Phone:
    phone = team.in_topic(told.order)
    await phone.press("card.outside", told.order, str(told.job))
    assert "Игорь Снегов" in phone.shown("dispatcher.outside").view.text
    await phone.tap("card.outside_one", str(frost))
    assert "не названа" in phone.shown("dispatcher.outside.one").view.text
    await phone.say(price)
    return phone


async def test_a_price_is_typed_and_the_contractor_is_asked(team: Team, told: Call, frost: int) -> None:
    phone = await asked(team, told, frost, "дорого")
    assert phone.refused == "money.unreadable"
    await phone.say("3 500,50")
    await phone.tap("card.outside_ask")
    assert phone.refused is None
    assert "предложено подрядчику Игорь Снегов за 3 500,50" in words(phone.shown("dispatcher.gone"))
    igor = Phone(technician_routes, team.world.tg(member(frost)), "Игорь")
    await igor.look()
    offer = igor.shown("technician.offer")
    assert "3 500,50" in words(offer)
    await igor.tap("offer.accept")
    job = await job_of(told)
    assert (job["state"], job["fee"]) == ("assigned", "3500.50")
    await phone.look()
    assert "подрядчик «ООО «Мороз»» · подрядчику 3 500,50" in words(phone.shown("dispatcher.card"))


async def test_given_at_once_and_taken_back(team: Team, told: Call, frost: int) -> None:
    phone = await asked(team, told, frost, "4000")
    await phone.tap("card.outside_give")
    assert "отдано подрядчику Игорь Снегов" in phone.shown("dispatcher.gone").view.text
    assert (await job_of(told))["fee"] == "4000.00"
    await phone.press("card.assign", told.order, revision=(await order_facts(told.order))["revision"])
    assert phone.shown("dispatcher.assign").button("card.outside").extra == str(told.job)
    async with work(SYSTEM):
        await orders.unassign(told.job, "передумали")
    job = await job_of(told)
    assert (job["assignee"], job["fee"]) == (None, None)
    igor = Phone(technician_routes, team.world.tg(member(frost)), "Игорь")
    await igor.press("job.open", told.job)
    assert igor.refused == "orders.job.not_found"


async def test_a_press_on_what_has_moved_on_looks_again(team: Team, told: Call, frost: int) -> None:
    phone = await asked(team, told, frost, "4000")
    async with work(SYSTEM):
        await orders.set_priority(told.order, "low")
    await phone.tap("card.outside_give")
    assert (phone.toasts, (await job_of(told))["assignee"]) == (["error.orders.changed"], None)
    assert phone.shown("dispatcher.outside").facts["job_id"] == told.job


async def test_the_queue_has_the_button(team: Team, told: Call, frost: int) -> None:
    async with work(SYSTEM):
        await orders.ask_help(told.job, "nobody_fits")
    await team.dmitry.command("todo")
    await team.dmitry.tap("todo.outside")
    assert team.dmitry.shown("dispatcher.outside").card == f"ask:{told.order}"
    async with work():
        await people.deactivate_member(frost)
    await team.dmitry.command("todo")
    assert all(
        button.verb != "todo.outside" for row in team.dmitry.shown("dispatcher.todo").view.rows for button in row
    )


async def test_contractors_see_no_money_but_their_own(team: Team, told: Call, frost: int) -> None:
    async with work(SYSTEM):
        price = await contracts.add_price_item("work", "W9", "Пайка контура", Decimal("7777"), "усл.")
        await dispatch.withdraw_all(told.job)
        await orders.assign(told.job, frost, fee=Decimal(1000))
    igor = Phone(technician_routes, team.world.tg(member(frost)), "Игорь")
    for verb in ("job.go", "job.arrive"):
        await igor.press(verb, told.job)
    told_so_far = []
    await igor.press("line.list", told.job, "work.0")
    told_so_far.append(words(igor.last))
    await igor.press("line.open", told.job, str(price))
    told_so_far.append(words(igor.last))
    await igor.press("job.lines", told.job)
    told_so_far.append(words(igor.last))
    await igor.press("job.open", told.job)
    told_so_far.append(words(igor.shown("technician.job")))
    assert all("7 777" not in seen for seen in told_so_far)
    assert "1 000,00" in told_so_far[-1]
