"""A person and a bot talk: texts, formatting, answers, edits, deletions, presses."""

from __future__ import annotations

import asyncio

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    WebAppInfo,
)

from simulator.errors import ActError
from tests.simulator.box import ANNA, BORIS, VERA, Served


def keyboard(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=list(rows))


def button(text: str = "ok", data: str = "ok") -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data)


async def test_a_start_with_payload_arrives(served: Served) -> None:
    await served.sim.act(ANNA, 100, "start", payload="qr_42")
    [update] = await served.updates()
    assert update.message is not None
    assert update.message.text == "/start qr_42"
    assert update.message.from_user is not None
    assert update.message.from_user.id == ANNA
    assert update.message.chat.id == ANNA
    assert [e.type for e in update.message.entities or []] == ["bot_command"]


async def test_a_bot_cannot_write_first(served: Served) -> None:
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await served.bot.send_message(ANNA, "hi")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await served.bot.send_message(4242, "hi")


async def test_html_becomes_entities_in_utf16(served: Served) -> None:
    await served.said()
    source = "😀 <b>жир <i>и курсив</i></b> &lt;нет&gt; <a href='https://x.example/?a=1&amp;b=2'>ссылка</a>"
    sent = await served.bot.send_message(ANNA, f"  {source}\n", parse_mode="HTML")
    assert sent.text == "😀 жир и курсив <нет> ссылка"
    shapes = [(e.type, e.offset, e.length, e.url) for e in sent.entities or []]
    assert shapes == [
        ("bold", 3, 12, None), ("italic", 7, 8, None), ("text_link", 22, 6, "https://x.example/?a=1&b=2"),
    ]  # fmt: skip
    [shown] = served.sim.history("100:7", ANNA, None, 1)
    assert shown["sim"]["html"].startswith("😀 <b>жир <i>и курсив</i></b> &lt;нет&gt; <a href=")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<b>x", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<blink>x</blink>", 'can\'t parse entities: Unsupported start tag "blink" at byte offset 0'),
        ("ж<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("x</b>", "can't parse entities: Unexpected end tag at byte offset 1"),
        ("<b", "can't parse entities: Unclosed start tag at byte offset 0"),
        ("   ", "message text is empty"),
        ("<b> </b>", "message text is empty"),
        ("x" * 4097, "message is too long"),
    ],
)
async def test_a_wrong_text_is_refused_in_telegrams_words(served: Served, text: str, error: str) -> None:
    await served.said()
    with pytest.raises(TelegramBadRequest) as refused:
        await served.bot.send_message(ANNA, text, parse_mode="HTML")
    assert refused.value.message.removeprefix("Bad Request: ").endswith(error)


async def test_a_relative_time_is_kept(served: Served) -> None:
    await served.said()
    sent = await served.bot.send_message(
        ANNA, 'Осталось <tg-time unix="1795287736" format="r">5 минут</tg-time>', parse_mode="HTML"
    )
    [entity] = sent.entities or []
    assert (entity.type, entity.date_time_format) == ("date_time", "r")
    [shown] = served.sim.history("100:7", ANNA, None, 1)
    assert '<time data-unix="1795287736" data-format="r">5 минут</time>' in shown["sim"]["html"]


async def test_a_press_reaches_the_bot_and_its_answer_the_page(served: Served) -> None:
    await served.said()
    sent = await served.bot.send_message(ANNA, "Берёте?", reply_markup=keyboard([button("Да", "take:1")]))
    listener = served.sim.hub.join()
    pressed = await served.sim.act(ANNA, 100, "press", message_id=sent.message_id, row=0, col=0)
    [update] = await served.updates()
    query = update.callback_query
    assert query is not None
    assert (query.id, query.data) == (pressed["callback_query_id"], "take:1")
    assert await served.bot.answer_callback_query(query.id, text="Готово", show_alert=True)
    events = [listener.get_nowait() or b"" for _ in range(listener.qsize())]
    assert any(b'"type":"answer"' in e and "Готово".encode() in e and b'"alert":true' in e for e in events)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await served.bot.answer_callback_query("12345")
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await served.other.answer_callback_query(query.id)


async def test_forged_callback_data_is_sent_all_the_same(served: Served) -> None:
    await served.said()
    sent = await served.bot.send_message(ANNA, "?", reply_markup=keyboard([button()]))
    await served.sim.act(ANNA, 100, "press", message_id=sent.message_id, data="take:999")
    [update] = await served.updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "take:999"


