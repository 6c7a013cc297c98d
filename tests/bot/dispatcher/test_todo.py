"""The queue in the group: shown, answered by a press, put off, kept current by a timer."""

import pytest

from core.chats import actions as chats
from core.dispatch import actions as dispatch
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.clock import clock, now
from core.kernel.read import fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.queries import order_facts
from core.schedule import actions as schedule
from core.timers.actions import run_due
from tests.bot.conftest import Call
from tests.bot.dispatcher.conftest import Team
from tests.bot.play import Phone


@pytest.fixture
async def stuck(team: Team, told: Call) -> Phone:
    """The robot found nobody, Pyotr has come since."""
    async with work(SYSTEM):
        await orders.ask_help(told.job, "nobody_fits")
        await schedule.open_shift(told.world.pyotr)
    await team.dmitry.look()
    return team.dmitry


async def test_the_likely_answer_is_one_press(stuck: Phone, told: Call) -> None:
    await stuck.command("todo")
    shown = stuck.shown("dispatcher.todo")
    assert (shown.card, "Робот никого не нашёл" in shown.view.text) == ("todo", True)
    give = shown.button("todo.give")
    assert give.label == "1. Назначить: Пётр Ким"
    await stuck.tap("todo.give")
    assert (await order_facts(told.order))["jobs"][0]["assignee"]["name"] == "Пётр Ким"
    assert stuck.toasts == ["dispatcher.todo.toast.given"]
    assert "Решать нечего" in stuck.shown("dispatcher.todo").view.text
    await stuck.press("todo.give", give.id, str(told.world.rashid), give.revision)
    assert stuck.toasts == ["error.orders.changed"]
    assert (await order_facts(told.order))["jobs"][0]["assignee"]["name"] == "Пётр Ким"


async def test_later_and_back_again_by_itself(stuck: Phone, told: Call) -> None:
    await stuck.command("todo")
    await stuck.tap("todo.later")
    assert stuck.shown("dispatcher.todo").facts["count"] == 0
    clock.offset += 31 * 60
    await run_due()
    await stuck.look()
    assert [one["order"] for one in stuck.shown("dispatcher.todo").facts["items"]] == [told.order]


async def test_it_is_told_only_when_it_has_changed(stuck: Phone, told: Call) -> None:
    """The hours that it offers change at half past: well after that."""
    clock.offset += (35 - now().minute) % 60 * 60
    await stuck.command("todo")
    for _ in range(3):
        clock.offset += 31
        await run_due()
    assert await fetchval("SELECT count(*) FROM outbox_notices WHERE screen = 'dispatcher.todo' AND op = 'show'") == 1
    async with work(SYSTEM):
        await chats.update_group(stuck.chat or 0, active=False)
    clock.offset += 31
    await run_due()
    assert await fetchval("SELECT count(*) FROM timers_timers WHERE kind = 'todo.refresh'") == 0


async def test_choosing_asks_as_the_card_does(team: Team, told: Call) -> None:
    async with work(SYSTEM):
        await dispatch.seek(told.job)
    offer = await fetchval("SELECT id FROM dispatch_offers WHERE state = 'open'")
    async with work(await told.world.actor(member(told.world.pyotr))):
        await dispatch.decline(offer, "занят")
    async with work(SYSTEM):
        await dispatch.seek(told.job)
    await team.dmitry.command("todo")
    await team.dmitry.tap("todo.choose")
    assert team.dmitry.shown("dispatcher.assign").card == f"ask:{told.order}"


async def test_a_customer_is_answered_by_a_reply(team: Team, told: Call) -> None:
    async with work(await told.world.actor(contact(told.world.olga))):
        await chats.post(told.order, "customer", "Вы едете?")
    clock.offset += 11 * 60
    phone = team.dmitry
    await phone.command("todo")
    await phone.tap("todo.reply")
    question = phone.shown("dispatcher.todo_reply")
    await phone.say("Едем", replied=question.card)
    said = "SELECT text FROM chats_messages WHERE to_customer ORDER BY id DESC LIMIT 1"
    assert await fetchval(said) == "Едем"
    assert "message" not in [one["kind"] for one in phone.shown("dispatcher.todo").facts["items"]]
    await phone.press("todo.reply", told.order)
    await phone.say("между собой")
    assert await fetchval("SELECT count(*) FROM chats_messages WHERE to_customer") == 1


async def test_who_may_not_hears_so(team: Team, told: Call) -> None:
    rashid = Phone(team.dmitry.routes, team.world.tg(member(team.world.rashid)), "Рашид", chat=team.dmitry.chat)
    await rashid.command("todo")
    assert rashid.refused == "not_allowed"
    await rashid.press("todo.later", 1, "late")
    assert rashid.refused == "not_allowed"
    await rashid.press("todo.remind", told.order)
    assert rashid.refused == "not_allowed"
    stray = Phone(team.dmitry.routes, team.dmitry.user_id, "Дмитрий", chat=-5)
    await stray.command("todo")
    assert stray.last.facts["key"] == "dispatcher.todo.unbound"
    await team.private.command("todo")
    assert team.private.shown("dispatcher.todo").facts["count"] == 0
