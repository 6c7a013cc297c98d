"""Presses on an order's card: each decision through its question, and none by a forged, stale or foreign button."""

import pytest

from bot.turn import Spot
from core.chats import actions as chats
from core.chats.queries import thread
from core.dispatch import actions as dispatch
from core.kernel.actor import SYSTEM, contact, member
from core.kernel.work import work
from core.orders import actions as orders
from core.overview.queries import order_facts
from core.schedule import actions as schedule
from tests.bot.conftest import Call
from tests.bot.dispatcher.conftest import Team
from tests.bot.play import Phone


async def state(told: Call) -> str:
    return str((await order_facts(told.order))["state"])


async def revision(told: Call) -> int:
    return int((await order_facts(told.order))["revision"])


async def given(told: Call) -> None:
    async with work(SYSTEM):
        await schedule.open_shift(told.world.pyotr)
        await orders.assign(told.job, told.world.pyotr)


async def test_a_new_order_opens_a_topic_with_its_card(team: Team, told: Call) -> None:
    await team.dmitry.look()
    card = team.dmitry.shown("dispatcher.card")
    assert card.card == f"order:{told.order}"
    assert "Витрина не холодит" in card.view.text


async def test_assigning_shows_the_ranking_and_one_press_decides(team: Team, told: Call) -> None:
    async with work(SYSTEM):
        await schedule.open_shift(told.world.pyotr)
    phone = team.in_topic(told.order)
    await phone.press("card.assign", told.order, revision=await revision(told))
    assert "Пётр Ким" in phone.shown("dispatcher.assign").view.text
    await phone.tap("card.give", str(told.world.pyotr))
    assert phone.refused is None
    assert await state(told) == "assigned"
    assert "назначен мастер Пётр Ким" in phone.shown("dispatcher.gone").view.text
    await phone.press("card.give", told.job, str(told.world.rashid), revision=1)
    assert phone.refused == "orders.changed"
    assert (await order_facts(told.order))["jobs"][0]["assignee"]["id"] == told.world.pyotr