async def test_other_buttons_do_what_telegram_does(served: Served) -> None:
    await served.said()
    link = InlineKeyboardButton(text="l", url="https://example.com")
    copy = InlineKeyboardButton(text="c", copy_text=CopyTextButton(text="ул. Мира, 1"))
    off = InlineKeyboardButton(text="d", disabled={})
    sent = await served.bot.send_message(ANNA, "?", reply_markup=keyboard([link, copy, off]))
    press = {"message_id": sent.message_id, "row": 0}
    assert await served.sim.act(ANNA, 100, "press", col=0, **press) == {"link": "https://example.com"}
    assert await served.sim.act(ANNA, 100, "press", col=1, **press) == {"copy_text": "ул. Мира, 1"}
    with pytest.raises(ActError, match="disabled"):
        await served.sim.act(ANNA, 100, "press", col=2, **press)
    with pytest.raises(ActError, match="no such button"):
        await served.sim.act(ANNA, 100, "press", col=3, **press)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (button(data="x" * 65), "BUTTON_DATA_INVALID"),
        (button(data="ж" * 33), "BUTTON_DATA_INVALID"),
        (InlineKeyboardButton(text="x"), "Text buttons are unallowed"),
        (InlineKeyboardButton(text="x", url="нет"), "Wrong HTTP URL"),
        (
            InlineKeyboardButton(text="x", web_app=WebAppInfo(url="http://example.com")),
            "Only HTTPS links are allowed",
        ),
    ],
)
async def test_a_wrong_button_is_refused(served: Served, wrong: InlineKeyboardButton, error: str) -> None:
    await served.said()
    with pytest.raises(TelegramBadRequest, match=error):
        await served.bot.send_message(ANNA, "?", reply_markup=keyboard([wrong]))


async def test_an_edit_replaces_text_and_buttons(served: Served) -> None:
    await served.said()
    sent = await served.bot.send_message(ANNA, "1", reply_markup=keyboard([button()]))
    await sent.edit_text("2")
    [shown] = served.sim.history("100:7", ANNA, None, 1)
    assert shown["text"] == "2"
    assert shown["sim"]["edited"]
    assert "reply_markup" not in shown
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_text("2")
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await served.bot.edit_message_text("x", chat_id=ANNA, message_id=9999)
    mine = await served.sim.act(ANNA, 100, "text", text="моё")
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await served.bot.edit_message_text("x", chat_id=ANNA, message_id=mine["message_id"])
    await sent.edit_reply_markup(reply_markup=keyboard([button("снова", "a")]))
    await sent.delete()
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await sent.edit_text("3")
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await sent.delete()


async def test_after_two_days_a_message_stays(served: Served) -> None:
    await served.said()
    sent = await served.bot.send_message(ANNA, "1")
    await served.sim.set_clock(49 * 3600)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await sent.delete()
    later = await served.bot.send_message(ANNA, "2")
    assert (later.date - sent.date).total_seconds() >= 49 * 3600


async def test_a_person_edits_and_reacts(served: Served) -> None:
    await served.said()
    mine = await served.sim.act(ANNA, 100, "text", text="не работает")
    sent = await served.bot.send_message(ANNA, "ясно")
    await served.updates()
    await served.sim.act(ANNA, 100, "edit", message_id=mine["message_id"], text="не холодит")
    await served.sim.act(ANNA, 100, "react", message_id=sent.message_id, emoji="👍")
    await served.sim.act(ANNA, 100, "react", message_id=sent.message_id, emoji=None)
    edited, given, taken = await served.updates()
    assert edited.edited_message is not None
    assert edited.edited_message.text == "не холодит"
    assert given.message_reaction is not None
    assert given.message_reaction.new_reaction[0].emoji == "👍"  # type: ignore[union-attr]
    assert taken.message_reaction is not None
    assert taken.message_reaction.old_reaction
    assert not taken.message_reaction.new_reaction
    await served.bot.set_message_reaction(ANNA, mine["message_id"], [ReactionTypeEmoji(emoji="👌")])
    shown = served.sim.history("100:7", ANNA, None, 2)
    assert shown[0]["sim"]["reactions"] == {"👌": [100]}
    with pytest.raises(ActError, match="not yours"):
        await served.sim.act(ANNA, 100, "edit", message_id=sent.message_id, text="x")


async def test_replies_quote_and_may_miss(served: Served) -> None:
    await served.said()
    mine = await served.sim.act(ANNA, 100, "text", text="вопрос")
    answer = await served.bot.send_message(
        ANNA, "ответ", reply_parameters=ReplyParameters(message_id=mine["message_id"])
    )
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "вопрос"
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await served.bot.send_message(ANNA, "?", reply_parameters=ReplyParameters(message_id=999))
    lost = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    assert (await served.bot.send_message(ANNA, "!", reply_parameters=lost)).reply_to_message is None
    await served.updates()
    await served.sim.act(ANNA, 100, "text", text="ага", reply_to=answer.message_id)
    [update] = await served.updates()
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.message_id == answer.message_id


async def test_reply_keyboards_come_are_pressed_and_go(served: Served) -> None:
    await served.said()
    rows = [[KeyboardButton(text="Мои заявки"), KeyboardButton(text="Телефон", request_contact=True)]]
    markup = ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True)
    await served.bot.send_message(ANNA, "меню", reply_markup=markup)
    chat = served.sim.world.chats["100:7"]
    assert chat.keyboards[ANNA]["keyboard"][0][0]["text"] == "Мои заявки"
    await served.sim.act(ANNA, 100, "press", row=0, col=0)
    await served.sim.act(ANNA, 100, "press", row=0, col=1)
    words, contact = await served.updates()
    assert words.message is not None
    assert words.message.text == "Мои заявки"
    assert contact.message is not None
    assert contact.message.contact is not None
    assert contact.message.contact.user_id == ANNA
    await served.bot.send_message(ANNA, "всё", reply_markup=ReplyKeyboardRemove())
    assert ANNA not in chat.keyboards
    await served.bot.send_message(ANNA, "имя?", reply_markup=ForceReply())
    assert chat.keyboards[ANNA]["force_reply"]
    await served.sim.act(ANNA, 100, "text", text="Анна")
    assert ANNA not in chat.keyboards


