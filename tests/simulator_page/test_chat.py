"""Talking to a bot on the page: text, keyboards, files, places, reactions, Mini Apps."""

from __future__ import annotations

from aiogram.types import CallbackQuery, FSInputFile, Message, MessageReactionUpdated
from playwright.async_api import expect

from tests.simulator_page.desk import ANNA, Stage


async def test_start_shows_the_greeting_and_the_bots_keyboard(stage: Stage) -> None:
    phone = await stage.start()
    await expect(phone.locator("b", has_text="Что случилось?")).to_be_visible()
    await phone.get_by_test_id("reply-button").filter(has_text="Мои заявки").click()
    await expect(phone.get_by_test_id("messages").get_by_text("Принято: Мои заявки")).to_be_visible()


async def test_enter_sends_and_shift_enter_breaks_the_line(stage: Stage) -> None:
    phone = await stage.start()
    field = phone.get_by_test_id("composer")
    await field.fill("Не холодит")
    await field.press("Shift+Enter")
    await field.press_sequentially("витрина")
    await field.press("Enter")
    heard = await stage.rules.until(lambda m: isinstance(m, Message) and m.text == "Не холодит\nвитрина")
    assert heard.from_user.id == ANNA
    await expect(field).to_have_value("")


async def test_a_pressed_button_answers_with_a_toast_and_the_message_changes(stage: Stage) -> None:
    phone = await stage.start()
    await stage.say("customer", "Предложение")
    await phone.get_by_test_id("inline-button").filter(has_text="Принять").click()
    await expect(phone.get_by_test_id("status")).to_have_text("Наряд ваш")
    await expect(phone.get_by_test_id("messages").get_by_text("Наряд № 7 ваш")).to_be_visible()
    await expect(phone.get_by_test_id("inline-button")).to_have_count(0)


async def test_an_alert_waits_for_the_person(stage: Stage) -> None:
    phone = await stage.start()
    await stage.say("customer", "Предложение")
    await phone.get_by_test_id("inline-button").filter(has_text="Отказаться").click()
    await expect(phone.get_by_test_id("alert")).to_contain_text("Жаль")
    await phone.get_by_test_id("dialog-ok").click()
    await expect(phone.get_by_test_id("alert")).to_have_count(0)
    assert any(isinstance(thing, CallbackQuery) and thing.data == "decline" for thing in stage.rules.heard)


async def test_copy_text_lands_in_the_clipboard(stage: Stage) -> None:
    phone = await stage.start()
    await stage.say("customer", "Предложение")
    await phone.get_by_test_id("inline-button").filter(has_text="Адрес").click()
    await expect(phone.get_by_test_id("status")).to_contain_text("Лесная, 12")
    assert await stage.page.evaluate("navigator.clipboard.readText()") == "Лесная, 12"


