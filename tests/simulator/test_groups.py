"""Groups: topics, members, pins, ephemeral messages, and a group that becomes a supergroup."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import EphemeralMessageParameters, InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from simulator.errors import ActError
from tests.simulator.box import ALL_KINDS, ANNA, BORIS, VERA, Served


@pytest.fixture
async def forum(served: Served) -> int:
    await served.other.get_updates(allowed_updates=ALL_KINDS)
    chat_id = served.sim.add_group("Диспетчерская", members=[VERA, BORIS], bots=[200])
    await served.updates(served.other)
    return chat_id


async def test_a_bot_hears_that_it_was_added(served: Served) -> None:
    chat_id = served.sim.add_group("Цех", forum=False, members=[VERA])
    await served.sim.act(VERA, chat_id, "add_bot", bot_id=200)
    member, joined = await served.updates(served.other)
    assert member.my_chat_member is not None
    assert member.my_chat_member.old_chat_member.status == "left"
    assert member.my_chat_member.new_chat_member.status == "administrator"
    assert joined.message is not None
    assert [user.id for user in joined.message.new_chat_members or []] == [200]
    await served.sim.act(VERA, chat_id, "remove_bot", bot_id=200)
    said, removed = await served.updates(served.other)
    assert said.message is not None
    assert said.message.left_chat_member is not None
    assert removed.my_chat_member is not None
    assert removed.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await served.other.send_message(chat_id, "hi")


async def test_adding_a_group_twice_gives_the_same(served: Served, forum: int) -> None:
    assert served.sim.add_group("Диспетчерская", members=[VERA, BORIS, ANNA], bots=[200]) == forum
    assert ANNA in served.sim.world.chats[str(forum)].members
    assert str(forum).startswith("-100")


async def test_a_topic_lives(served: Served, forum: int) -> None:
    topic = await served.other.create_forum_topic(forum, "Заявка 1", icon_color=0xFFD67E)
    thread = topic.message_thread_id
    sent = await served.other.send_message(forum, "Карточка", message_thread_id=thread)
    assert sent.is_topic_message
    assert sent.message_thread_id == thread
    await served.sim.act(VERA, forum, "text", text="беру", thread_id=thread)
    await served.sim.act(VERA, forum, "text", text="в общем")
    created, inside, general = await served.updates(served.other)
    assert created.message is not None
    assert created.message.forum_topic_created is not None
    assert inside.message is not None
    assert inside.message.message_thread_id == thread
    assert inside.message.reply_to_message is not None
    assert inside.message.reply_to_message.forum_topic_created is not None
    assert general.message is not None
    assert general.message.message_thread_id is None
    await served.other.edit_forum_topic(forum, thread, name="Заявка 1 ✅")
    with pytest.raises(TelegramBadRequest, match="TOPIC_NOT_MODIFIED"):
        await served.other.edit_forum_topic(forum, thread, name="Заявка 1 ✅")
    await served.other.close_forum_topic(forum, thread)
    with pytest.raises(ActError, match="closed"):
        await served.sim.act(BORIS, forum, "text", text="?", thread_id=thread)
    await served.other.send_message(forum, "бот может", message_thread_id=thread)
    await served.other.reopen_forum_topic(forum, thread)
    await served.sim.act(BORIS, forum, "text", text="!", thread_id=thread)
    await served.other.delete_forum_topic(forum, thread)
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await served.other.send_message(forum, "x", message_thread_id=thread)
    assert await served.other.get_forum_topic_icon_stickers()


async def test_an_answer_goes_to_its_questions_topic(served: Served, forum: int) -> None:
    topic = await served.other.create_forum_topic(forum, "Т")
    first = await served.other.send_message(forum, "1", message_thread_id=topic.message_thread_id)
    assert (await first.reply("2")).message_thread_id == topic.message_thread_id


async def test_topics_need_a_forum_and_a_thread_needs_a_topic(served: Served) -> None:
    chat_id = served.sim.add_group("Цех", forum=False, members=[VERA], bots=[200])
    with pytest.raises(TelegramBadRequest, match="the chat is not a forum"):
        await served.other.create_forum_topic(chat_id, "Т")
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await served.other.send_message(chat_id, "x", message_thread_id=5)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await served.bot.send_message(chat_id, "x")


async def test_a_group_becomes_a_supergroup(served: Served) -> None:
    old = served.sim.add_group("Цех", forum=False, members=[VERA], bots=[200])
    await served.updates(served.other)
    status, body = await served.post(f"/sim/groups/{old}/migrate", {})
    assert status == 200
    left, arrived = await served.updates(served.other)
    assert left.message is not None
    assert left.message.migrate_to_chat_id == body["id"]
    assert arrived.message is not None
    assert arrived.message.migrate_from_chat_id == old
    with pytest.raises(TelegramMigrateToChat) as moved:
        await served.other.send_message(old, "x")
    assert moved.value.migrate_to_chat_id == body["id"]
    assert (await served.other.send_message(body["id"], "x")).chat.type == "supergroup"
    shown = {chat["id"] for chat in (await served.get("/sim/state"))["chats"]}
    assert body["id"] in shown
    assert old not in shown
    status, body = await served.post(f"/sim/groups/{old}/migrate", {})
    assert (status, body["code"]) == (400, "migrated")


async def test_switching_topics_on_migrates_a_plain_group(served: Served) -> None:
    old = served.sim.add_group("Цех", forum=False, members=[VERA], bots=[200])
    status, body = await served.post(f"/sim/groups/{old}/forum", {"on": True})
    assert status == 200
    assert (await served.other.get_chat(body["id"])).is_forum
    assert await served.other.create_forum_topic(body["id"], "Т")


async def test_members_are_told_and_asked_for(served: Served, forum: int) -> None:
    await served.sim.act(VERA, forum, "add_member", user_id=ANNA)
    member, joined = await served.updates(served.other)
    assert member.chat_member is not None
    assert member.chat_member.new_chat_member.user.id == ANNA
    assert joined.message is not None
    assert (await served.other.get_chat_member(forum, ANNA)).status == "member"
    assert (await served.other.get_chat_member(forum, VERA)).status == "creator"
    assert {m.user.id for m in await served.other.get_chat_administrators(forum)} == {VERA, 200}
    assert await served.other.get_chat_member_count(forum) == 4
    await served.sim.act(ANNA, forum, "leave")
    assert (await served.other.get_chat_member(forum, ANNA)).status == "left"
    with pytest.raises(TelegramBadRequest, match="PARTICIPANT_ID_INVALID"):
        await served.other.get_chat_member(forum, 424242)
    assert (await served.other.create_chat_invite_link(forum, name="x")).invite_link
    await served.other.leave_chat(forum)
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the supergroup chat"):
        await served.other.send_message(forum, "x")


async def test_pins(served: Served, forum: int) -> None:
    sent = await served.other.send_message(forum, "важно")
    await served.updates(served.other)
    await sent.pin()
    [update] = await served.updates(served.other)
    assert update.message is not None
    assert update.message.pinned_message is not None
    chat = await served.other.get_chat(forum)
    assert chat.pinned_message is not None
    assert chat.pinned_message.message_id == sent.message_id
    await sent.unpin()
    with pytest.raises(TelegramBadRequest, match="message to unpin not found"):
        await sent.unpin()


async def test_a_message_for_one_member_only(served: Served, forum: int) -> None:
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="ok", callback_data="x")]])
    only = EphemeralMessageParameters(receiver_user_id=BORIS)
    sent = await served.other.send_message(forum, "только вам", reply_markup=markup, ephemeral_message_parameters=only)
    assert sent.message_id == 0
    number = sent.ephemeral_message_id
    assert number is not None
    assert [m["text"] for m in served.sim.history(forum, BORIS, None, 1)] == ["только вам"]
    assert all(m.get("text") != "только вам" for m in served.sim.history(forum, VERA, None, 9))
    with pytest.raises(ActError, match="no message"):
        await served.sim.act(VERA, forum, "press", message_id=number, row=0, col=0)
    await served.sim.act(BORIS, forum, "press", message_id=number, row=0, col=0)
    [update] = await served.updates(served.other)
    assert update.callback_query is not None
    assert await served.other.edit_ephemeral_message_text(forum, BORIS, number, text="готово")
    assert served.sim.history(forum, BORIS, None, 1)[0]["text"] == "готово"
    assert await served.other.delete_ephemeral_message(forum, BORIS, number)
    assert all(m.get("text") != "готово" for m in served.sim.history(forum, BORIS, None, 9))


async def test_what_only_a_private_chat_has_is_refused_in_a_group(served: Served, forum: int) -> None:
    app = InlineKeyboardButton(text="x", web_app=WebAppInfo(url="https://example.com"))
    markup = InlineKeyboardMarkup(inline_keyboard=[[app]])
    with pytest.raises(TelegramBadRequest, match="BUTTON_TYPE_INVALID"):
        await served.other.send_message(forum, "x", reply_markup=markup)
    with pytest.raises(ActError, match="private chat only"):
        await served.sim.act(VERA, forum, "start")
    with pytest.raises(ActError, match="not in that chat"):
        await served.sim.act(ANNA, forum, "text", text="x")


async def test_an_administrator_bot_deletes_anothers_message(served: Served, forum: int) -> None:
    mine = await served.sim.act(VERA, forum, "text", text="лишнее")
    assert await served.other.delete_messages(forum, [mine["message_id"], 9999])
    assert served.sim.world.chats[str(forum)].messages[mine["message_id"]].deleted
