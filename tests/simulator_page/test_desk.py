"""Around the chats: phones and people, topics, clock, faults, the log, the story, the banner."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiogram.exceptions import TelegramRetryAfter
from aiogram.types import Message
from playwright.async_api import Browser, expect

from simulator.app import Simulator
from tests.simulator_page.conftest import open_page
from tests.simulator_page.desk import ANNA, BORIS, VERA, Stage


async def test_the_banner_says_that_this_is_a_simulation(stage: Stage) -> None:
    await expect(stage.page.get_by_test_id("banner")).to_contain_text("Это симуляция на вашем компьютере")
    await stage.page.get_by_test_id("lang-en").click()
    await expect(stage.page.get_by_test_id("banner")).to_contain_text("This is a simulation on your computer")


async def test_each_role_has_a_phone_and_a_newcomer_can_be_added(stage: Stage) -> None:
    for role, person in (("customer", ANNA), ("technician", BORIS), ("dispatcher", VERA)):
        await expect(stage.phone(role)).to_have_attribute("data-user", str(person))
    await stage.phone("customer").get_by_test_id("person-switch").click()
    await stage.page.get_by_test_id("person-new").click()
    await stage.phone("customer").get_by_test_id("person-first_name").fill("Глеб")
    await stage.phone("customer").get_by_test_id("person-create").click()
    await expect(stage.phone("customer").get_by_test_id("person-switch")).to_contain_text("Глеб")
    await stage.start()
    heard = await stage.rules.until(lambda m: isinstance(m, Message) and m.text == "/start")
    assert heard.from_user.first_name == "Глеб"


async def test_a_second_technician_can_be_put_beside_the_first(stage: Stage) -> None:
    stage.sim.add_person(10, "Галина", role="technician")
    await stage.page.reload()
    await stage.page.get_by_test_id("phone-add").click()
    await stage.page.get_by_test_id("phone-add-technician").click()
    second = stage.phone("technician-2")
    await expect(second).to_have_attribute("data-user", "10")
    await stage.page.reload()
    await expect(second).to_have_attribute("data-user", "10")
    await second.get_by_test_id("phone-remove").click()
    await expect(second).to_have_count(0)


async def test_topics_of_a_forum_and_writing_in_one(stage: Stage) -> None:
    group = stage.sim.add_group("Диспетчерская", members=[VERA], bots=[stage.bot.id])
    topic = await stage.bot.create_forum_topic(group, "№ 7 · Кофейня")
    await stage.bot.send_message(group, "Новая заявка", message_thread_id=topic.message_thread_id)
    phone = stage.phone("dispatcher")
    await phone.get_by_test_id(f"chat-{group}").click()
    await phone.get_by_test_id(f"topic-{topic.message_thread_id}").click()
    await expect(phone.get_by_test_id("messages").get_by_text("Новая заявка")).to_be_visible()
    await stage.say("dispatcher", "Беру")
    heard = await stage.rules.until(lambda m: isinstance(m, Message) and m.text == "Беру")
    assert heard.message_thread_id == topic.message_thread_id
    await phone.get_by_test_id("topic-new-list").click()
    await phone.get_by_test_id("topic-input").fill("Снабжение")
    await phone.get_by_test_id("topic-ok").click()
    await expect(phone.locator(".chat-row.topic", has_text="Снабжение")).to_be_visible()


async def test_a_message_in_another_chat_is_marked_unread_until_it_is_opened(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("back").click()
    await stage.bot.send_message(ANNA, "Мастер выехал")
    row = phone.get_by_test_id(f"chat-{stage.bot.id}:{ANNA}")
    await expect(row.locator(".badge")).to_have_text("1")
    await row.click()
    await expect(phone.get_by_test_id("messages").get_by_text("Мастер выехал")).to_be_visible()
    await phone.get_by_test_id("back").click()
    await expect(row.locator(".badge")).to_have_count(0)


async def test_the_clock_moves_forward_and_comes_back(stage: Stage) -> None:
    await stage.page.get_by_test_id("clock-plus-5m").click()
    await stage.page.get_by_test_id("clock-plus-1d").click()
    await expect(stage.page.get_by_test_id("clock-real")).to_be_visible()
    await expect(stage.page.locator(".clock small")).to_have_text("+1 д 5:00")
    assert stage.sim.world.offset == 86_700
    await stage.page.get_by_test_id("clock-real").click()
    await expect(stage.page.get_by_test_id("clock-real")).to_be_hidden()
    assert stage.sim.world.offset == 0


async def test_the_phones_are_where_the_company_is(stage: Stage) -> None:
    for zone in ("Asia/Vladivostok", "Europe/Moscow"):
        stage.sim.zone = zone
        await stage.page.reload()
        shown = stage.page.get_by_test_id("clock-now")
        await expect(shown).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
        hours = int((await shown.inner_text())[:2])
        there = datetime.fromtimestamp(stage.sim.world.now(), ZoneInfo(zone))
        assert hours in {there.hour, (there - timedelta(minutes=1)).hour}, zone


async def test_running_times_follow_the_clock(stage: Stage) -> None:
    phone = await stage.start()
    due = int(stage.sim.world.now()) + 7_200
    await stage.bot.send_message(ANNA, f'Ждём <tg-time unix="{due}" format="r">скоро</tg-time>', parse_mode="HTML")
    shown = phone.get_by_test_id("messages").locator("time[data-unix]")
    await expect(shown).to_have_text("через 2 часа")
    await stage.page.get_by_test_id("clock-plus-1h").click()
    await expect(shown).to_have_text("через 1 час")


async def test_a_fault_strikes_and_shows_red_in_the_log(stage: Stage) -> None:
    await stage.start()
    await stage.page.get_by_test_id("open-faults").click()
    await stage.page.get_by_test_id("fault-429").click()
    await stage.page.get_by_test_id("fault-methods").fill("sendMessage")
    await stage.page.get_by_test_id("fault-methods").blur()
    await stage.page.get_by_test_id("fault-count-1").click()
    await expect(stage.page.get_by_test_id("fault-count-1")).to_have_attribute("aria-pressed", "true")
    assert (stage.sim.faults.error, stage.sim.faults.methods, stage.sim.faults.count) == (429, ["sendMessage"], 1)
    with contextlib.suppress(TelegramRetryAfter):
        await stage.bot.send_message(ANNA, "Не дойдёт")
    await stage.page.get_by_test_id("drawer-calls").click()
    await stage.page.get_by_test_id("calls-errors").check()
    call = stage.page.get_by_test_id("call").filter(has_text="sendMessage")
    await expect(call).to_have_count(1)
    await expect(call).to_contain_text("Too Many Requests")


async def test_switches_of_delivery_and_one_button_that_ends_all(stage: Stage) -> None:
    page = stage.page
    await page.get_by_test_id("open-faults").click()
    await page.get_by_test_id("fault-limits").check()
    await page.get_by_test_id("fault-reorder").check()
    await page.get_by_test_id("fault-duplicate").fill("2")
    await page.get_by_test_id("fault-delay").fill("100")
    await expect(page.get_by_test_id("open-faults").locator(".badge")).to_have_text("4")
    assert (stage.sim.faults.duplicate, stage.sim.faults.delay_ms) == (2, 100)
    assert stage.sim.faults.limits
    assert stage.sim.faults.reorder
    await page.get_by_test_id("faults-off").click()
    await expect(page.get_by_test_id("open-faults").locator(".badge")).to_be_hidden()
    assert not stage.sim.faults.limits


async def play(sim: Simulator) -> AsyncIterator[Any]:
    yield {"text": "Борис пишет боту", "of": 2}
    await sim.act(BORIS, 100, "text", text="Я на смене")
    yield {"text": {"ru": "Смена идёт", "en": "On shift"}, "of": 2}
    await sim.stage.rest(3600)


async def test_the_story_is_told_step_by_step_and_turns_the_phones(stage: Stage) -> None:
    stage.sim.story = play  # type: ignore[assignment]
    await stage.page.reload()
    await stage.page.get_by_test_id("story-play").click()
    await expect(stage.page.get_by_test_id("story-step")).to_have_text("Смена идёт")
    await stage.page.goto(f"{stage.page.url}?lang=en")
    await expect(stage.page.get_by_test_id("story-step")).to_have_text("On shift")
    await stage.page.goto(stage.page.url.replace("lang=en", "lang=ru"))
    await expect(stage.page.get_by_test_id("story-caption")).to_contain_text("2 из 2")
    await expect(
        stage.phone("technician").get_by_test_id("messages").get_by_text("Я на смене", exact=True)
    ).to_be_visible()
    await stage.page.get_by_test_id("story-stop").click()
    await expect(stage.page.get_by_test_id("story-stop")).to_be_hidden()
    assert not stage.sim.stage.running


async def test_a_stopped_bot_can_be_started_again(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("chat-menu").click()
    await stage.page.get_by_test_id("chat-block").click()
    await phone.get_by_test_id("start").click()
    await expect(phone.get_by_test_id("composer")).to_be_visible()
    await stage.say("customer", "Я вернулась")
    await expect(phone.get_by_test_id("messages").get_by_text("Принято: Я вернулась")).to_be_visible()


async def test_clearing_the_chats_asks_first(stage: Stage) -> None:
    phone = await stage.start()
    await stage.page.get_by_test_id("open-log").click()
    await stage.page.get_by_test_id("reset").click()
    await stage.page.get_by_test_id("dialog-yes").click()
    await expect(phone.get_by_test_id("messages").get_by_text("Что случилось?")).to_have_count(0)
    assert not any(chat.messages for chat in stage.sim.world.chats.values())


async def test_a_narrow_screen_shows_one_phone_and_tabs(stage: Stage, browser: Browser) -> None:
    page = await open_page(browser, stage.url, 390, 844)
    await expect(page.get_by_test_id("phone-customer")).to_be_visible()
    await expect(page.get_by_test_id("phone-technician")).to_be_hidden()
    await page.get_by_test_id("tab-technician").click()
    await expect(page.get_by_test_id("phone-technician")).to_be_visible()
    await page.get_by_test_id("open-log").click()
    await expect(page.get_by_test_id("clock-plus-5m")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    await page.context.close()
