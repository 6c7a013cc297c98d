"""How a desk is started and ended: forks that die at a named place, processes and servers that are killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

from redis.asyncio import Redis

from tests.crash.ground import Ground

ROOT = Path(__file__).parents[2]
PARTS = "bot,worker"
WHOLE = "bot,web,worker"
PATIENCE_S = 120


class Forks:
    """The warmed process. One fork at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ending: asyncio.Future[int] | None = None
        self.pid = 0

    async def begin(self, failpoint: str = "") -> asyncio.Future[int]:
        """Fork a desk; its exit status comes later (86: it died at the failpoint)."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{failpoint}\n".encode())
        self.pid = int(await self._line())
        self._ending = asyncio.ensure_future(self._status())
        return self._ending

    async def _status(self) -> int:
        return int(await self._line())

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the warmed process has ended")
        return line

    def forget(self) -> None:
        """Nobody waits for a fork any more."""
        if self._ending is not None:
            self._ending.cancel()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


@asynccontextmanager
async def forks(ground: Ground, log: IO[bytes]) -> AsyncIterator[Forks]:
    process = await _spawn(ground, log, "forks", PARTS)
    made = Forks(process)
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await made._line() == b"ready\n"
        yield made
    finally:
        made.forget()
        await ended(process, signal.SIGKILL)


class Desk:
    """A desk in a process of its own. `ready` when all its parts have begun."""

    def __init__(self, process: asyncio.subprocess.Process, log: IO[bytes]) -> None:
        self.process = process
        self._log = log
        self.ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._log.write(line)
            if b"desk.started" in line:
                self.ready.set()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit status."""
        code = await ended(self.process, number)
        await self._reading
        return code


async def desk(ground: Ground, log: IO[bytes], parts: str = PARTS) -> Desk:
    """Start one; it needs some seconds to be ready."""
    return Desk(await _spawn(ground, log, parts), log)


async def _spawn(ground: Ground, log: IO[bytes], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crash.desk", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        cwd=ROOT,
        env={**ground.environment, "PYTHONPATH": str(ROOT)},
    )


async def ended(process: asyncio.subprocess.Process, number: signal.Signals = signal.SIGTERM) -> int:
    """End a process that we started; its exit status."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)
    async with asyncio.timeout(30):
        return await process.wait()


async def kill_postmaster(ground: Ground) -> None:
    """As the kernel does when memory runs out; its supervisor starts it anew."""
    pid_file = ground.home / "servers" / "pg" / "postmaster.pid"
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)


async def kill_backend(ground: Ground) -> None:
    """One backend is killed: PostgreSQL ends all others and recovers by itself."""
    rows = await ground.rows(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        " ORDER BY random() LIMIT 1"
    )
    for row in rows:
        os.kill(row["pid"], signal.SIGKILL)


async def kill_valkey(ground: Ground) -> None:
    async with Redis.from_url(ground.servers.redis_url) as client:
        pid = (await client.info("server"))["process_id"]
    os.kill(int(pid), signal.SIGKILL)


async def flush_valkey(ground: Ground) -> None:
    async with Redis.from_url(ground.servers.redis_url) as client:
        await client.flushall()


POSTGRESQL, VALKEY = "PostgreSQL: postmaster killed", "Valkey killed"
SERVERS = {
    POSTGRESQL: kill_postmaster,
    "PostgreSQL: a backend killed": kill_backend,
    VALKEY: kill_valkey,
    "Valkey flushed": flush_valkey,
}
