"""What survives an end of the process: everything after a clean one, all that was answered after kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiogram.exceptions import TelegramBadRequest

from simulator.app import Simulator
from simulator.store import GAP
from tests.simulator.box import ANNA, BORIS, TOKEN, VERA, bot_at, populate, serve

ROOT = Path(__file__).parents[2]


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    sim, runner, url = await serve(tmp_path)
    populate(sim)
    group = sim.add_group("Диспетчерская", members=[VERA, BORIS], bots=[200])
    bot = bot_at(url, TOKEN)
    await sim.act(ANNA, 100, "start")
    sent = await bot.send_message(ANNA, "<b>1</b>", parse_mode="HTML")
    await sim.act(ANNA, 100, "react", message_id=sent.message_id, emoji="👍")
    await bot.set_my_commands([{"command": "orders", "description": "Заявки"}])
    topic = await sim.act(VERA, group, "new_topic", name="Т")
    await sim.set_clock(3600)
    await bot.session.close()
    before = sim.state(), sim.history("100:7", ANNA, None, 50), sim.history(group, VERA, None, 50)
    await runner.cleanup()

    again, runner, url = await serve(tmp_path)
    after = again.state(), again.history("100:7", ANNA, None, 50), again.history(group, VERA, None, 50)
    for state in (before[0], after[0]):
        del state["clock"]["now"]
    assert before == after
    bot = bot_at(url, TOKEN)
    assert [u.message.text for u in await bot.get_updates() if u.message] == ["/start"]
    assert (await bot.send_message(ANNA, "2")).message_id == sent.message_id + 1
    assert topic["thread_id"] in again.world.chats[str(group)].topics
    await bot.session.close()
    await runner.cleanup()


async def test_confirmed_updates_stay_confirmed(tmp_path: Path) -> None:
    sim, runner, url = await serve(tmp_path)
    populate(sim)
    bot = bot_at(url, TOKEN)
    await sim.act(ANNA, 100, "text", text="1")
    await sim.saved()
    [update] = await bot.get_updates()
    await bot.get_updates(offset=update.update_id + 1)
    await sim.act(ANNA, 100, "text", text="2")
    await bot.session.close()
    await runner.cleanup()
    again = Simulator(tmp_path)
    waiting = again.updates.box(100).updates
    assert [body["message"]["text"] for body in waiting.values()] == ["2"]
    await again.stop()


async def test_reset_forgets_talks_on_disk_too(tmp_path: Path) -> None:
    sim = Simulator(tmp_path)
    populate(sim)
    group = sim.add_group("Диспетчерская", members=[VERA], bots=[200])
    await sim.act(ANNA, 100, "start")
    await sim.act(VERA, group, "new_topic", name="Т")
    await sim.saved()
    await sim.reset()
    await sim.stop()
    again = Simulator(tmp_path)
    assert list(again.world.chats) == [str(group)]
    chat = again.world.chats[str(group)]
    assert (chat.topics, chat.messages) == ({}, {})
    assert chat.present() == [VERA, 200]
    assert not again.updates.box(100).updates
    assert set(again.world.people) == {ANNA, BORIS, VERA}
    assert (await again.act(ANNA, 100, "start"))["message_id"] == 2
    await again.stop()


@asynccontextmanager
async def process(home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--port", "0", "--home", str(home),
        "--bot", f"{TOKEN}=naryad_customer_bot=Заявки",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        yield child, (await asyncio.wait_for(child.stdout.readline(), 60)).decode().strip()
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """Acts answered to the page are all there, and no message or update id is given out twice."""
    said: list[int] = []
    async with process(tmp_path) as (child, url), aiohttp.ClientSession() as http:
        person = {"id": ANNA, "first_name": "Анна", "role": "customer"}
        await (await http.post(f"{url}/sim/people", json=person)).json()

        async def talk() -> None:
            while True:
                act = {"as": ANNA, "chat": "100:7", "do": "text", "text": str(len(said))}
                async with http.post(f"{url}/sim/act", json=act) as answer:
                    said.append((await answer.json())["message_id"])
                    if len(said) == 150:
                        os.kill(child.pid, signal.SIGKILL)

        with pytest.raises(aiohttp.ClientError):
            await talk()
    async with process(tmp_path) as (_, url):
        bot = bot_at(url, TOKEN)
        found = []
        while batch := await bot.get_updates(offset=found[-1].update_id + 1 if found else None):
            found += batch
        heard = [update.message.message_id for update in found if update.message]
        assert heard[: len(said)] == said
        fresh = await bot.send_message(ANNA, "снова тут")
        assert fresh.message_id >= said[-1] + GAP
        with pytest.raises(TelegramBadRequest, match="message to edit not found"):
            await bot.edit_message_text("x", chat_id=ANNA, message_id=said[-1] + 5)
        await bot.session.close()
