"""The loop that does tasks, a few at a time. Any number of processes may run it."""

import asyncio
import logging
import time
from collections.abc import Collection

from core.kernel.nap import Nap
from core.kernel.trouble import heed
from core.tasks.actions import DESK, TOPIC, kinds_of, recover, run_one
from core.tasks.leases import Holder, holder
from core.tasks.queries import next_due

RECOVER_S = 5.0
TROUBLE_S = 1.0
GRACE_S = 8.0

log = logging.getLogger(__name__)


async def tasks_loop(stop: asyncio.Event, parallel: int = 4, lane: str = DESK) -> None:
    """Do one lane's tasks until `stop`; those in hand then have `GRACE_S` to end, and what is broken off is done again
    by the next worker. A lost database is waited for, never fatal."""
    while not stop.is_set():
        heed()
        try:
            await asyncio.create_task(_crew(stop, parallel, lane))
        except Exception:
            log.exception("tasks: trouble, trying again")
            await asyncio.sleep(TROUBLE_S)


async def _crew(stop: asyncio.Event, parallel: int, lane: str) -> None:
    """In a task of its own: a group that failed leaves its task marked as told to end (Python 3.11)."""
    async with holder() as by, asyncio.TaskGroup() as nursery:
        hands = [_recovering(by, stop), *(_working(by, stop, lane) for _ in range(parallel))]
        nursery.create_task(_ending([nursery.create_task(one) for one in hands], stop))


async def _ending(hands: Collection[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Somebody else's server that hangs holds up no end of ours."""
    await stop.wait()
    _, left = await asyncio.wait(hands, timeout=GRACE_S)
    for one in left:
        log.warning("tasks: broken off, to be done again")
        one.cancel()


async def _working(by: Holder, stop: asyncio.Event, lane: str) -> None:
    nap = Nap(TOPIC, stop)
    try:
        while not stop.is_set():
            heed()
            if not await run_one(by, lane, stop):
                await nap.rest(await next_due(kinds_of(lane)))
    finally:
        nap.close()


async def _recovering(by: Holder, stop: asyncio.Event) -> None:
    checked = float("-inf")
    nap = Nap("", stop)
    try:
        while not stop.is_set():
            heed()
            if time.monotonic() - checked >= RECOVER_S:
                checked = time.monotonic()
                await recover(by)
            await nap.rest()
    finally:
        nap.close()
