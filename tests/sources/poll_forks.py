"""Workers that ask a CRM, and die. `python -m tests.sources.poll_forks DATABASE_URL`; see `tests/deaths.py`."""

import sys

import core.reactions
import core.sources.polls.worker  # noqa: F401
from tests.deaths import do_what_is_due_outside, fork_for_each_line
from tests.hooks.conftest import Resolver
from tests.sources.crm import HOST
from webhooks.fetch import web


async def main() -> None:
    await do_what_is_due_outside(sys.argv[1], web([HOST], Resolver({HOST: [["127.0.0.1"]]})))


if __name__ == "__main__":
    fork_for_each_line(main)
