"""A server as our child: unprivileged, in its own session, gone when we are gone."""

import asyncio
import ctypes
import fcntl
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from naryad.embedded.errors import EmbeddedError

PR_SET_PDEATHSIG = 1
POLL = 0.02
LEFTOVER_PATIENCE = 60.0
HANG_PATIENCE = 10.0
LOG_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True)
class Account:
    """The system user that the servers run as; None means the user we are."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """How to start a server: its folder is its current directory, so no parent folder need be open to it."""

    name: str
    argv: Sequence[str]
    folder: Path
    log: Path
    account: Account | None
    stop_signal: signal.Signals
    kill_signal: signal.Signals
    environment: dict[str, str]


class Child:
    """One run of a program.

    The program and all its offspring inherit a locked file: while any of them lives, the lock is held, so a
    later start knows for sure whether something was left over.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def spawn(self) -> None:
        """Start it; it belongs to the calling thread, which must be one that lives on (the main thread)."""
        program = self.program
        lock = self._lock()
        try:
            if not _locked(lock):
                raise self._held()
            self._process = launch(program, keep=(lock,))
        finally:
            os.close(lock)

    async def leftovers_gone(self) -> None:
        """Wait until processes of an earlier run, which end by themselves, have ended. What is left of a server that we
        started and saw die, and does not end, is killed: it may wait for something that died too."""
        if self._process is not None and not await _until(self._free, HANG_PATIENCE):
            self._kill_holders()
        if not await _until(self._free, LEFTOVER_PATIENCE):
            raise self._held()

    def _kill_holders(self) -> None:
        """Whoever has our locked file open is of our server, since we locked it for that one alone."""
        lock = str(self._lock_file().resolve())
        for held in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):
                if os.readlink(held) == lock and (pid := int(held.parts[2])) != os.getpid():
                    os.kill(pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End it properly; after 30 seconds, by force."""
        process = self._process
        if process is None:
            return
        program = self.program
        for number, patience in (
            (program.stop_signal, 30.0),
            (program.kill_signal, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            if process.poll() is None:
                process.send_signal(number)
            if await _until(lambda: process.poll() is not None, patience):
                break
        await self.leftovers_gone()

    async def exited(self) -> int:
        """Wait for its end; the exit code."""
        process = self._process
        if process is None:
            return 0
        await _until(lambda: process.poll() is not None, math.inf, every=0.2)
        return process.returncode

    def _held(self) -> EmbeddedError:
        program = self.program
        return EmbeddedError("embedded.held", program=program.name, folder=program.folder)

    def _lock_file(self) -> Path:
        folder = self.program.folder
        return folder.parent / f"{folder.name}.lock"

    def _lock(self) -> int:
        return os.open(self._lock_file(), os.O_RDWR | os.O_CREAT, 0o600)

    def _free(self) -> bool:
        lock = self._lock()
        try:
            return _locked(lock)
        finally:
            os.close(lock)


def launch(program: Program, keep: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start a program in its folder, detached from our terminal and tied to our life."""
    _rotate(program.log)
    account = program.account
    with program.log.open("ab") as log:
        return subprocess.Popen(
            list(program.argv),
            cwd=program.folder,
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=keep,
            preexec_fn=_die_with_parent(program.stop_signal),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
        )


async def finished(program: Program) -> int:
    """Run a program to its end; the exit code."""
    process = launch(program)
    try:
        await _until(lambda: process.poll() is not None, math.inf)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode


async def _until(holds: Callable[[], bool], patience: float, every: float = POLL) -> bool:
    """Look until it holds, or give up after so many seconds."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    while clock() < deadline:
        if holds():
            return True
        await asyncio.sleep(every)
    return holds()


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a server's log, for an error message."""
    try:
        return " / ".join(log.read_text(errors="replace").strip().splitlines()[-lines:])
    except OSError:
        return "no log"


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Runs in the child after it became another user, since that change clears the wish."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def wish() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return wish


def _rotate(log: Path) -> None:
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))
