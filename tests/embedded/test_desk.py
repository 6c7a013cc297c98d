import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis.asyncio import Redis

from naryad.embedded import AlreadyRunning, EmbeddedError, embedded, join, open_servers
from naryad.embedded import process as process_module

ROOT = Path(__file__).parents[2]


async def rows(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def gone(pids: tuple[int, ...]) -> None:
    async with asyncio.timeout(30):
        while any(psutil.pid_exists(pid) for pid in pids):
            await asyncio.sleep(0.05)


async def test_it_knows_russian(home):
    async with embedded(home, fast=True) as servers:
        [row] = await rows(
            servers.database_url,
            "SELECT lower('ЁЛКА') AS low, to_tsvector('холодильники')::text AS words, version() AS version,"
            " (SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'naryad') AS locale",
        )
        await rows(servers.database_url, "CREATE EXTENSION pg_trgm")
        [alike] = await rows(servers.database_url, "SELECT similarity('холодильник', 'холодильники') AS found")
    assert row["low"] == "ёлка"
    assert row["words"] == "'холодильник':1"
    assert row["locale"] == "bPG_UNICODE_FAST"
    assert row["version"].startswith("PostgreSQL 18")
    assert alike["found"] > 0.5


async def test_a_password_nobody_can_guess_costs_no_connection_thousands_of_hashes(home):
    async with embedded(home, fast=True) as servers:
        [row] = await rows(servers.database_url, "SELECT rolpassword AS kept FROM pg_authid WHERE rolname = 'naryad'")
    assert row["kept"].startswith("SCRAM-SHA-256$1:")
    assert len((home / "pg.password").read_text()) >= 32


async def test_it_keeps_its_data_over_a_stop(home):
    async with embedded(home) as servers:
        await rows(servers.database_url, "CREATE TABLE kept AS SELECT 1 AS n")
        async with Redis.from_url(servers.redis_url) as redis:
            await redis.set("kept", "yes")
    async with embedded(home) as servers:
        assert len(await rows(servers.database_url, "SELECT * FROM kept")) == 1
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.get("kept") == b"yes"
        durable = await rows(servers.database_url, "SELECT current_setting('fsync') AS fsync")
        assert durable[0]["fsync"] == "on"
    await gone(servers.pids)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_killed_desk_leaves_no_server_behind_and_the_next_recovers(home, desk, number):
    with desk(home, "durable") as (process, servers):
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        process.send_signal(number)
        process.wait(60)
    async with embedded(home) as again:
        assert len(await rows(again.database_url, "SELECT * FROM kept")) == 1
    await gone(servers.pids)
    connection.terminate()


async def test_a_desk_and_its_servers_killed_at_once_recover(home, desk):
    with desk(home, "durable") as (process, servers):
        await rows(servers.database_url, "CREATE TABLE kept AS SELECT 1 AS n")
        os.kill(process.pid, signal.SIGSTOP)
        for pid in (*servers.pids, process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
    async with embedded(home) as again:
        assert len(await rows(again.database_url, "SELECT * FROM kept")) == 1


@pytest.mark.parametrize("which", [0, 1], ids=["postgres", "valkey"])
async def test_a_server_that_is_killed_comes_back_under_the_same_address(home, which):
    async with embedded(home) as servers:
        await rows(servers.database_url, "CREATE TABLE kept AS SELECT 1 AS n")
        os.kill(servers.pids[which], signal.SIGKILL)
        async with asyncio.timeout(60):
            while True:
                try:
                    assert len(await rows(servers.database_url, "SELECT * FROM kept")) == 1
                    async with Redis.from_url(servers.redis_url) as redis:
                        assert await redis.ping()
                    break
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.sleep(0.05)
                except Exception as error:
                    if type(error).__module__ != "redis.exceptions":
                        raise
                    await asyncio.sleep(0.05)


async def test_a_server_of_which_a_process_hangs_after_its_death_comes_back(home, monkeypatch):
    monkeypatch.setattr(process_module, "HANG_PATIENCE", 0.5)
    async with embedded(home) as servers:
        connection = await asyncpg.connect(servers.database_url)
        hung = await connection.fetchval("SELECT pg_backend_pid()")
        os.kill(hung, signal.SIGSTOP)
        os.kill(servers.pids[0], signal.SIGKILL)
        async with asyncio.timeout(40):
            while True:
                try:
                    assert await rows(servers.database_url, "SELECT 1")
                    break
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.sleep(0.05)
        connection.terminate()


async def test_a_second_owner_stops_with_one_line(home, desk):
    with desk(home) as (process, servers):
        with pytest.raises(AlreadyRunning) as refused:
            async with embedded(home, fast=True):
                pass
        assert refused.value.pid == process.pid
        assert "\n" not in str(refused.value)
        second = subprocess.run(
            [sys.executable, ROOT / "tests/embedded/desk_process.py", home],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "LANG": "en_GB.UTF-8"},
            stdin=subprocess.DEVNULL,
        )
        assert second.returncode == 1
        assert second.stderr.strip() == (
            f"The desk in {home} is already running (process {process.pid}). "
            "Stop it, or set NARYAD_HOME to another folder."
        )
        assert len(await rows(servers.database_url, "SELECT 1")) == 1


async def test_other_commands_join_a_running_desk(home, desk):
    with desk(home) as (_, servers):
        assert join(home) == servers
        async with open_servers(home, None, None) as joined:
            assert joined == servers
    assert join(home) is None


async def test_a_command_runs_the_servers_for_a_while_when_no_desk_runs(home):
    async with open_servers(home, None, None) as servers:
        assert len(await rows(servers.database_url, "SELECT 1")) == 1
    await gone(servers.pids)


async def test_configured_servers_start_nothing(home):
    async with open_servers(home, "postgresql://u:p@there/desk", "redis://there") as servers:
        assert servers.database_url == "postgresql://u:p@there/desk"
    assert not home.exists()


async def test_a_half_made_database_is_made_anew(home):
    async with embedded(home, fast=True):
        pass
    (home / "pg").rename(home / "pg.new")
    async with embedded(home, fast=True) as servers:
        assert len(await rows(servers.database_url, "SELECT 1")) == 1


async def test_a_lost_password_is_said_in_one_line(home):
    async with embedded(home, fast=True):
        pass
    (home / "pg.password").write_text("something else")
    with pytest.raises(EmbeddedError) as refused:
        async with embedded(home, fast=True):
            pass
    assert refused.value.code == "embedded.password"


async def test_a_stale_pid_of_another_program_does_not_stop_the_start(home):
    async with embedded(home, fast=True):
        pass
    (home / "pg" / "postmaster.pid").write_text(f"{os.getppid()}\n/proc/self/cwd\n")
    async with embedded(home, fast=True) as servers:
        assert len(await rows(servers.database_url, "SELECT 1")) == 1


def test_secrets_are_closed_to_others(home, desk):
    with desk(home):
        assert home.stat().st_mode & 0o077 == 0
        for name in ("servers.json", "pg.password"):
            assert (home / name).stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_it_runs_as_an_ordinary_user(open_folder, desk):
    with desk(open_folder / "desk", user="nobody") as (process, servers):
        owners = {psutil.Process(pid).uids().real for pid in servers.pids}
        assert owners == {psutil.Process(process.pid).uids().real} == {65534}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
async def test_roots_servers_do_not_run_as_root(home):
    async with embedded(home, fast=True) as servers:
        assert all(psutil.Process(pid).uids().real != 0 for pid in servers.pids)
