"""A crowd presses «Беру» at once, each on their own telephone: through the simulator, the technicians' bot, the inbox
and the sender, as fast as Telegram lets a bot speak."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from bot.technician.app import routes
from bot.telegram.limits import Limits
from bot.telegram.service import BotService, BotSettings
from core.dispatch.models import Offer
from core.kernel.actor import SYSTEM, member
from core.kernel.work import work
from core.orders.models import Job
from core.outbox import queries as outbox
from core.people import actions as people
from simulator.app import Simulator, build_app
from tests.bot.conftest import Call
from tests.dispatch.test_races import invite
from tests.telegram.conftest import until

CROWD = 150
LIMIT = 30
"""Messages a second that a bot may send, and the most at once."""
BOT, TOKEN = 502, "502:technician"
LONGEST_S = 60


@asynccontextmanager
async def telegram(folder: Path) -> AsyncIterator[tuple[Simulator, str]]:
    sim = Simulator(folder)
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sim.add_bot(TOKEN, "crowd_technician_bot", "Мастер")
    try:
        yield sim, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def crowd(sim: Simulator) -> dict[int, int]:
    """Technicians with their telephones open at the bot, greeted long ago: member by Telegram id."""
    found = {}
    async with work(SYSTEM):
        for number in range(CROWD):
            user = 5000 + number
            made = await people.add_member("technician", f"Мастер {number}", f"+7918000{number:04}")
            await people.link("technician", user, user, member(made), "ru")
            found[user] = made
    for user in found:
        sim.add_person(user, f"P{user}")
        await sim.act(user, BOT, "start")
    sim.updates.box(BOT).updates.clear()
    return found


def buttons(sim: Simulator, user: int) -> list[str]:
    """What this person can press now, by verb."""
    return [
        button["callback_data"].partition(":")[0]
        for message in sim.history(f"{BOT}:{user}", user, None, 50)
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
        for button in row
        if "callback_data" in button
    ]


@asynccontextmanager
async def bot(url: str, limits: Limits) -> AsyncIterator[None]:
    service = BotService("technician", TOKEN, routes, BotSettings(api=url, limits=limits, poll_s=2))
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def test_a_crowd_accepts_at_once_and_one_has_the_job(call: Call, tmp_path: Path) -> None:
    """Asked at leisure; pressed at once, with Telegram's limits kept on our side and watched on theirs."""
    async with telegram(tmp_path / "simulator") as (sim, url):
        members = await crowd(sim)
        await invite(call.job, list(members.values()), CROWD)
        async with bot(url, Limits.none()):
            await until(lambda: all("offer.accept" in buttons(sim, user) for user in members), LONGEST_S)
        sim.calls.clear()
        sim.set_faults(limits=True)
        await asyncio.gather(*(accept(sim, user) for user in members))
        began = time.monotonic()
        async with bot(url, Limits()):
            await until(lambda: not any("offer.accept" in buttons(sim, user) for user in members), LONGEST_S)
            assert time.monotonic() - began >= (CROWD - LIMIT) / LIMIT
            await until(lambda: answered(sim) == CROWD, LONGEST_S)
    ended = Counter(row.state for row in await Offer.filter(job_id=call.job))
    assert ended == {"accepted": 1, "lost": CROWD - 1}
    [winner] = [row.member_id for row in await Offer.filter(job_id=call.job, state="accepted")]
    assert (await Job.get(id=call.job)).assignee_id == winner
    assert {members[user] for user in members if "job.go" in buttons(sim, user)} == {winner}
    assert [made.error for made in sim.calls if made.error] == []
    assert "technician" not in await outbox.backlog()


async def accept(sim: Simulator, user: int) -> None:
    message, data = next(
        (message["message_id"], button["callback_data"])
        for message in reversed(sim.history(f"{BOT}:{user}", user, None, 50))
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
        for button in row
        if button.get("callback_data", "").startswith("offer.accept:")
    )
    await sim.act(user, BOT, "press", message_id=message, data=data)


def answered(sim: Simulator) -> int:
    return sum(one.method == "answerCallbackQuery" for one in sim.calls)
