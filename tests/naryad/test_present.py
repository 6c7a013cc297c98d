"""Every part of a desk learns its bots' names, for links; only where the bots run they are introduced to Telegram."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from core.kernel.links import links
from naryad.app import Running, _present
from naryad.settings import load
from simulator.app import Simulator, build_app

TOKENS = {"customer": "611:unknown", "technician": "612:technician", "dispatcher": "613:dispatcher"}
KNOWN = {"technician": "worker_bot", "dispatcher": "desk_bot"}


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Simulator]:
    """Telegram, which does not know the first of our three tokens."""
    sim = Simulator(tmp_path / "simulator")
    runner = web.AppRunner(build_app(sim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for name, username in KNOWN.items():
        sim.add_bot(TOKENS[name], username, name)
    monkeypatch.setattr(links, "bots", {})
    monkeypatch.setenv("NARYAD_TELEGRAM_API", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("NARYAD_HOME", str(tmp_path / "home"))
    for name, token in TOKENS.items():
        monkeypatch.setenv(f"NARYAD_{name.upper()}_TOKEN", token)
    yield sim
    await runner.cleanup()


@pytest.mark.parametrize(("part", "spoken"), [("worker", False), ("web", False), ("bot", True)])
async def test_names_are_learnt_though_one_token_is_wrong(town: Simulator, part: str, spoken: bool) -> None:
    running = Running(load(), frozenset({part}))

    def told() -> list[bool]:
        return [bool(town.world.bots[int(TOKENS[name].partition(":")[0])].commands) for name in KNOWN]

    job = asyncio.create_task(_present(running))
    async with asyncio.timeout(60):
        while links.bots != KNOWN or (spoken and not all(told())):
            assert not job.done()
            await asyncio.sleep(0.02)
    running.stop.set()
    await job
    assert told() == [spoken, spoken]
