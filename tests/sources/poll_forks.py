"""A warmed process that forks a worker for each line it reads: a failpoint. The worker does what is due outside, as a
worker that begins after a crash does, and dies at the failpoint; the answer is its exit status.

`python -m tests.sources.poll_forks DATABASE_URL`
"""

import asyncio
import os
import signal
import sys

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core import ports
from core.kernel import failpoints, ids
from core.kernel.database import database
from core.tasks.actions import OUTSIDE, recover, run_one
from core.tasks.leases import holder
from tests.fixtures import SECRET
from tests.hooks.conftest import Resolver
from tests.sources.crm import HOST
from webhooks.fetch import web

LIMIT_S = 30


async def main(database_url: str) -> None:
    ids.use(ids.Keys([SECRET]))
    async with database(database_url), web([HOST], Resolver({HOST: [["127.0.0.1"]]})) as power, holder() as by:
        ports.use(web=power)
        await recover(by)
        while await run_one(by, OUTSIDE):
            pass


def child(spec: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    sys.stdin.close()
    failpoints.arm(spec or None)
    signal.alarm(LIMIT_S)
    try:
        asyncio.run(main(sys.argv[1]))
    finally:
        os._exit(0)


if __name__ == "__main__":
    for line in iter(sys.stdin.readline, ""):
        _, status = os.waitpid(child(line.strip()), 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
