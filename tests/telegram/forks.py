"""Bots that die. `python -m tests.telegram.forks DATABASE_URL API_URL` says when it is ready, then forks a bot for each
line (see `tests/deaths.py`): one with a failpoint ends there, one without is ended by the line `stop`.
"""

import os
import signal
import sys

from tests.deaths import fork, say, wait_for
from tests.telegram.toy import main

LIMIT_S = 60


async def life() -> None:
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    await main(*sys.argv[1:3])


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until a bot can hear it
    say("ready")
    while line := sys.stdin.readline():
        pid = fork(line.strip(), life, LIMIT_S)
        if not line.strip():
            sys.stdin.readline()
            os.kill(pid, signal.SIGTERM)
        wait_for(pid)
