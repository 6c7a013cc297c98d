"""Every kind of update the simulator makes is one that aiogram accepts, on both sides of a file id."""

from __future__ import annotations

from collections.abc import Callable

from aiogram.types import Update

from simulator.app import Upload
from tests.simulator.box import ALL_KINDS, ANNA, BORIS, VERA, Served

KINDS = {
    "message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction",
}  # fmt: skip
PARTS = {
    "text", "photo", "document", "video", "voice", "location", "contact", "users_shared", "chat_shared",
    "web_app_data", "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "pinned_message", "media_group_id", "reply_to_message",
}  # fmt: skip


async def everything(served: Served, picture: Callable[..., bytes]) -> int:
    """Do at least once all that makes an update; returns the group's id."""
    sim = served.sim
    await served.other.get_updates(allowed_updates=ALL_KINDS)
    await sim.act(ANNA, 200, "start")
    image = Upload("a.jpg", "image/jpeg", picture(64, 64))
    await sim.act(ANNA, 200, "photo", files=[image, image])
    for kind in ("document", "video", "voice"):
        await sim.act(ANNA, 200, kind, files=[image])
    place = await sim.act(ANNA, 200, "location", lat=1, lon=1, live_period=60)
    await sim.act(ANNA, 200, "move", message_id=place["message_id"], lat=2, lon=2)
    await sim.act(ANNA, 200, "contact", own=True)
    old = sim.add_group("Цех", forum=False, members=[VERA], bots=[200])
    await sim.act(ANNA, 200, "share_users", user_ids=[BORIS], request_id=1)
    await sim.act(ANNA, 200, "share_chat", chat_id=old, request_id=2)
    await sim.act(ANNA, 200, "web_app_data", data="{}", button_text="x")
    group = sim.set_forum(old, on=True)
    await sim.act(VERA, group, "add_member", user_id=BORIS)
    topic = await sim.act(VERA, group, "new_topic", name="Т")
    thread = topic["thread_id"]
    await served.other.edit_forum_topic(group, thread, name="Т2")
    await served.other.close_forum_topic(group, thread)
    await served.other.reopen_forum_topic(group, thread)
    sent = await served.other.send_message(group, "карточка", message_thread_id=thread, reply_markup={
        "inline_keyboard": [[{"text": "ok", "callback_data": "ok"}]]})  # fmt: skip
    await sent.pin()
    await sim.act(BORIS, group, "press", message_id=sent.message_id, row=0, col=0)
    await sim.act(BORIS, group, "react", message_id=sent.message_id, emoji="🔥")
    await sim.act(BORIS, group, "photo", files=[image], thread_id=thread, reply_to=sent.message_id)
    await sim.act(BORIS, group, "leave")
    await sim.act(ANNA, 200, "block")
    return group


async def test_every_kind_of_update_is_valid(served: Served, picture: Callable[..., bytes]) -> None:
    await everything(served, picture)
    raw = list(served.sim.updates.box(200).updates.values())
    parsed = [Update.model_validate(update) for update in raw]
    assert {update.event_type for update in parsed} == KINDS
    seen = {part for update in raw for part in update.get("message", {})}
    assert seen >= PARTS
    for update in parsed:
        extra = {**(update.model_extra or {}), **((update.message and update.message.model_extra) or {})}
        assert not extra, f"unknown fields {extra}"


async def test_file_ids_in_updates_are_the_bots_own(served: Served, picture: Callable[..., bytes]) -> None:
    group = await everything(served, picture)
    served.sim.add_group("Цех", members=[VERA], bots=[100])
    await served.sim.act(VERA, group, "document", files=[Upload("a.txt", "text/plain", b"a")])
    [mine] = [u.message.document for u in await served.bot.get_updates() if u.message and u.message.document]
    theirs = [
        update["message"]["document"]["file_id"]
        for update in served.sim.updates.box(200).updates.values()
        if "document" in update.get("message", {})
    ]
    assert mine.file_id not in theirs
    assert (await served.bot.get_file(mine.file_id)).file_size == 1
