"""One PostgreSQL and one Valkey for a whole test run, started by the first test that needs them.

The run's main process keeps a pipe open; the process that holds the servers ends them when that pipe
closes, so they end with the run however the run ends: passed, interrupted or killed.
"""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from naryad.embedded import Servers, embedded
from naryad.embedded.ownership import published

LEASE = "lease"
ROOM = 4 * 1024**3


class Run:
    """The main process's side: makes the run's folder, and ends its servers at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="naryad-tests-", dir=_memory()))
        os.mkfifo(self.folder / LEASE, 0o600)
        self._lease = os.open(self.folder / LEASE, os.O_RDWR)

    def end(self) -> None:
        os.close(self._lease)
        with suppress(FileNotFoundError), _lock(self.folder / "home.lock"):
            shutil.rmtree(self.folder, ignore_errors=True)


def _memory() -> str | None:
    """Memory is ten times faster at making databases than a disk, where there is enough of it."""
    try:
        free = shutil.disk_usage("/dev/shm").free
    except OSError:
        return None
    return "/dev/shm" if free > ROOM and os.access("/dev/shm", os.W_OK) else None


def servers_of(run: Path) -> Servers:
    """The run's servers, started if this is the first call by any process of the run."""
    with _lock(run / "start.lock"):
        note = published(run / "home")
        if note is None:
            _start(run)
            note = published(run / "home")
    if note is None:
        raise RuntimeError(f"The servers of this test run did not start; see {run}/holder.log")
    return Servers(note["database_url"], note["redis_url"])


def _start(run: Path) -> None:
    reading, writing = os.pipe()
    with (run / "holder.log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, __file__, str(run), str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(writing,),
            cwd=Path(__file__).parents[1],
        )
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)


async def _hold(run: Path, ready: int) -> None:
    lease = os.open(run / LEASE, os.O_RDONLY)
    async with embedded(run / "home", fast=True):
        os.close(ready)
        await asyncio.to_thread(os.read, lease, 1)
    shutil.rmtree(run, ignore_errors=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with _lock(folder / "home.lock"):
        asyncio.run(_hold(folder, int(sys.argv[2])))
