"""The switches for trouble, Telegram's limits, and repeated or shuffled updates."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from simulator.errors import ActError, ApiError
from simulator.limits import Limits
from tests.simulator.box import ANNA, BORIS, VERA, Served

SAID = {"chat_id": ANNA, "text": "x"}
BAD_MARKUP = "Bad Request: can't parse reply keyboard markup JSON object"
NOT_HTTPS = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"


async def test_it_refuses_as_told_and_does_nothing(served: Served) -> None:
    await served.said()
    for error, wanted in ((429, TelegramRetryAfter), (403, TelegramForbiddenError), (500, TelegramServerError)):
        served.sim.set_faults(error=error, methods=["sendMessage"], count=1)
        with pytest.raises(wanted):
            await served.bot.send_message(ANNA, "x")
    served.sim.set_faults(error=502, methods=[])
    with pytest.raises(Exception, match="decode"):
        await served.bot.get_me()
    served.sim.set_faults(error=None)
    assert len(served.sim.history("100:7", ANNA, None, 10)) == 1


async def test_a_count_runs_out_and_a_bot_or_method_may_be_spared(served: Served) -> None:
    await served.said()
    served.sim.set_faults(error=500, methods=["sendmessage"], bot_id=100, count=2)
    assert await served.bot.get_me()
    for _ in range(2):
        with pytest.raises(TelegramServerError):
            await served.bot.send_message(ANNA, "x")
    assert await served.bot.send_message(ANNA, "x")
    assert served.sim.faults.error is None
    served.sim.set_faults(error=500, bot_id=200, count=None)
    assert await served.bot.get_me()
    served.sim.set_faults(error=500, bot_id=None, probability=0.0)
    assert await served.bot.get_me()


@pytest.mark.parametrize(("fault", "kept"), [("half", True), ("timeout", True), ("drop", False)])
async def test_an_unknown_outcome(served: Served, fault: str, kept: bool) -> None:
    """The caller learns nothing; with "half" and "timeout" the message is there all the same."""
    await served.said()
    served.sim.set_faults(error=fault, methods=["sendMessage"], count=1)
    with pytest.raises(TelegramNetworkError):
        await served.bot.send_message(ANNA, "x", request_timeout=2)
    shown = served.sim.history("100:7", ANNA, None, 1)[0]
    assert (shown["text"] == "x") is kept
    assert await served.bot.send_message(ANNA, "y")


async def test_a_delay_delays(served: Served) -> None:
    served.sim.set_faults(delay_ms=300)
    began = time.monotonic()
    await served.bot.get_me()
    assert time.monotonic() - began >= 0.3


async def test_every_update_comes_again(served: Served) -> None:
    served.sim.set_faults(duplicate=2)
    await served.sim.act(ANNA, 100, "start")
    found = await served.bot.get_updates()
    assert len(found) == 3
    assert len({update.update_id for update in found}) == 1


async def test_shuffling_keeps_each_chat_in_order(served: Served) -> None:
    served.sim.set_faults(reorder=True)
    for number in range(20):
        for person in (ANNA, BORIS, VERA):
            await served.sim.act(person, 100, "text", text=str(number))
    found = await served.bot.get_updates()
    ids = [update.update_id for update in found]
    assert len(ids) == 60
    assert ids != sorted(ids)
    for person in (ANNA, BORIS, VERA):
        said = [u.message.text for u in found if u.message and u.message.chat.id == person]
        assert said == [str(number) for number in range(20)]


async def test_limits_are_enforced_when_switched_on(served: Served) -> None:
    chat_id = served.sim.add_group("Цех", members=[VERA], bots=[100])
    served.sim.set_faults(limits=True)
    for _ in range(20):
        await served.bot.send_message(chat_id, "x")
    with pytest.raises(TelegramRetryAfter) as refused:
        await served.bot.send_message(chat_id, "x")
    assert 50 <= refused.value.retry_after <= 60
    assert await served.bot.get_chat(chat_id)
    served.sim.set_faults(limits=False)
    assert await served.bot.send_message(chat_id, "x")


def test_limits_slide() -> None:
    now = [0.0]
    limits = Limits(lambda: now[0])
    for _ in range(5):
        limits.spend(1, "1:7", group=False)
    with pytest.raises(ApiError):
        limits.spend(1, "1:7", group=False)
    for chat in range(25):
        limits.spend(1, f"1:{chat + 100}", group=False)
    with pytest.raises(ApiError):
        limits.spend(1, "1:999", group=False)
    limits.spend(2, "2:7", group=False)
    now[0] = 5.1
    limits.spend(1, "1:7", group=False)


@pytest.mark.parametrize(
    "wrong",
    [{"error": 418}, {"probability": 2}, {"delay_ms": -1}, {"count": 0}, {"nonsense": 1}, {"reorder": "yes"},
     {"error": []}, {"bot_id": "x"}, {"methods": "sendMessage"}],
)  # fmt: skip
async def test_an_impossible_switch_changes_nothing(served: Served, wrong: dict[str, object]) -> None:
    before = served.sim.faults.as_json()
    status, body = await served.post("/sim/faults", {"delay_ms": 5, **wrong})
    assert (status, body["code"]) == (400, "bad_fault")
    assert served.sim.faults.as_json() == before
    with pytest.raises(ActError):
        served.sim.set_faults(**wrong)


@pytest.mark.parametrize(
    ("method", "body", "status", "description"),
    [
        ("sendMessage", {}, 400, "Bad Request: chat_id is empty"),
        ("sendMessage", {"chat_id": 7}, 400, "Bad Request: message text is empty"),
        ("sendMessage", {"chat_id": "@nobody", "text": "x"}, 400, "Bad Request: chat not found"),
        ("sendMessage", SAID | {"parse_mode": "BBCode"}, 400, "Bad Request: unsupported parse_mode"),
        ("sendMessage", SAID | {"reply_markup": "{"}, 400, BAD_MARKUP),
        ("sendMessage", SAID | {"reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}}, 400, BAD_MARKUP),
        ("setWebhook", {"url": "http://example.com"}, 400, NOT_HTTPS),
        ("sendPoll", {"chat_id": 7}, 501, "Not Implemented: the simulator has no sendPoll"),
        ("makeCoffee", {}, 404, "Not Found: method not found"),
    ],
)  # fmt: skip
async def test_bad_calls_get_telegrams_answers(
    served: Served, method: str, body: dict[str, object], status: int, description: str
) -> None:
    await served.said()
    got, answer = await served.post(f"/bot100:customer/{method}", body)
    assert (got, answer["description"]) == (status, description)
    assert answer["ok"] is False


async def test_every_way_to_call_works(served: Served) -> None:
    await served.said()
    url = f"{served.url}/bot100:customer/SENDMESSAGE"
    async with served.http.get(url, params={"chat_id": "7", "text": "get"}) as answer:
        assert (await answer.json())["result"]["text"] == "get"
    async with served.http.post(url, data={"chat_id": "7", "text": "form"}) as answer:
        assert (await answer.json())["result"]["text"] == "form"
    form = aiohttp.FormData({"text": "multi"})
    form.add_field("chat_id", "7", content_type="text/plain")
    async with served.http.post(url, data=form) as answer:
        assert (await answer.json())["result"]["text"] == "multi"
    async with served.http.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400
    async with served.http.get(f"{served.url}/bot999:nobody/getMe") as answer:
        assert answer.status == 401


async def test_a_poll_ends_when_the_simulator_stops(served: Served) -> None:
    waiting = asyncio.create_task(served.bot.get_updates(timeout=30))
    while not served.sim.updates.box(100).poller:
        await asyncio.sleep(0.01)
    served.sim.let_go()
    assert await asyncio.wait_for(waiting, 5) == []


async def test_a_poll_is_refused_while_a_webhook_is_set(served: Served) -> None:
    await served.bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Exception, match="can't use getUpdates method while webhook is active"):
        await served.bot.get_updates()
    await served.bot.delete_webhook()
    assert await served.bot.get_updates() == []
    with pytest.raises(TelegramBadRequest, match="secret token contains unallowed characters"):
        await served.bot.set_webhook("https://example.com", secret_token="no way!")
