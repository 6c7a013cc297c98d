"""Many hands that accept at once, here or as a process of their own with the same database.

`python -m tests.dispatch.crowd <database>` says `ready`, reads a line of JSON (an offer's id by member), and answers
with a line of JSON: what each was told, and how many events of each kind were.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from core.dispatch import actions as dispatch
from core.events import JobAssigned, OfferEnded
from core.kernel.actor import Actor
from core.kernel.database import database
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.people.rules import DEFAULT_ROLES
from tests.orders.desk import alone, events_of

ROOT = Path(__file__).parents[2]
POOL = 30
LONGEST_S = 120
PERMISSIONS = frozenset(DEFAULT_ROLES["technician"][1])
Told = tuple[dict[int, str], Counter[str]]
"""What each member was told, and events by the name of their kind."""


async def attempt(actor: Actor, verb: Callable[..., Awaitable[object]], *args: object) -> str:
    try:
        async with work(actor):
            await verb(*args)
    except Refusal as refused:
        return refused.code
    return "done"


async def accept_all(offers: dict[int, int]) -> Told:
    with events_of(JobAssigned, OfferEnded) as seen:
        said = await asyncio.gather(
            *(attempt(Actor("member", who, PERMISSIONS), dispatch.accept, offer) for who, offer in offers.items())
        )
    return dict(zip(offers, said, strict=True)), Counter(type(event).__name__ for event in seen)


@asynccontextmanager
async def elsewhere(database_url: str) -> AsyncIterator[Callable[[dict[int, int]], Awaitable[Told]]]:
    """`accept_all` in a process of its own, which waits for nothing more when this is entered."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.dispatch.crowd", database_url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    stdin, stdout = child.stdin, child.stdout

    async def there(offers: dict[int, int]) -> Told:
        stdin.write(json.dumps(offers).encode() + b"\n")
        said, events = json.loads(await asyncio.wait_for(stdout.readline(), LONGEST_S))
        return {int(who): code for who, code in said.items()}, Counter(events)

    try:
        assert await asyncio.wait_for(stdout.readline(), LONGEST_S) == b"ready\n"
        yield there
    finally:
        stdin.close()
        await asyncio.wait_for(child.wait(), LONGEST_S)


async def _serve(database_url: str) -> None:
    with alone():
        async with database(database_url, pool=POOL):
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            if line := await asyncio.to_thread(sys.stdin.readline):
                told = await accept_all({int(who): offer for who, offer in json.loads(line).items()})
                sys.stdout.write(json.dumps(told) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
