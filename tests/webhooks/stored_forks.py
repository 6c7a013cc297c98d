"""Workers that fetch letters from S3, and die. `python -m tests.webhooks.stored_forks DATABASE_URL CERTIFICATE HOST
PORT`: the last three are of S3; see `tests/deaths.py`."""

import ssl
import sys

import webhooks.stored  # noqa: F401
from tests.deaths import do_what_is_due_outside, fork_for_each_line
from tests.webhooks.test_amazon import Elsewhere
from webhooks.fetch import web


async def main() -> None:
    database_url, cert, host, port = sys.argv[1:]
    resolver = Elsewhere({host: [["127.0.0.1"]]})
    resolver.port = int(port)
    await do_what_is_due_outside(database_url, web([host], resolver, ssl.create_default_context(cafile=cert)))


if __name__ == "__main__":
    fork_for_each_line(main)
