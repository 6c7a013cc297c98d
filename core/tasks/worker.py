"""The loop that does tasks, a few at a time. Any number of processes may run it."""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress

from core.kernel.nap import Nap
from core.kernel.trouble import heed
from core.tasks.actions import DESK, TOPIC, TaskRun, claim, do, kinds_of, recover
from core.tasks.leases import Holder, holder
from core.tasks.queries import next_due

RECOVER_S = 0.5
"""What a dead worker had in hand is nobody's for so long at most."""
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
    idle, nap = asyncio.Lock(), Nap(TOPIC, stop)
    try:
        async with holder() as by, asyncio.TaskGroup() as nursery:
            hands = [_recovering(by, stop), *(_working(by, stop, lane, idle, nap) for _ in range(parallel))]
            nursery.create_task(_ending([nursery.create_task(one) for one in hands], stop))
    finally:
        nap.close()


async def _ending(hands: Collection[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Somebody else's server that hangs holds up no end of ours."""
    await stop.wait()
    _, left = await asyncio.wait(hands, timeout=GRACE_S)
    for one in left:
        log.warning("tasks: broken off, to be done again")
        one.cancel()


async def _working(by: Holder, stop: asyncio.Event, lane: str, idle: asyncio.Lock, nap: Nap) -> None:
    """Where there was a task there may be another. When there is none, one looks out for the next and the others of the
    lane stand behind it (`idle`): to look costs the database the same for each."""
    run: TaskRun | None = None
    while not stop.is_set():
        heed()
        run = await claim(by, lane, stop) if run is not None else None
        if run is None:
            async with idle:
                run = await _awaited(by, stop, lane, nap)
        if run is not None:
            await do(run)


async def _awaited(by: Holder, stop: asyncio.Event, lane: str, nap: Nap) -> TaskRun | None:
    """The next task, whenever it comes; None at the end."""
    while not stop.is_set():
        heed()
        run = await claim(by, lane, stop)
        if run is not None:
            return run
        await nap.rest(await next_due(kinds_of(lane)))
    return None


async def _recovering(by: Holder, stop: asyncio.Event) -> None:
    while not stop.is_set():
        heed()
        await recover(by)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RECOVER_S)