async def test_why_says_what_the_robot_reckoned_and_what_would_help(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.why", told.order, revision=await revision(told))
    assert "ещё не выбирал" in phone.shown("dispatcher.why").view.text
    async with work(SYSTEM):
        await dispatch.seek(told.job)
    await phone.press("card.why", told.order, revision=await revision(told))
    text = phone.shown("dispatcher.why").view.text
    assert "не на смене" in text or "дорога" in text
    async with work(SYSTEM):
        await schedule.open_shift(told.world.pyotr)
        await dispatch.seek(told.job)
    await phone.press("card.why", told.order, revision=await revision(told))
    text = phone.shown("dispatcher.why").view.text
    assert "1. Пётр Ким" in text
    assert "= <b>" in text
    stranger = team.dmitry
    await stranger.press("card.why", 99_999)
    assert stranger.refused


@pytest.mark.parametrize("extra", ["", "x", "0", "-1", "99999999", "9" * 40, "1=2"])
async def test_nobody_is_assigned_by_a_forged_name(team: Team, told: Call, extra: str) -> None:
    await team.in_topic(told.order).press("card.give", told.job, extra)
    assert team.dmitry.refused
    assert await state(told) in ("new", "offered")


async def test_priority_moves_the_clocks(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.priority", told.order)
    await phone.tap("card.priority_set", "urgent")
    assert (await order_facts(told.order))["priority"] == "urgent"
    await phone.press("card.priority_set", told.order, "the highest")
    assert phone.refused
    assert (await order_facts(told.order))["priority"] == "urgent"


async def test_a_day_then_a_window(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.move", told.order)
    days = [one.extra for row in phone.last.view.rows for one in row if one.verb == "card.move_day"]
    await phone.tap("card.move_day", next(extra for extra in reversed(days) if not extra.startswith("m")))
    await phone.tap("card.move_to")
    assert phone.refused is None
    assert (await order_facts(told.order))["wanted_from"] is not None
    for extra in ("", "20260231-0912", "20200101-0912", "x"):
        before = await order_facts(told.order)
        await phone.press("card.move_to", told.order, extra)
        assert phone.refused, extra
        assert (await order_facts(told.order))["wanted_from"] == before["wanted_from"]


async def test_cancelling_takes_a_reason(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.cancel", told.order)
    await phone.say("ж" * 301)
    assert phone.last.facts == {"key": "dispatcher.words_long", "limit": 300}
    assert await state(told) != "cancelled"
    await phone.say("Закрылись навсегда")
    facts = await order_facts(told.order)
    assert (facts["state"], facts["cancel_reason"]) == ("cancelled", "Закрылись навсегда")
    await phone.press("card.reopen", told.order)
    await phone.say("Передумали")
    assert await state(told) in ("new", "offered")


async def test_words_in_another_topic_cancel_nothing(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.cancel", told.order)
    phone.topic = None
    await phone.say("Кто будет пиццу?")
    assert await state(told) != "cancelled"
    assert phone.dialogue.step is None


async def test_a_stale_reason_button_cancels_nothing_and_asks_anew(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    await phone.press("card.cancel", told.order, revision=await revision(told))
    await given(told)
    await phone.tap("card.cancel_do", "customer")
    assert await state(told) == "assigned"
    await phone.tap("card.cancel_do", "customer")
    assert await state(told) == "cancelled"


async def test_whom_to_send_is_asked_anew_when_the_order_moved_on(team: Team, told: Call) -> None:
    phone = team.in_topic(told.order)
    async with work(SYSTEM):
        await schedule.open_shift(told.world.pyotr)
    await phone.press("card.assign", told.order, revision=await revision(told))
    async with work(SYSTEM):
        await dispatch.seek(told.job)
    await phone.tap("card.give")
    assert await state(told) == "offered"
    await phone.tap("card.give")
    assert await state(told) == "assigned"


async def test_a_mistaken_step_is_corrected(team: Team, told: Call) -> None:
    await given(told)
    async with work(await told.world.actor(member(told.world.pyotr))):
        await orders.travel(told.job)
    phone = team.in_topic(told.order)
    await phone.press("card.fix", told.order)
    await phone.tap("card.fix_do")
    assert phone.refused is None
    assert await state(told) == "assigned"


async def test_a_reminder_reaches_the_technician(team: Team, told: Call) -> None:
    await team.in_topic(told.order).press("card.remind", told.order)
    assert team.dmitry.refused == "orders.wrong_state"
    await given(told)
    await team.dmitry.press("card.remind", told.order)
    assert team.dmitry.toasts == ["dispatcher.toast.reminded"]


VERBS = (
    "card.assign", "card.priority", "card.priority_set", "card.move", "card.move_day", "card.move_to", "card.cancel",
    "card.cancel_do", "card.reopen", "card.fix", "card.remind", "card.close", "list.open",
)  # fmt: skip


@pytest.mark.parametrize("verb", [*VERBS, "card.give", "card.return", "card.fix_do", "msg.client"])
async def test_no_button_works_for_others(team: Team, told: Call, verb: str) -> None:
    """A technician and a stranger who got into the group press what a dispatcher may."""
    before = await order_facts(told.order)
    for user in (told.world.tg(member(told.world.pyotr)), 666):
        phone = Phone(team.dmitry.routes, user, "Чужой", chat=team.dmitry.chat)
        await phone.press(
            verb, told.job if verb in ("card.give", "card.return", "card.fix_do") else told.order, "urgent"
        )
        assert phone.refused, verb
    assert await order_facts(told.order) == before


@pytest.mark.parametrize("verb", [*VERBS, "card.give", "card.return", "card.fix_do", "msg.client", "call.site"])
async def test_a_button_of_nothing_is_refused(team: Team, told: Call, verb: str) -> None:
    await team.dmitry.press(verb, 10**12, "x")
    assert team.dmitry.refused


async def test_what_is_typed_stays_with_the_team(team: Team, told: Call) -> None:
    phone, olga = team.in_topic(told.order), await told.world.actor(contact(told.world.olga))
    await phone.say("Опять эта витрина")
    assert await thread(olga, told.order) == []
    await phone.tap("msg.client")
    assert [one.text for one in await thread(olga, told.order)] == ["Опять эта витрина"]
    await phone.press("msg.client", 1)
    assert phone.refused == "chats.already_sent"


async def test_a_reply_to_the_customer_goes_to_the_customer(team: Team, told: Call) -> None:
    olga = await told.world.actor(contact(told.world.olga))
    async with work(olga):
        asked = await chats.post(told.order, "customer", "Нужен пропуск?")
    phone = team.in_topic(told.order)
    await phone.say("Не нужен", replied=f"msg:{asked}")
    assert [one.text for one in await thread(olga, told.order)] == ["Нужен пропуск?", "Не нужен"]
    assert phone.reactions == 1


async def test_a_number_and_a_place_are_words_too(team: Team, told: Call) -> None:
    olga = await told.world.actor(contact(told.world.olga))
    async with work(olga):
        asked = await chats.post(told.order, "customer", "Кто приедет и откуда?")
    phone = team.in_topic(told.order)
    await phone.say(contact=("+79161234567", False), contact_name="Анна Лис", replied=f"msg:{asked}")
    await phone.say(spot=Spot(55.75, 37.61), replied=f"msg:{asked}")
    said = [one.text for one in await thread(olga, told.order)]
    assert said[1:] == ["Анна Лис +79161234567", "https://yandex.ru/maps/?pt=37.610000,55.750000&z=16"]
    assert phone.reactions == 2


async def test_a_group_without_topics_listens_to_replies_only(team: Team, told: Call) -> None:
    phone, boss = team.dmitry, await told.world.actor(member(told.world.dispatcher))
    await phone.say("Доброе утро!")
    assert await thread(boss, told.order) == []
    await phone.say("Берём компрессор", replied=f"order:{told.order}")
    assert [one.text for one in await thread(boss, told.order)] == ["Берём компрессор"]


async def test_each_of_several_jobs_has_buttons_of_its_own(team: Team, told: Call) -> None:
    await given(told)
    async with work(SYSTEM):
        second = await orders.add_job(told.order, "Заменить фильтр")
        await orders.assign(second, told.world.rashid)
        await orders.travel(told.job)
    phone = team.in_topic(told.order)
    await phone.look()
    text = phone.shown("dispatcher.card").view.text
    assert "Заменить фильтр" in text
    assert "Рашид Алиев" in text
    await phone.press("card.job", told.job, "remind", revision=await revision(told))
    assert phone.refused is None
    await phone.press("card.job", told.job, "fix", revision=await revision(told))
    assert "Пётр Ким" in phone.shown("dispatcher.fix").view.text
    await phone.tap("card.fix_do")
    facts = await order_facts(told.order)
    assert [job["state"] for job in facts["jobs"]] == ["assigned", "assigned"]
    await phone.press("card.job", second, "assign", revision=facts["revision"])
    await phone.tap("card.give", str(told.world.pyotr))
    assert {job["assignee"]["id"] for job in (await order_facts(told.order))["jobs"]} == {told.world.pyotr}
    await phone.press("card.job", second, "dance", revision=await revision(told))
    assert phone.refused
    await phone.press("card.job", 999_999, "fix")
    assert phone.refused
