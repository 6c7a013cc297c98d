"""The loop that makes due things happen. Any number of processes may run it."""

import asyncio
import logging

from core.kernel.nap import Nap
from core.kernel.trouble import heed
from core.timers.actions import TOPIC, kinds, run_due
from core.timers.queries import next_due

TROUBLE_S = 1.0

log = logging.getLogger(__name__)


async def timers_loop(stop: asyncio.Event) -> None:
    """Run until `stop`; a lost database is waited for, never fatal."""
    nap = Nap(TOPIC, stop)
    try:
        while not stop.is_set():
            heed()
            try:
                if await run_due() == 0:
                    await nap.rest(await next_due(kinds()))
            except Exception:
                log.exception("timers: trouble, trying again")
                await asyncio.sleep(TROUBLE_S)
    finally:
        nap.close()
