"""A warmed process that forks a worker for each line it reads: a failpoint. The worker does what is due outside, as a
worker that begins after a crash does, and dies at the failpoint; the answer is its exit status.

`python -m tests.webhooks.stored_forks DATABASE_URL CERTIFICATE HOST PORT`: the last three are of S3.
"""

import asyncio
import os
import signal
import ssl
import sys

import webhooks.stored  # noqa: F401
from core import ports
from core.kernel import failpoints, ids
from core.kernel.database import database
from core.tasks.actions import OUTSIDE, recover, run_one
from core.tasks.leases import holder
from tests.fixtures import SECRET
from tests.webhooks.test_amazon import Elsewhere
from webhooks.fetch import web

LIMIT_S = 30


async def main(database_url: str, cert: str, host: str, port: str) -> None:
    ids.use(ids.Keys([SECRET]))
    resolver = Elsewhere({host: [["127.0.0.1"]]})
    resolver.port = int(port)
    believed = ssl.create_default_context(cafile=cert)
    async with database(database_url), web([host], resolver, believed) as power, holder() as by:
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
        asyncio.run(main(*sys.argv[1:]))
    finally:
        os._exit(0)


if __name__ == "__main__":
    for line in iter(sys.stdin.readline, ""):
        _, status = os.waitpid(child(line.strip()), 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
