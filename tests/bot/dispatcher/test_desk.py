"""Commands of the dispatchers' bot: who may, what is found, an order for a caller, the way to the page."""

import pytest

from core.kernel.actor import member
from core.overview.queries import order_facts
from tests.bot.conftest import Call
from tests.bot.dispatcher.conftest import Team
from tests.bot.messenger import public_address
from tests.bot.play import Phone


async def test_an_order_for_a_caller_who_is_known(team: Team) -> None:
    phone = team.private
    await phone.command("new", "Ольга")
    await phone.tap("call.who", None)
    await phone.tap("call.site")
    await phone.say("Не морозит")
    await phone.tap("call.kind", "inspection")
    await phone.tap("call.urgency", "high")
    number = phone.shown("dispatcher.note").facts["number"]
    facts = await order_facts(number)
    assert (facts["source"], facts["urgency"], facts["contact"]["name"]) == ("phone", "high", "Ольга Белова")
    assert (facts["site"]["id"] > 0, facts["kind"]) == (True, "inspection")


async def test_an_order_for_a_caller_nobody_knows(team: Team) -> None:
    phone = team.private
    await phone.command("new")
    await phone.say("Кот Базилио")
    await phone.press("call.who", 0)
    await phone.say("без номера")
    assert phone.refused
    await phone.say("+7 (999) 123-45-67, Базилио")
    await phone.say("Поле чудес, 1")
    await phone.say("Течёт")
    await phone.tap("call.urgency", "low")
    facts = await order_facts(phone.shown("dispatcher.note").facts["number"])
    assert (facts["customer"]["private"], facts["contact"]["phone"]) == (True, "+79991234567")
    assert (facts["contact"]["name"], facts["address"]) == ("Базилио", "Поле чудес, 1")


async def test_a_caller_is_dropped_and_old_buttons_create_nothing(team: Team) -> None:
    phone = team.private
    await phone.command("new", "Ольга")
    await phone.tap("call.stop")
    for verb, extra in (("call.urgency", "high"), ("call.kind", "repair"), ("call.site", "")):
        await phone.press(verb, 1, extra)
        assert phone.refused == "dialogue.changed"


async def test_the_words_are_words(team: Team) -> None:
    phone = team.private
    await phone.command("new", "Ольга")
    await phone.tap("call.who")
    await phone.tap("call.site")
    await phone.say("  ")
    assert phone.shown("dispatcher.note").facts["key"] == "dispatcher.words_needed"
    await phone.say("ж" * 4096)
    assert len(phone.dialogue.data["words"]) == 4096


async def test_lists(team: Team, told: Call) -> None:
    phone = team.private
    await phone.command("orders")
    assert f"№\xa0{told.order}" in phone.last.view.text
    await phone.tap("list.open")
    assert phone.last.screen == "dispatcher.card"
    await phone.command("find", "витрина")
    assert f"№\xa0{told.order}" in phone.last.view.text
    await phone.command("find", "зубр")
    assert phone.last.facts["orders"] == []
    await phone.command("find")
    assert phone.last.facts["key"] == "dispatcher.find.what"
    await phone.command("who")
    assert len(phone.last.facts["people"]) == 3
    await phone.press("list.orders", 0, "7")
    assert phone.last.facts["orders"] == []


@pytest.mark.parametrize("command", ["new", "orders", "find", "who", "admin", "bind", "unbind"])
async def test_commands_are_the_teams(team: Team, command: str) -> None:
    for chat in (None, -77):
        phone = Phone(team.private.routes, 666, "Чужой", chat=chat)
        await phone.command(command, "Ольга")
        assert phone.refused or phone.last.screen in ("dispatcher.stranger", "dispatcher.note")


async def test_the_way_to_the_page_is_for_one_person(team: Team) -> None:
    await team.dmitry.command("admin")
    assert team.dmitry.last.facts["key"] == "dispatcher.admin.private"
    await team.private.command("admin")
    assert team.private.last.screen == "dispatcher.login"
    assert team.private.last.facts["tunnel"] == "8080:127.0.0.1:8080"
    assert team.private.last.facts["url"].startswith("http://127.0.0.1:8080/admin/login/")
    with public_address():
        await team.private.command("admin")
    assert team.private.last.facts["url"].startswith("https://desk.example/admin/login/")
    assert team.private.last.facts["tunnel"] is None


async def test_a_group_is_bound_by_a_dispatcher_and_let_go(team: Team) -> None:
    await team.private.command("bind")
    assert team.private.last.facts["key"] == "dispatcher.bind.private"
    await team.dmitry.command("unbind")
    assert team.dmitry.last.facts["key"] == "dispatcher.unbound"
    await team.dmitry.command("bind")
    assert team.dmitry.last.screen == "dispatcher.bound"
    pyotr = Phone(team.private.routes, team.world.tg(member(team.world.pyotr)), "Пётр", chat=-77)
    await pyotr.command("bind")
    assert pyotr.refused


async def test_the_language_chosen_in_a_group_is_the_groups(team: Team) -> None:
    """Not the presser's own; a group that is not connected has none."""
    await team.dmitry.command("language")
    await team.dmitry.tap("settings.language", "en")
    assert "English" in team.dmitry.last.view.text
    await team.private.command("help")
    assert "I help dispatchers" not in team.private.last.view.text
    elsewhere = Phone(team.private.routes, team.private.user_id, "Дмитрий", chat=-78)
    await elsewhere.press("settings.language", extra="en")
    assert elsewhere.refused == "chats.group.not_found"


async def test_the_language_is_ones_own(team: Team) -> None:
    await team.private.command("language")
    await team.private.tap("settings.language", "en")
    await team.private.command("help")
    assert "I help dispatchers" in team.private.last.view.text
    await team.private.press("settings.language", 0, "xx")
    await team.private.command("start")
    assert team.private.last.screen == "dispatcher.welcome"
