"""The page's doors: who may enter, what is shown, events, the clock, the story, the call log."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
import pytest
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonWebApp,
    ReplyKeyboardMarkup,
    WebAppInfo,
)
from aiogram.utils.web_app import safe_parse_webapp_init_data

from simulator.app import Simulator
from simulator.errors import ActError
from simulator.guard import is_loopback
from tests.simulator.box import ANNA, BORIS, TOKEN, VERA, Served


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/sim/state", "/bot100:customer/getMe", "/static/index.html"])
async def test_only_this_computer_may_enter(served: Served, headers: dict[str, str], status: int, path: str) -> None:
    async with served.http.get(served.url + path, headers=headers) as answer:
        assert answer.status == status


async def test_the_pages_own_origin_may_enter(served: Served) -> None:
    async with served.http.get(f"{served.url}/sim/state", headers={"Origin": served.url}) as answer:
        assert answer.status == 200


def test_loopback_addresses() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")))
    assert not any(map(is_loopback, ("10.0.0.1", "192.168.1.2", "::ffff:10.0.0.1", "8.8.8.8", "", "x")))


async def test_the_page_and_its_words(served: Served) -> None:
    async with served.http.get(f"{served.url}/") as answer:
        assert "<html" in await answer.text()
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for query in ("?lang=ru", "?lang=en", "?lang=../../etc/passwd", ""):
        assert "title" in await served.get(f"/sim/i18n{query}")


async def test_the_state_says_who_is_here(served: Served) -> None:
    await served.said()
    served.sim.links["admin"] = "http://127.0.0.1:1/admin"
    state = await served.get("/sim/state")
    assert [bot["username"] for bot in state["bots"]] == ["naryad_customer_bot", "naryad_dispatcher_bot"]
    anna = state["people"][0]
    assert (anna["first_name"], anna["phone"], anna["role"]) == ("Анна", "+79990001122", "customer")
    [chat] = state["chats"]
    assert (chat["type"], chat["bot_id"], chat["user_id"], chat["title"]) == ("private", 100, ANNA, "Заявки")
    assert state["links"]["admin"]
    assert state["story"] == {
        "running": False, "available": False, "error": None, "step": None, "no": 0, "of": None, "speed": 1.0,
    }  # fmt: skip


async def test_messages_come_page_by_page(served: Served) -> None:
    for number in range(5):
        await served.sim.act(ANNA, 100, "text", text=str(number))
    newest = (await served.get(f"/sim/chats/100:7/messages?as={ANNA}&limit=2"))["messages"]
    assert [m["text"] for m in newest] == ["3", "4"]
    older = await served.get(f"/sim/chats/100:7/messages?as={ANNA}&limit=2&before={newest[0]['message_id']}")
    assert [m["text"] for m in older["messages"]] == ["1", "2"]
    assert all(m["sim"]["out"] for m in newest)
    assert (await served.get("/sim/chats/100:8/messages?as=8"))["messages"] == []
    assert (await served.get("/sim/chats/100:7/messages?as=x"))["code"] == "bad_request"


async def test_unread_is_counted_and_cleared(served: Served) -> None:
    await served.said()
    await served.bot.send_message(ANNA, "1")
    await served.bot.send_message(ANNA, "2")
    assert (await served.get("/sim/state"))["chats"][0]["unread"] == {str(ANNA): 2}
    await served.post("/sim/read", {"as": ANNA, "chat": "100:7"})
    assert (await served.get("/sim/state"))["chats"][0]["unread"] == {}


async def test_events_reach_the_page_as_they_happen(served: Served) -> None:
    async with served.http.get(f"{served.url}/sim/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        await served.sim.act(ANNA, 100, "start")
        sent = await served.bot.send_message(ANNA, "<i>x</i>", parse_mode="HTML")
        await sent.edit_text("y")
        await sent.delete()
        await served.bot.send_chat_action(ANNA, "typing")
        await served.sim.set_clock(60)
        served.sim.set_faults(delay_ms=0)
        kinds: list[str] = []
        events: list[Any] = []
        while kinds[-1:] != ["faults"]:
            line = await asyncio.wait_for(stream.content.readline(), 10)
            if line.startswith(b"data: "):
                events.append(orjson.loads(line[6:]))
                kinds.append(events[-1]["type"])
    assert {"chat", "message", "edit", "delete", "call", "clock", "faults"} == set(kinds)
    [bots] = [e for e in events if e["type"] == "message" and e["message"]["from"]["is_bot"]]
    assert bots["message"]["sim"]["html"] == "<i>x</i>"
    assert any(e["type"] == "chat" and e.get("action") == "typing" for e in events)
    called = next(e for e in events if e["type"] == "call")
    assert (called["bot_id"], called["method"], called["ok"]) == (100, "sendMessage", True)


async def test_a_page_that_falls_behind_is_let_go(served: Served) -> None:
    queue = served.sim.hub.join()
    for number in range(3000):
        served.sim.hub.send("state", number=number)
    assert not served.sim.hub
    last = None
    while not queue.empty():
        last = queue.get_nowait()
    assert last is None


async def test_the_call_log_tells_errors(served: Served) -> None:
    await served.post("/bot100:customer/sendMessage", {"chat_id": 4242, "text": "x" * 100})
    [call] = (await served.get("/sim/calls?limit=1"))["calls"]
    assert (call["method"], call["ok"], call["error"]) == ("sendMessage", False, "Bad Request: chat not found")
    assert len(call["params"]) < 100


def fields(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).fragment).items()}


async def test_a_mini_app_is_opened_with_data_signed_as_telegram_does(served: Served) -> None:
    await served.said()
    app = WebAppInfo(url="http://127.0.0.1:8080/app/customer/sign?order=1")
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Подписать", web_app=app)]])
    sent = await served.bot.send_message(ANNA, "Акт", reply_markup=markup)
    await served.bot.set_chat_menu_button(menu_button=MenuButtonWebApp(text="Меню", web_app=app))
    opened = await served.sim.act(ANNA, 100, "web_app", message_id=sent.message_id, row=0, col=0)
    from_menu = await served.sim.act(ANNA, 100, "web_app", menu=True)
    for url in (opened["url"], from_menu["url"]):
        assert url.startswith("http://127.0.0.1:8080/app/customer/sign?order=1#")
        launch = fields(url)
        assert launch["tgWebAppPlatform"] == "web"
        assert orjson.loads(launch["tgWebAppThemeParams"])["bg_color"]
        data = safe_parse_webapp_init_data(TOKEN, launch["tgWebAppData"])
        assert data.user is not None
        assert (data.user.id, data.user.first_name, data.user.language_code) == (ANNA, "Анна", "ru")
        with pytest.raises(ValueError, match="Invalid init data"):
            safe_parse_webapp_init_data("200:dispatcher", launch["tgWebAppData"])
    with pytest.raises(ActError, match="menu button opens no Mini App"):
        await served.sim.act(ANNA, 200, "web_app", menu=True)


async def test_a_mini_app_from_the_reply_keyboard_gets_no_data_but_may_send_some(served: Served) -> None:
    await served.said()
    button = KeyboardButton(text="Форма", web_app=WebAppInfo(url="https://example.com/form"))
    await served.bot.send_message(ANNA, "?", reply_markup=ReplyKeyboardMarkup(keyboard=[[button]]))
    opened = await served.sim.act(ANNA, 100, "web_app", row=0, col=0)
    assert "tgWebAppData" not in fields(opened["url"])
    await served.sim.act(ANNA, 100, "web_app_data", data="{}", button_text="Форма")
    [update] = await served.updates()
    assert update.message is not None
    assert update.message.web_app_data is not None
    assert update.message.web_app_data.button_text == "Форма"


async def test_people_and_groups_are_made_on_the_page(served: Served) -> None:
    _, person = await served.post("/sim/people", {"first_name": "Глеб", "username": "gleb", "role": "customer"})
    _, same = await served.post("/sim/people", {"first_name": "Глеб", "username": "gleb"})
    assert person["id"] == same["id"]
    group = {"title": "Цех", "forum": True, "members": [VERA, person["id"]], "bots": [200]}
    _, made = await served.post("/sim/groups", group)
    assert (await served.other.get_chat(made["id"])).title == "Цех"
    for wrong in (
        {"members": [1]},
        {"title": "x", "members": [424242]},
        {"title": "x"},
        {"title": "x", "members": ["a"]},
    ):
        status, body = await served.post("/sim/groups", wrong)
        assert (status, body["ok"]) == (400, False)
    for wrong in ({}, {"first_name": "x", "role": "king"}):
        assert (await served.post("/sim/people", wrong))[0] == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"as": ANNA, "chat": "100:7"},
        {"as": "x", "chat": "100:7", "do": "text"},
        {"as": 4242, "chat": "100:7", "do": "text", "text": "x"},
        {"as": ANNA, "chat": "100:8", "do": "text", "text": "x"},
        {"as": ANNA, "chat": "999:7", "do": "text", "text": "x"},
        {"as": ANNA, "chat": "-1", "do": "text", "text": "x"},
        {"as": ANNA, "chat": None, "do": "text", "text": "x"},
        {"as": ANNA, "chat": "100:7", "do": "fly"},
        {"as": ANNA, "chat": "100:7", "do": "text"},
        {"as": ANNA, "chat": "100:7", "do": "text", "text": " "},
        {"as": ANNA, "chat": "100:7", "do": "text", "text": 5},
        {"as": ANNA, "chat": "100:7", "do": "text", "text": "x", "reply_to": "y"},
        {"as": ANNA, "chat": "100:7", "do": "text", "text": "x", "thread": 5},
        {"as": ANNA, "chat": "100:7", "do": "text", "text": "x", "thread": []},
        {"as": ANNA, "chat": "100:7", "do": "press", "message_id": 1},
        {"as": ANNA, "chat": "100:7", "do": "press", "row": 0, "col": 0},
        {"as": ANNA, "chat": "100:7", "do": "location", "lat": "x", "lon": 1},
        {"as": ANNA, "chat": "100:7", "do": "location", "lat": 1, "lon": 1, "live_period": 5},
        {"as": ANNA, "chat": "100:7", "do": "photo", "duration": "x"},
        {"as": ANNA, "chat": "100:7", "do": "move", "message_id": 1, "lat": 1, "lon": 1},
        {"as": ANNA, "chat": "100:7", "do": "share_users", "user_ids": ["x"], "request_id": 1},
        {"as": ANNA, "chat": "100:7", "do": "share_chat", "chat_id": 1, "request_id": 1},
        {"as": ANNA, "chat": "100:7", "do": "web_app_data", "data": ""},
        {"as": ANNA, "chat": "100:7", "do": "add_bot", "bot_id": 200},
        {"as": ANNA, "chat": "100:7", "do": "new_topic", "name": "x"},
    ],
)
async def test_an_impossible_act_is_refused_with_a_reason(served: Served, wrong: dict[str, Any]) -> None:
    status, body = await served.post("/sim/act", wrong)
    assert status == 400
    assert body["ok"] is False
    assert body["code"]
    assert body["error"]


async def test_bodies_that_are_no_json(served: Served) -> None:
    for data in (b"{", b"[]", b"\xff"):
        async with served.http.post(f"{served.url}/sim/act", data=data) as answer:
            assert answer.status == 400
    form = aiohttp.FormData()
    form.add_field("payload", "nonsense")
    form.add_field("file", b"x", filename="x")
    async with served.http.post(f"{served.url}/sim/act", data=form) as answer:
        assert answer.status == 400


async def test_moving_the_clock_tells_the_desk(served: Served) -> None:
    heard: list[float] = []

    async def on_clock(offset: float) -> None:
        heard.append(offset)

    served.sim.on_clock = on_clock
    assert (await served.post("/sim/clock", {"advance_s": 90}))[1]["offset_s"] == 90
    assert (await served.post("/sim/clock", {"advance_s": 10}))[1]["offset_s"] == 100
    assert (await served.post("/sim/clock", {"offset_s": 0}))[1]["offset_s"] == 0
    assert heard == [90, 100, 0]
    for wrong in ({}, {"offset_s": "x"}, {"advance_s": 1e12}, {"offset_s": True}):
        assert (await served.post("/sim/clock", wrong))[0] == 400


async def test_the_story_is_played_and_stopped(served: Served) -> None:
    assert (await served.post("/sim/story", {"action": "start"}))[1]["code"] == "no_story"
    ended = asyncio.Event()

    async def story(sim: Simulator) -> AsyncGenerator[str | dict[str, Any], None]:
        try:
            yield {"text": "Анна пишет", "of": 2}
            await sim.act(ANNA, 100, "start")
            await sim.stage.rest(5)
            yield "Борис отвечает"
            await sim.act(BORIS, 100, "start")
            await sim.stage.rest(3600)
        finally:
            ended.set()

    queue = served.sim.hub.join()
    served.sim.give_story(story)
    given = orjson.loads(await asyncio.wait_for(queue.get(), 10) or b"{}")
    assert (given["type"], given["available"], given["running"]) == ("story", True, False)
    assert (await served.post("/sim/story", {"action": "start", "speed": 100}))[1]["story"]["running"]
    assert (await served.post("/sim/story", {"action": "start"}))[1]["code"] == "story_runs"
    steps = []
    while len(steps) < 2:
        event = orjson.loads(await asyncio.wait_for(queue.get(), 10) or b"{}")
        steps += [event] if event["type"] == "story" else []
    assert [(step["step"], step["no"]) for step in steps] == [("Анна пишет", 1), ("Борис отвечает", 2)]
    assert steps[0]["of"] == 2
    stopped = await served.post("/sim/story", {"action": "stop"})
    assert stopped[1]["story"]["running"] is False
    assert ended.is_set()
    assert (await served.post("/sim/story", {"action": "dance"}))[0] == 400
    assert (await served.post("/sim/story", {"action": "start", "speed": 0}))[0] == 400


async def test_a_story_that_fails_says_so_on_the_page_and_may_be_played_again(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(sim: Simulator) -> AsyncGenerator[str, None]:
        yield "Анна пишет"
        raise ActError("no_button", "there is no button “Да”")

    served.sim.give_story(story)
    for _ in range(2):
        await served.post("/sim/story", {"action": "start", "speed": 1000})
        async with asyncio.timeout(10):
            while (told := served.sim.story_state())["running"]:
                await asyncio.sleep(0.01)
        assert told["error"] == "there is no button “Да”"
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_a_step_stands_as_long_as_it_takes_to_read(served: Served) -> None:
    """However quickly it is acted out: 140 letters take ten seconds, a hundredth of that at this speed."""

    async def story(sim: Simulator) -> AsyncGenerator[dict[str, Any], None]:
        yield {"text": {"ru": "о" * 140, "en": "o"}}
        yield {"text": {"ru": "всё", "en": "all"}}

    served.sim.give_story(story)
    queue, told = served.sim.hub.join(), []
    await served.post("/sim/story", {"action": "start", "speed": 100})
    while len(told) < 2:
        event = orjson.loads(await asyncio.wait_for(queue.get(), 10) or b"{}")
        told += [asyncio.get_running_loop().time()] if event["type"] == "story" else []
    assert told[1] - told[0] > 0.09
    await served.sim.stage.wait()


async def test_reset_clears_chats_but_not_people(served: Served) -> None:
    await served.said()
    assert (await served.post("/sim/reset", {}))[0] == 200
    state = await served.get("/sim/state")
    assert state["chats"] == []
    assert len(state["people"]) == 3
    assert await served.bot.get_updates() == []
