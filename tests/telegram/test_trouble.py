"""Telegram in trouble: what is told arrives, in order, at most once where twice is worse."""

from typing import Any

import pytest

from core.company import actions as company
from core.kernel.work import work
from core.outbox import queries as outbox
from core.outbox import sending
from core.outbox.actions import say, tell
from core.outbox.models import Address
from tests.telegram.conftest import ANNA, BORIS, BOT, Desk, until

EIGHT = [str(n) for n in range(8)]


async def talk(desk: Desk, user: int = ANNA, words: list[str] = EIGHT) -> None:
    for text in words:
        await desk.act(user, "text", text=text)


@pytest.mark.parametrize("error", [429, 500, 502, "drop"])
async def test_a_refused_call_is_made_again_in_order(desk: Desk, error: Any) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        desk.sim.set_faults(error=error, methods=["sendMessage"], count=3)
        await talk(desk)
        await until(lambda: desk.texts()[-1] == "7", 30)
    assert desk.texts()[1:] == EIGHT
    assert await outbox.backlog() == {}


@pytest.mark.parametrize("error", ["half", "timeout"])
async def test_an_unknown_outcome_is_sent_again_and_order_holds(desk: Desk, error: str) -> None:
    async with desk.bot(timeout_s=1.0):
        await desk.act(ANNA, "start")
        await until(desk.texts)
        desk.sim.set_faults(error=error, methods=["sendMessage"], count=2)
        await talk(desk)
        await until(lambda: desk.texts()[-1] == "7", 30)
    said = desk.texts()[1:]
    assert [text for at, text in enumerate(said) if at == 0 or said[at - 1] != text] == EIGHT
    assert len(said) == len(EIGHT) + 2


async def test_where_twice_is_worse_an_unknown_outcome_is_left_to_people(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        desk.sim.set_faults(error="half", methods=["sendMessage"], count=1)
        async with work():
            say("customer", ANNA, "toy.echo", {"text": "once"}, on_unknown="skip")
            say("customer", ANNA, "toy.echo", {"text": "after"})
        await until(lambda: desk.texts()[-1] == "after")
        assert desk.texts().count("once") == 1
        await until(lambda: outbox.undelivered())
        (left,) = await outbox.undelivered()
        assert left.state == "unknown"
        async with work():
            assert await sending.retry(left.id)
        await until(lambda: desk.texts()[-1] == "once")
    assert await outbox.undelivered() == []


async def test_a_chat_that_blocks_us_waits_until_they_write_again(desk: Desk) -> None:
    async with work():
        await company.ensure()
    await Address.create(party="contact:1", bot="customer", chat_id=ANNA)
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        await desk.act(ANNA, "block")

        async def blocked() -> bool:
            return len(await outbox.blocked_chats()) == 1

        await until(blocked)
        async with work():
            tell("contact:1", "customer", "toy.echo", {"text": "held back"})
        await desk.act(BORIS, "start")
        await until(lambda: desk.texts(BORIS))
        (chat,) = await outbox.blocked_chats()
        assert chat.waiting == 1
        await desk.act(ANNA, "unblock")
        await desk.act(ANNA, "text", text="1")
        await until(lambda: {"held back", "1"} <= set(desk.texts()))
    assert await outbox.blocked_chats() == []


async def test_a_chat_that_refuses_is_found_out_by_sending(desk: Desk) -> None:
    async with work():
        await company.ensure()
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        desk.sim.set_faults(error=403, methods=["sendMessage"], count=1)
        async with work():
            say("customer", ANNA, "toy.echo", {"text": "held back"})

        async def blocked() -> bool:
            return len(await outbox.blocked_chats()) == 1

        await until(blocked)
        await desk.act(ANNA, "text", text="2")
        await until(lambda: desk.texts()[1:] == ["held back", "2"])
    assert await outbox.blocked_chats() == []


def test_no_second_of_a_bot_holds_more_than_telegram_takes() -> None:
    from bot.telegram.limits import Limits

    pace = Limits().pace()
    assert pace.rate + pace.burst < Limits().per_second


async def test_telegrams_limits_are_kept(desk: Desk) -> None:
    from bot.telegram.limits import Limits

    desk.sim.set_faults(limits=True)
    users = [ANNA, BORIS]
    async with desk.bot(limits=Limits(chat_burst=1)):
        for user in users:
            await desk.act(user, "start")
            await talk(desk, user, ["1", "2"])
        await until(lambda: all(desk.texts(user) == ["n = 0", "1", "2"] for user in users), 30)
    refused = [call for call in desk.sim.calls if call.error and "Too Many" in call.error]
    assert refused == []


async def test_a_broken_screen_is_failed_and_visible_and_the_next_goes_on(desk: Desk) -> None:
    async with desk.bot():
        await desk.act(ANNA, "start")
        await until(desk.texts)
        async with work():
            say("customer", ANNA, "toy.missing", {})
            say("customer", ANNA, "toy.echo", {"text": "<b>not closed"})
        await until(lambda: len(desk.texts()) == 2)
        await until(lambda: outbox.undelivered())
        (failed,) = await outbox.undelivered()
        assert failed.error.startswith("KeyError")
        async with work():
            assert await sending.skip(failed.id)
    assert desk.sim.history(f"{BOT}:{ANNA}", ANNA, None, 10)[-1]["text"].endswith("not closed")
