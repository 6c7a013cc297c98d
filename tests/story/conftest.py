"""The demo as a newcomer starts it: `naryad demo` in a process of its own, shared by all tests of the story."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from naryad.demo import free_port
from naryad.embedded import Servers
from tests.conftest import _administer, _named, numbers
from tests.story.town import PATIENCE, Town

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
async def town(
    servers: Servers, template_database: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    name, folder = f"town_{os.getpid()}_{next(numbers)}", tmp_path_factory.mktemp("town")
    await _administer(servers, f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY FILE_COPY")
    web, page = free_port(0), free_port(0)
    environment = {
        "NARYAD_HOME": str(folder / "home"),
        "NARYAD_DATABASE_URL": _named(servers.database_url, name),
        "NARYAD_REDIS_URL": servers.redis_url,
        "NARYAD_REDIS_PREFIX": f"{name}:",
        "NARYAD_WEB_PORT": str(web),
        "NARYAD_SIMULATOR_PORT": str(page),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "naryad.cli", "demo"], cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log
        )
    rows = await asyncpg.connect(environment["NARYAD_DATABASE_URL"])
    try:
        async with aiohttp.ClientSession() as http:
            one = Town(http, rows, f"http://127.0.0.1:{page}", f"http://127.0.0.1:{web}", folder / "log")
            await _until_open(one, process)
            yield one
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, 60)
        await rows.close()
        await _administer(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    assert code == 0, (folder / "log").read_text()


async def _until_open(town: Town, process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await town.open():
            assert process.poll() is None, town.log.read_text()
            await asyncio.sleep(0.1)