async def test_a_contact_of_somebody_else_names_its_owner(served: Served) -> None:
    await served.said()
    await served.sim.act(ANNA, 100, "contact", phone="8-999-000-33-44", first_name="Боря")
    await served.sim.act(ANNA, 100, "contact", phone="+7 (999) 000-33-44", first_name="Боря")
    foreign, known = await served.updates()
    assert foreign.message is not None
    assert foreign.message.contact is not None
    assert foreign.message.contact.user_id is None
    assert known.message is not None
    assert known.message.contact is not None
    assert known.message.contact.user_id == BORIS
    with pytest.raises(ActError, match="no phone"):
        await served.sim.act(VERA, 100, "contact", own=True)


async def test_blocking_is_told_and_refuses(served: Served) -> None:
    await served.said()
    await served.sim.act(ANNA, 100, "block")
    [update] = await served.updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await served.bot.send_message(ANNA, "hi")
    with pytest.raises(ActError, match="unblock"):
        await served.sim.act(ANNA, 100, "text", text="hi")
    await served.sim.act(ANNA, 100, "start")
    member, started = await served.updates()
    assert member.my_chat_member is not None
    assert started.message is not None
    assert await served.bot.send_message(ANNA, "hi")


async def test_a_long_text_goes_out_in_pieces(served: Served) -> None:
    await served.said()
    await served.sim.act(ANNA, 100, "text", text="😀" * 2500)
    lengths = [len(u.message.text or "") for u in await served.updates() if u.message]
    assert lengths == [2048, 452]


async def test_copies_and_forwards(served: Served) -> None:
    await served.said()
    await served.sim.act(BORIS, 100, "start")
    place = await served.sim.act(ANNA, 100, "location", lat=59.9, lon=30.3)
    words = await served.sim.act(ANNA, 100, "text", text="смотри https://example.com")
    copied = await served.bot.copy_message(BORIS, ANNA, place["message_id"])
    moved = await served.bot.forward_message(BORIS, ANNA, words["message_id"])
    assert served.sim.world.chats["100:8"].messages[copied.message_id].body["location"]["latitude"] == 59.9
    assert moved.forward_origin is not None
    assert moved.forward_origin.sender_user.id == ANNA  # type: ignore[union-attr]
    with pytest.raises(TelegramBadRequest, match="message to copy not found"):
        await served.bot.copy_message(BORIS, ANNA, 999)


async def test_two_pollers_conflict_and_a_poll_waits_for_news(served: Served) -> None:
    first = asyncio.create_task(served.bot.get_updates(timeout=20))
    while not served.sim.updates.box(100).poller:
        await asyncio.sleep(0.01)
    second = asyncio.create_task(served.bot.get_updates(timeout=20))
    with pytest.raises(Exception, match="terminated by other getUpdates request"):
        await first
    await served.sim.act(ANNA, 100, "start")
    [update] = await second
    assert update.message is not None


async def test_offsets_confirm_and_kinds_filter(served: Served) -> None:
    for number in range(3):
        await served.sim.act(ANNA, 100, "text", text=str(number))
    first = await served.bot.get_updates(limit=2)
    assert [u.message.text for u in first if u.message] == ["0", "1"]
    rest = await served.bot.get_updates(offset=first[-1].update_id + 1)
    assert [u.message.text for u in rest if u.message] == ["2"]
    await served.bot.get_updates(offset=rest[-1].update_id + 1, allowed_updates=["callback_query"])
    await served.sim.act(ANNA, 100, "text", text="не слышно")
    assert await served.bot.get_updates() == []
    last = await served.bot.get_updates(offset=-1, allowed_updates=[])
    assert last == []


async def test_commands_names_and_menu(served: Served) -> None:
    await served.bot.set_my_commands([{"command": "orders", "description": "Мои заявки"}])
    assert (await served.bot.get_my_commands())[0].command == "orders"
    assert (await served.bot.get_chat_menu_button()).type == "commands"
    await served.bot.set_my_name("Холод-Сервис")
    assert (await served.bot.get_my_name()).name == "Холод-Сервис"
    await served.bot.set_my_description("Заявки на ремонт")
    assert (await served.bot.get_my_description()).description == "Заявки на ремонт"
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await served.bot.set_my_commands([{"command": "Заявки", "description": "x"}])
    state = await served.get("/sim/state")
    assert state["bots"][0]["commands"] == [{"command": "orders", "description": "Мои заявки"}]
    await served.bot.delete_my_commands()
    assert await served.bot.get_my_commands() == []