async def test_the_own_number_is_shared_only_after_consent(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("reply-button").filter(has_text="Мой номер").click()
    await phone.get_by_test_id("dialog-no").click()
    await phone.get_by_test_id("reply-button").filter(has_text="Мой номер").click()
    await phone.get_by_test_id("dialog-yes").click()
    heard = await stage.rules.until(lambda m: isinstance(m, Message) and m.contact is not None)
    assert heard.contact.user_id == ANNA
    assert len([m for m in stage.rules.heard if isinstance(m, Message) and m.contact]) == 1


async def test_photos_go_as_one_album_with_a_caption(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("file-input").set_input_files([stage.picture, stage.picture])
    await phone.get_by_test_id("caption").fill("Течёт")
    await phone.get_by_test_id("send-files").click()
    await expect(phone.get_by_test_id("album").get_by_test_id("photo")).to_have_count(2)
    parts = [
        await stage.rules.until(lambda m: isinstance(m, Message) and bool(m.photo) and m.caption == "Течёт"),
        await stage.rules.until(lambda m: isinstance(m, Message) and bool(m.photo) and m.caption is None),
    ]
    assert parts[0].media_group_id == parts[1].media_group_id is not None


async def test_a_picture_may_go_uncompressed_and_a_sample_is_at_hand(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("file-input").set_input_files(stage.picture)
    await phone.get_by_test_id("as-file").check()
    await phone.get_by_test_id("send-files").click()
    await expect(phone.get_by_test_id("document")).to_contain_text("fridge.jpg")
    await phone.get_by_test_id("attach").click()
    await stage.page.get_by_test_id("attach-sample").click()
    await phone.get_by_test_id("send-files").click()
    await expect(phone.get_by_test_id("photo")).to_be_visible()


async def test_a_voice_message_can_be_tried_without_a_microphone(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("attach").click()
    await stage.page.get_by_test_id("attach-voice").click()
    await phone.get_by_test_id("voice-send").click()
    heard = await stage.rules.until(lambda m: isinstance(m, Message) and m.voice is not None)
    assert heard.voice.duration == 3
    await expect(phone.get_by_test_id("voice")).to_be_visible()


async def test_a_live_marker_is_dragged_and_the_bot_follows(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("attach").click()
    await stage.page.get_by_test_id("attach-location").click()
    await phone.get_by_test_id("place-lat").fill("55.7801")
    await phone.get_by_test_id("place-lon").fill("37.5921")
    await phone.get_by_test_id("live-900").click()
    sent = await stage.rules.until(lambda m: isinstance(m, Message) and m.location is not None)
    assert (sent.location.latitude, sent.location.longitude, sent.location.live_period) == (55.7801, 37.5921, 900)
    marker = phone.locator(".leaflet-marker-icon")
    await marker.scroll_into_view_if_needed()
    box = await marker.bounding_box()
    assert box
    mouse = stage.page.mouse
    await mouse.move(box["x"] + 15, box["y"] + 19)
    await mouse.down()
    await mouse.move(box["x"] + 55, box["y"] + 19, steps=6)
    await mouse.up()
    moved = await stage.rules.until(lambda m: isinstance(m, Message) and m.edit_date is not None)
    assert moved.location.longitude > sent.location.longitude
    await phone.get_by_test_id("live-stop").click()
    await expect(phone.get_by_test_id("live-stop")).to_have_count(0)


async def test_a_typed_place_stands_until_the_person_moves_the_map(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("attach").click()
    await stage.page.get_by_test_id("attach-location").click()
    lat, lon = phone.get_by_test_id("place-lat"), phone.get_by_test_id("place-lon")
    await lat.press("Control+a")
    await lat.press_sequentially("55.7801")
    await lat.press("Tab")
    await lon.press("Control+a")
    await lon.press_sequentially("37,5921")
    await lon.press("Tab")
    moving = phone.locator(".leaflet-pan-anim")
    await expect(moving).to_have_count(0)
    assert (await lat.input_value(), await lon.input_value()) == ("55.7801", "37,5921")
    box = await phone.get_by_test_id("place-map").bounding_box()
    assert box
    mouse, x, y = stage.page.mouse, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await mouse.move(x, y)
    await mouse.down()
    await mouse.move(x - 60, y, steps=4)
    await mouse.up()
    await expect(moving).to_have_count(0)
    assert abs(float(await lat.input_value()) - 55.7801) < 0.001
    assert float(await lon.input_value()) > 37.593


async def test_a_place_that_is_none_is_not_sent(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("attach").click()
    await stage.page.get_by_test_id("attach-location").click()
    for typed in ("", "north", "91"):
        await phone.get_by_test_id("place-lat").fill(typed)
        await phone.get_by_test_id("place-send").click()
        await expect(phone.get_by_test_id("place-coords")).to_have_text("Такого места нет: проверьте широту и долготу")
    await phone.get_by_test_id("place-lat").fill("55.7801")
    await phone.get_by_test_id("place-send").click()
    sent = await stage.rules.until(lambda m: isinstance(m, Message) and m.location is not None)
    assert sent.location.latitude == 55.7801


async def test_reacting_editing_and_replying(stage: Stage) -> None:
    phone = await stage.start()
    await stage.say("customer", "Витрина")
    own = phone.locator(".message.out", has_text="Витрина").last
    await own.hover()
    await own.get_by_test_id("message-menu").click()
    await stage.page.get_by_test_id("message-edit").click()
    await phone.get_by_test_id("composer").fill("Витрина не холодит")
    await phone.get_by_test_id("send").click()
    await expect(phone.locator(".message.out", has_text="Витрина не холодит").get_by_text("изменено")).to_be_visible()
    theirs = phone.locator(".message.in", has_text="Принято: Витрина")
    await theirs.hover()
    await theirs.get_by_test_id("message-menu").click()
    await stage.page.locator("[data-testid=react][data-emoji='🔥']").click()
    await expect(theirs.get_by_test_id("reaction")).to_contain_text("🔥")
    await stage.rules.until(lambda r: isinstance(r, MessageReactionUpdated) and bool(r.new_reaction))
    await theirs.hover()
    await theirs.get_by_test_id("message-menu").click()
    await stage.page.get_by_test_id("message-reply").click()
    await stage.say("customer", "Ответ")
    answer = await stage.rules.until(lambda m: isinstance(m, Message) and m.text == "Ответ")
    assert answer.reply_to_message.text == "Принято: Витрина"


async def test_a_mini_app_gets_signed_data_and_talks_to_the_sheet(stage: Stage) -> None:
    phone = await stage.start()
    await stage.say("customer", "Предложение")
    await phone.get_by_test_id("inline-button").filter(has_text="Подписать").click()
    frame = phone.frame_locator("[data-testid=web-app]")
    await expect(frame.locator("#who")).to_contain_text(f'"id":{ANNA}')
    await phone.get_by_test_id("main_button_pressed").click()
    await expect(phone.get_by_test_id("dialog")).to_contain_text("Подписано")
    await phone.get_by_test_id("dialog").get_by_role("button").click()
    await expect(phone.get_by_test_id("web-app-sheet")).to_have_count(0)


async def test_a_start_link_inside_the_page_opens_the_bot_with_its_payload(stage: Stage) -> None:
    phone = await stage.start()
    await phone.get_by_test_id("chat-menu").click()
    await stage.page.get_by_test_id("chat-payload").click()
    await phone.get_by_test_id("link-input").fill("https://t.me/naryad_customer_bot?start=qr-77")
    await phone.get_by_test_id("link-ok").click()
    heard = await stage.rules.until(lambda m: isinstance(m, Message) and m.text == "/start qr-77")
    assert (heard.from_user.id, heard.chat.type) == (ANNA, "private")


async def test_words_of_others_are_never_markup(stage: Stage) -> None:
    phone = await stage.start()
    stage.sim.add_person(ANNA, "<img src=x onerror=alert(1)>", role="customer")
    await stage.say("customer", "<script>alert(1)</script> <b>не жирно</b>")
    await expect(
        phone.get_by_test_id("messages").get_by_text("Принято: <script>alert(1)</script> <b>не жирно</b>")
    ).to_be_visible()
    assert await phone.locator("script, img[onerror]").count() == 0


async def test_the_newest_stays_in_sight_though_pictures_come_late(stage: Stage) -> None:
    phone = await stage.start()
    for _ in range(8):
        await stage.bot.send_photo(ANNA, FSInputFile(stage.picture))
    await stage.bot.send_message(ANNA, "Готово")
    newest = phone.get_by_test_id("messages").get_by_text("Готово")
    await expect(phone.get_by_test_id("photo")).to_have_count(8)
    await expect(newest).to_be_in_viewport()
    await phone.locator(".chat-body .scroller").evaluate("(list) => (list.scrollTop = 0)")
    await stage.bot.send_message(ANNA, "Ещё одно")
    await expect(phone.get_by_test_id("messages").get_by_text("Ещё одно")).to_be_attached()
    await expect(newest).not_to_be_in_viewport()
