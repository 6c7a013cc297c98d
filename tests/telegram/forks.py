"""A warmed process that forks a bot for each line it reads: a failpoint, or an empty line for none.

`python -m tests.telegram.forks DATABASE_URL API_URL`; answers each line with the child's exit status. A child with a
failpoint ends there; one without is ended by the line `stop`.
"""

import asyncio
import os
import signal
import sys

from core.kernel import failpoints
from tests.telegram.toy import main

LIMIT_S = 60


def child(spec: str) -> int:
    """A bot in a fork; SIGTERM waits until it can hear it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    pid = os.fork()
    if pid:
        return pid
    sys.stdin.close()
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    failpoints.arm(spec or None)
    signal.alarm(LIMIT_S)
    try:
        asyncio.run(main(*sys.argv[1:3]))
    finally:
        os._exit(0)
    return 0


def speak(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def answer(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    speak(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    speak("ready")
    while line := sys.stdin.readline():
        pid = child(line.strip())
        if not line.strip():
            sys.stdin.readline()
            os.kill(pid, signal.SIGTERM)
        answer(pid)
