"""The demo is started, stopped and started again: what was there is there, and starting over leaves nothing of it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from naryad.commands.demo import forget
from naryad.demo import free_port
from naryad.demo.screen import say
from naryad.embedded.ownership import owned
from naryad.errors import OperatorError

ROOT = Path(__file__).parents[2]
LONGEST_S = 120
ENDED = "=== ended ===\n"
COUNTED = ("orders_orders", "people_members", "people_accounts", "assets_assets", "chats_dispatch_groups")


@asynccontextmanager
async def demo(home: Path, log: Path, *options: str, **servers: str) -> AsyncIterator[int]:
    """`naryad demo` in a process of its own, until all of it has begun; ended as with Ctrl-C. Yields the web's port."""
    port = free_port(0)
    environment = servers | {
        "NARYAD_HOME": str(home),
        "NARYAD_WEB_PORT": str(port),
        "NARYAD_SIMULATOR_PORT": str(free_port(0)),
    }
    with log.open("ab") as both:
        command = [sys.executable, "-m", "naryad.cli", "demo", *options]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=both, stderr=both)
    try:
        async with asyncio.timeout(LONGEST_S):
            while "/desk/admin" not in log.read_text().rpartition(ENDED)[2]:
                assert process.poll() is None, log.read_text()
                await asyncio.sleep(0.1)
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(process.wait, 60)
        with log.open("a") as out:
            out.write(ENDED)
    assert code == 0, log.read_text()


async def test_a_second_start_keeps_everything(database_url: str, redis_url: str, tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    servers = {"NARYAD_DATABASE_URL": database_url, "NARYAD_REDIS_URL": redis_url}
    rows = await asyncpg.connect(database_url)

    async def counted() -> dict[str, int]:
        return {table: await rows.fetchval(f"SELECT count(*) FROM {table}") for table in COUNTED}

    try:
        async with demo(home, log, **servers):
            first = await counted()
        await rows.execute("UPDATE people_members SET post = 'Старейшина' WHERE name = 'Ольга Крылова'")
        async with demo(home, log, **servers):
            assert await counted() == first
            assert await rows.fetchval("SELECT count(*) FROM people_members WHERE post = 'Старейшина'") == 1
    finally:
        await rows.close()
    assert all(first.values()), first
    told = log.read_text().split(ENDED)
    assert [say.text("demo.step.seed") in one for one in told[:2]] == [True, False], "the company is made once"


def test_starting_over_removes_what_the_demo_made_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for made in ("pg", "valkey", "files", "simulator", "logs", "mine"):
        (home / made).mkdir(parents=True)
        (home / made / "kept").write_text("x")
    for made in ("pg.password", "secret", "notes.txt"):
        (home / made).write_text("x")
    with owned(home), pytest.raises(OperatorError):
        forget(home)
    assert (home / "pg" / "kept").exists()
    forget(home)
    assert {one.name for one in home.iterdir()} >= {"mine", "notes.txt"}
    assert not {"pg", "valkey", "files", "simulator", "logs", "pg.password", "secret"} & {
        one.name for one in home.iterdir()
    }


async def test_the_command_starts_over_and_never_under_a_running_desk(tmp_path: Path) -> None:
    """With the servers of its own. What is left of a desk that was, a database that cannot even start, is no hindrance;
    a file of somebody else in the folder is none of its business."""
    home, log = tmp_path / "home", tmp_path / "log"
    for name in ("pg/PG_VERSION", "simulator/world.json", "files/ab/cd", "pg.password", "secret", "notes.txt"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("before")
    async with demo(home, log, "--reset") as port:
        told = log.read_text()
        assert all(say.text(f"demo.step.{step}") in told for step in ("servers", "schema", "seed", "telegram"))
        assert (home / "notes.txt").read_text() == "before"
        assert not (home / "files/ab/cd").exists()
        assert "before" not in (home / "pg.password").read_text() + (home / "pg/PG_VERSION").read_text()
        refused = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "naryad.cli", "demo", "--reset"),
            cwd=ROOT,
            env=os.environ | {"NARYAD_HOME": str(home), "LANG": "en"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(refused.communicate(), LONGEST_S)
        assert (refused.returncode, out, err.count(b"\n")) == (3, b"", 1), err
        assert str(home) in err.decode()
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200, "the desk that runs has lost nothing"
