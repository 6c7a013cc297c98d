"""A newcomer's first hour: the real `naryad run` on an empty database, from the administrator's code to a job taken;
as one process, and split into three that share nothing but the servers and the folder.

Telegram is the simulator in this process, polled as Telegram would be; the page is read over HTTP as a browser does.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from naryad.demo import free_port
from naryad.demo.player import Player, words_of
from simulator.app import Simulator, build_app
from tests.naryad.browser import Browser

ROOT = Path(__file__).parents[2]
TOKENS = {"customer": "601:customer", "technician": "602:technician", "dispatcher": "603:dispatcher"}
BOT = {name: int(token.partition(":")[0]) for name, token in TOKENS.items()}
ANNA, PYOTR, OLGA = 7001, 7101, 7201
PHONE = "+79161234567"
ARBAT = {"name": "Магазин на Арбате", "address": "Арбат, 10", "lat": "55.7520", "lon": "37.5925"}
LONGEST_S = 180


@dataclass
class Live:
    """The desk's processes and all that stands around them."""

    sim: Simulator
    base: str
    settings: dict[str, str]
    processes: "list[subprocess.Popen[bytes]]"
    log: Path

    async def begun(self, http: aiohttp.ClientSession) -> None:
        while True:
            assert all(one.poll() is None for one in self.processes), self.log.read_text()
            try:
                async with http.get(f"{self.base}/healthz") as answer:
                    if answer.status == 200 and all(f"owner of bot:{name}" in self.log.read_text() for name in TOKENS):
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


@pytest.fixture(params=["", "bot web worker"], ids=["whole", "split"])
async def live(
    empty_database_url: str, redis_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Live]:
    sim = Simulator(tmp_path / "simulator")
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for name, token in TOKENS.items():
        sim.add_bot(token, f"first_{name}_bot", name)
    for number, name, phone in (
        (ANNA, "Анна", "+79160000001"),
        (PYOTR, "Пётр", "+79160000002"),
        (OLGA, "Ольга", PHONE),
    ):
        sim.add_person(number, name, phone=phone)
    port, log = free_port(0), tmp_path / "log"
    settings = {
        **{f"NARYAD_{name.upper()}_TOKEN": token for name, token in TOKENS.items()},
        "NARYAD_HOME": str(tmp_path / "home"),
        "NARYAD_DATABASE_URL": empty_database_url,
        "NARYAD_REDIS_URL": redis_url,
        "NARYAD_TELEGRAM_API": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "NARYAD_WEB_PORT": str(port),
        "NARYAD_LOG_FORMAT": "json",
        "NARYAD_STRICT_WORDS": "1",
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NARYAD_")}
    with log.open("wb") as out:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "naryad.cli", "run", *part],
                cwd=ROOT,
                env=clean | settings,
                stdout=out,
                stderr=out,
            )
            for part in [[one] for one in request.param.split()] or [[]]
        ]
    try:
        yield Live(sim, f"http://127.0.0.1:{port}", settings, processes, log)
    finally:
        for one in processes:
            one.send_signal(signal.SIGTERM)
        codes = [await asyncio.to_thread(one.wait, 30) for one in processes]
        await runner.cleanup()
    assert not any(codes), log.read_text()
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [line for line in lines if line["level"] in ("error", "critical")] == []


async def test_an_empty_desk_takes_its_first_order(
    live: Live, naryad: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with asyncio.timeout(LONGEST_S), aiohttp.ClientSession(cookie_jar=jar) as http:
        await live.begun(http)
        told = await asyncio.to_thread(naryad, "admin", **live.settings)
        group = await becomes_administrator(live, re.search(r"/start (\S+)", told.stdout)[1])  # type: ignore[index]
        browser = Browser(http, live.base)
        await sign_in(live, browser)
        invite = await fill_the_desk(browser)
        technician = await begins_to_work(live, invite)
        customer = await orders(live)
        number = int((await customer.button("order.chat"))[1].split(":")[1])
        await technician.button("offer.accept")
        await group.wait(lambda: "📨 Спросили: Пётр Ильин" in card_of(group, number), "the card of an offered order")
        await technician.choose("✅ Беру")
        await technician.button("job.go")
        await group.wait(lambda: "👷 Пётр Ильин" in card_of(group, number), "the card with its technician")
        await browser.go(f"/admin/orders/{number}")
        assert "Пётр Ильин" in browser.page


async def becomes_administrator(live: Live, code: str) -> Player:
    """`/start CODE`, then `/bind` in a group that she has made."""
    anna = Player(live.sim, ANNA, BOT["dispatcher"])
    await anna.do("start", payload=code)
    await anna.message("/admin")
    chat = live.sim.add_group("Диспетчерская", True, [ANNA], [BOT["dispatcher"]])
    group = Player(live.sim, ANNA, chat)
    await group.say("/bind")
    await group.message("Диспетчерская", "✅")
    return group


async def sign_in(live: Live, browser: Browser) -> None:
    """No public address: the link is told in words, for this machine."""
    anna = Player(live.sim, ANNA, BOT["dispatcher"])
    await anna.say("/admin")
    told = words_of(await anna.message(f"{live.base}/admin/login/"))
    assert f"ssh -N -L {live.base.rpartition(':')[2]}:127.0.0.1" in told
    link = re.search(r"http://\S+", told)
    assert link is not None
    await browser.go(link[0])
    await browser.send(link[0].removeprefix(live.base))
    assert browser.at == "/admin/"


async def fill_the_desk(browser: Browser) -> str:
    """A technician with an invite, whose command is returned, and a customer with a site and a contact."""
    await browser.go("/admin/people/new")
    await browser.send("/admin/people/new", name="Пётр Ильин", phone="+79160000002", role="technician")
    await browser.send(f"{browser.at}/invite/technician")
    invite = re.search(r"start=(i_[\w-]+)|/start (i_[\w-]+)", browser.page)
    assert invite is not None
    await browser.go("/admin/customers/new")
    await browser.send("/admin/customers/new", name="Азбука")
    customer = browser.at
    await browser.send(f"{customer}/contacts", name="Ольга Белова", phone=PHONE)
    await browser.go(f"{customer}/sites/new")
    await browser.send(f"{customer}/sites/new", **ARBAT)
    return invite[1] or invite[2]


async def begins_to_work(live: Live, invite: str) -> Player:
    pyotr = Player(live.sim, PYOTR, BOT["technician"])
    await pyotr.do("start", payload=invite)
    await pyotr.message("Пётр")
    await pyotr.say("/shift")
    await pyotr.message("🟢")
    return pyotr


async def orders(live: Live) -> Player:
    """She is known by her telephone number, and her site by the company that she belongs to."""
    olga = Player(live.sim, OLGA, BOT["customer"])
    await olga.do("start")
    await olga.press("consent.yes")
    await olga.wait(lambda: olga.asked_for("contact"), "the question for her number")
    await olga.do("contact", own=True)
    await olga.message("Ольга Белова")
    await olga.say("Витрина не холодит")
    await olga.press("new.urgency", "urgent")
    await olga.press("new.when", "soon")
    await olga.press("new.send")
    return olga


def card_of(group: Player, number: int) -> str:
    """What the one card in the order's topic says; nothing before both are there."""
    topics = [m for m in group.history() if f"№\xa0{number} " in m.get("forum_topic_created", {}).get("name", "")]
    cards = [m for m in group.history() if f"Заявка №\xa0{number} " in words_of(m)]
    assert len(topics) <= 1
    assert len(cards) <= 1
    if not topics or not cards or cards[0]["message_thread_id"] != topics[0]["message_thread_id"]:
        return ""
    return words_of(cards[0])
