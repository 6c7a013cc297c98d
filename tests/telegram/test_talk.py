"""A person talks to a bot: over HTTP, through the inbox, out of the outbox."""

import asyncio
from functools import partial
from typing import Any

import pytest

from core.inbox import queries as inbox
from core.kernel.words import words
from core.kernel.work import work
from core.outbox import actions
from core.outbox import queries as outbox
from tests.telegram.conftest import ANNA, BORIS, BOT, Desk, until


async def test_a_message_is_handled_once_and_answered(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(lambda: desk.texts() == ["n = 0"])
        await desk.act(ANNA, "text", text="привет <b>")
        await until(lambda: desk.texts() == ["n = 0", "привет"] or len(desk.texts()) == 2)
    assert [row["what"] for row in await desk.rows("SELECT what FROM toy")] == ["message"]
    assert await inbox.backlog() == {}
    assert await outbox.backlog() == {}


async def press(desk: Desk, row: int = 0, col: int = 0, user: int = ANNA) -> Any:
    return await desk.act(user, "press", message_id=desk.last(user)["message_id"], row=row, col=col)


async def test_a_press_redraws_the_message_and_is_always_answered(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        await press(desk)
        await until(lambda: desk.texts() == ["n = 1"])
        await press(desk)
        await until(lambda: desk.texts() == ["n = 2"])
        await until(lambda: desk.calls("answerCallbackQuery") == 2)
    assert [row["n"] for row in await desk.rows("SELECT n FROM toy ORDER BY id")] == [0, 1]


async def test_a_refusal_leaves_nothing_but_its_words(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        await press(desk, col=1)
        await until(lambda: desk.calls("answerCallbackQuery") == 1)
    assert await desk.rows("SELECT 1 FROM toy") == []
    assert await inbox.backlog() == {}


@pytest.mark.parametrize(("word", "then"), [("no", "7=5"), ("gone", "5")])
async def test_a_question_stands_until_its_thing_is_no_more(desk: Desk, word: str, then: str) -> None:
    """After a refusal the next words are its answer; when nothing is left to answer they are said anew."""
    async with desk.bot():
        await desk.act(ANNA, "text", text="/ask 7")
        await until(lambda: desk.texts() == ["?"])
        await desk.act(ANNA, "text", text=word)
        await until(lambda: len(desk.texts()) == 2)
        await desk.act(ANNA, "text", text="5")
        await until(lambda: len(desk.texts()) == 3)
    assert desk.texts()[-1] == then


async def test_a_correction_that_is_refused_gets_its_words_too(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        sent = await desk.act(ANNA, "text", text="one")
        await until(lambda: len(desk.texts()) == 2)
        await desk.act(ANNA, "edit", message_id=sent["message_id"], text="refuse")
        await until(lambda: len(desk.texts()) == 3)
    assert desk.texts()[-1] == words("bot", "ru").text("error.orders.already_taken")


async def test_a_strange_button_gets_a_polite_word(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        await desk.sim.act(ANNA, BOT, "press", message_id=desk.last()["message_id"], data="what:1:2:3")
        await until(lambda: desk.calls("answerCallbackQuery") == 1)
    (answer,) = (call for call in desk.sim.calls if call.method == "answerCallbackQuery")
    assert answer.params["text"] == words("bot", "ru").text("telegram.stale")
    assert desk.texts() == ["n = 0"]


async def test_a_bug_is_tried_again_and_at_last_a_dead_letter_with_an_apology(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await desk.act(ANNA, "text", text="/bug sometimes")
        await until(lambda: "mended" in desk.texts())
        await desk.act(ANNA, "text", text="/bug always")
        await desk.act(BORIS, "start")
        await until(lambda: desk.texts(BORIS) == ["n = 0"])
        await until(lambda: len(desk.texts()) == 3)
        (dead,) = await inbox.dead_letters()
        assert dead.error == "ValueError: a bug"
        await desk.act(ANNA, "text", text="5")
        await until(lambda: desk.texts()[-1] == "5")
    assert [row["what"] for row in await desk.rows("SELECT what FROM toy ORDER BY id")] == ["at last", "message"]


async def test_what_one_message_cannot_hold_goes_on_in_the_next(desk: Desk) -> None:
    words = "слово " * 1500
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(lambda: desk.texts() == ["n = 0"])
        async with work():
            actions.say("customer", ANNA, "toy.echo", {"text": words})
            actions.say("customer", ANNA, "toy.echo", {"text": "и ещё"})
        await until(lambda: desk.texts()[-1] == "и ещё")
    told = desk.texts()[1:-1]
    assert len(told) == 3
    assert " ".join(" ".join(told).split()) == words.strip()


async def test_a_dialogue_outlives_the_process(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await desk.act(ANNA, "text", text="/ask name")
        await until(lambda: desk.texts()[-1:] == ["?"])
    await desk.act(ANNA, "text", text="Anna")
    async with desk.bot():
        await until(lambda: desk.texts()[-1] == "name=Anna")
        await desk.act(ANNA, "text", text="8")
        await until(lambda: desk.texts()[-1] == "8")
    assert desk.texts()[-3:] == ["?", "name=Anna", "8"]


async def test_each_update_three_times_counts_once(desk: Desk) -> None:
    desk.sim.set_faults(duplicate=2)
    async with desk.bot():
        await desk.act(ANNA, "start")
        for n in range(20):
            await desk.act(ANNA, "text", text=str(n))
        await until(lambda: len(desk.texts()) == 21)
        await asyncio.sleep(0.3)
    assert [row["n"] for row in await desk.rows("SELECT n FROM toy ORDER BY id")] == list(range(20))
    assert desk.texts() == ["n = 0", *map(str, range(20))]


async def test_chats_run_in_parallel_and_each_in_its_order(desk: Desk) -> None:
    users = [ANNA, BORIS, *(desk.sim.add_person(1000 + n, f"P{n}") for n in range(20))]
    for user in users:
        await desk.act(user, "start")
    for n in range(10):
        for user in users:
            await desk.act(user, "text", text=str(n))
    async with desk.bot():
        await until(lambda: all(len(desk.texts(user)) == 11 for user in users))
    for user in users:
        assert desk.texts(user) == ["n = 0", *map(str, range(10))]
    rows = await desk.rows("SELECT chat_id, array_agg(n ORDER BY id) AS n FROM toy GROUP BY chat_id")
    assert all(row["n"] == list(range(10)) for row in rows)
    assert len(rows) == len(users)


async def test_a_card_is_one_message_and_the_newest_version_wins(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await desk.act(ANNA, "text", text="/card 5")
        await until(lambda: desk.texts()[-1:] == ["card 4"])
        assert desk.calls("sendMessage") == 2
        await desk.act(ANNA, "text", text="/card 8")
        await until(lambda: desk.texts()[-1:] == ["card 7"])
        assert desk.calls("sendMessage") == 2
        message = desk.last()["message_id"]
        desk.sim.world.chats[f"{BOT}:{ANNA}"].messages[message].deleted = True
        await desk.act(ANNA, "text", text="/card 9")
        await until(lambda: desk.texts()[-1:] == ["card 8"])
        assert desk.last()["message_id"] != message


async def test_a_card_brought_down_with_old_facts_shows_its_newest_version(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await desk.act(ANNA, "text", text="/card 8")
        await until(lambda: desk.texts()[-1:] == ["card 7"])
        message = desk.last()["message_id"]
        await desk.act(ANNA, "text", text="/bring 5")
        await until(lambda: desk.last()["message_id"] > message)
        assert desk.texts()[-1] == "card 7"
        await desk.act(ANNA, "text", text="/card 9")
        await until(lambda: desk.texts()[-1:] == ["card 8"])
    (row,) = await desk.rows("SELECT revision FROM outbox_cards WHERE card = 'card:1'")
    assert row["revision"] == 8


async def test_what_is_shared_no_more_is_ended_twice_without_harm(desk: Desk) -> None:
    async def over(revision: int) -> bool:
        waiting = "SELECT 1 FROM outbox_notices WHERE revision = $1 AND state IN ('sent', 'skipped')"
        return bool(await desk.rows(waiting, revision))

    async with desk.bot():
        await desk.act(ANNA, "start")
        for revision, live in enumerate((900, 0, 0), start=1):
            await desk.act(ANNA, "text", text=f"/share {live} {revision}")
            await until(partial(over, revision))
        assert (desk.calls("sendLocation"), desk.calls("stopMessageLiveLocation")) == (1, 2)
    (row,) = await desk.rows("SELECT revision FROM outbox_cards")
    assert row["revision"] == 3
    assert await outbox.undelivered() == []


async def test_what_another_process_queues_or_accepts_is_seen(desk: Desk) -> None:
    from core.inbox.actions import accept

    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(lambda: len(desk.texts()) == 1)
        taken = dict(actions._senders)
        actions._senders.clear()
        async with work():
            actions.say("customer", ANNA, "toy.echo", {"text": "from afar"})
        actions._senders.update(taken)
        await until(lambda: desk.texts()[-1] == "from afar")
        user = {"id": ANNA, "is_bot": False, "first_name": "A"}
        message = {"message_id": 900, "date": 1, "chat": {"id": ANNA, "type": "private"}, "from": user, "text": "77"}
        import orjson

        await accept("tg:customer", [("999", ANNA, orjson.dumps({"update_id": 999, "message": message}))])
        await until(lambda: desk.texts()[-1] == "77")
    assert desk.texts() == ["n = 0", "from afar", "77"]
    assert [row["n"] for row in await desk.rows("SELECT n FROM toy")] == [77]


@pytest.mark.parametrize(
    ("text", "group", "said"),
    [("/orders", -5, [-5]), ("/orders@another_bot", -5, []), ("так", -5, []), ("/orders", -6, [])],
    ids=["a command", "a command for another bot", "words", "a channel's post"],
)
async def test_a_command_in_the_groups_name_is_told_why_it_is_nobodys(
    desk: Desk, text: str, group: int, said: list[int]
) -> None:
    chat = {"id": -5, "type": "supergroup", "title": "Диспетчерская"}
    bot = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    message = {
        "message_id": 3,
        "date": 1,
        "chat": chat,
        "from": bot,
        "sender_chat": {**chat, "id": group},
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    await desk.rows("INSERT INTO outbox_addresses (party, bot, chat_id, locale, zone) VALUES ($1, $2, $3, 'en', 'UTC')",
                    "group:1", "customer", -5)  # fmt: skip
    async with desk.bot() as service:
        await service.intake.take_all([({"update_id": 77, "message": message}, None)])
        await until(lambda: _done(desk))
        rows = await desk.rows("SELECT chat_id, locale, facts::text AS facts FROM outbox_notices")
    assert [row["chat_id"] for row in rows] == said
    assert {row["locale"] for row in rows} <= {"en"}
    assert all("telegram.anonymous" in row["facts"] for row in rows)


async def _done(desk: Desk) -> bool:
    return bool(await desk.rows("SELECT 1 FROM inbox_deliveries WHERE done_at IS NOT NULL"))
