"""Processes that die where a test wants them to: a warmed process forks one for each line that it is told, a failpoint,
and answers with its exit status.

A module that is such a process calls `fork_for_each_line`; its test has it by `warmed`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from core import ports
from core.kernel import failpoints, ids
from core.kernel.database import database
from core.tasks.actions import OUTSIDE, recover, run_one
from core.tasks.leases import holder
from tests.fixtures import SECRET
from webhooks.fetch import Web

ROOT = Path(__file__).parents[1]
LIMIT_S = 30


class Warmed:
    """The warmed process, as its test sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._heard, self._said = process.stdin, process.stdout

    def tell(self, line: str) -> None:
        self._heard.write(f"{line}\n".encode())

    async def line(self) -> str:
        """The next that it says."""
        return (await self._said.readline()).decode().strip()

    async def status(self, spec: str, within_s: float = LIMIT_S + 40) -> int:
        """With which a process that has this failpoint ends; 0 when it came to its end."""
        self.tell(spec)
        async with asyncio.timeout(within_s):
            return int(await self.line())


@asynccontextmanager
async def warmed(module: str, *args: str) -> AsyncIterator[Warmed]:
    """`python -m module args`; it is waited for in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *args),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield Warmed(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), LIMIT_S + 40)


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def wait_for(pid: int) -> None:
    """Say how it ended."""
    say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def fork(spec: str, life: Callable[[], Coroutine[Any, Any, None]], limit_s: int = LIMIT_S) -> int:
    """A process that lives `life` and dies at the failpoint: its id."""
    pid = os.fork()
    if pid:
        return pid
    sys.stdin.close()
    failpoints.arm(spec or None)
    signal.alarm(limit_s)
    try:
        asyncio.run(life())
    finally:
        os._exit(0)


def fork_for_each_line(life: Callable[[], Coroutine[Any, Any, None]]) -> None:
    for line in iter(sys.stdin.readline, ""):
        wait_for(fork(line.strip(), life))


async def do_what_is_due_outside(database_url: str, network: AbstractAsyncContextManager[Web]) -> None:
    """As a worker that begins after a crash does."""
    ids.use(ids.Keys([SECRET]))
    async with database(database_url), network as power, holder() as by:
        ports.use(web=power)
        await recover(by)
        while await run_one(by, OUTSIDE):
            pass
