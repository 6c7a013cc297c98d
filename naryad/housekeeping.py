"""What has to be tidied up now and then: the raw inbox after the company's days, delivered notices, old dialogues, the
API's old answers and events, unfinished uploads, who wrote in messengers, a clock that another process moved. Any
process may do it; doing it twice does no harm."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from core.company.queries import company
from core.guests import uploads
from core.hooks.actions import forget as forget_events
from core.inbox.actions import empty_dead, forget_dialogues, purge
from core.kernel.clock import clock, now
from core.kernel.trouble import heed
from core.kernel.work import work
from core.outbox import sending
from core.sources import talks
from core.tokens.actions import purge as purge_replies
from core.tokens.rules import KEPT_ANSWERS

EVERY_S = 600.0
CLOCK_S = 5.0
DIALOGUES = timedelta(days=30)
SENT = timedelta(days=3)
HEARD = timedelta(days=30)

log = logging.getLogger(__name__)


async def housekeeping(stop: asyncio.Event) -> None:
    """Until `stop`."""
    waited = EVERY_S
    while not stop.is_set():
        heed()
        try:
            clock.offset = (await company()).clock_offset
            if waited >= EVERY_S:
                waited = 0.0
                await tidy()
        except Exception:
            log.exception("housekeeping failed, trying again")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CLOCK_S)
        waited += CLOCK_S


async def tidy() -> None:
    """One round; each batch is a transaction of its own, so that no lock is held for long."""
    days = int((await company()).rule("inbox_days"))
    while await _received(days):
        pass
    while await _died(days):
        pass
    async with work():
        await forget_dialogues(now() - DIALOGUES)
    while await _told():
        pass
    while await _answered():
        pass
    await uploads.forget()
    while await _heard():
        pass
    while await _talked():
        pass


async def _received(days: int) -> bool:
    async with work():
        return await purge(now() - timedelta(days=days)) > 0


async def _died(days: int) -> bool:
    async with work():
        return await empty_dead(now() - timedelta(days=days)) > 0


async def _answered() -> bool:
    async with work():
        return await purge_replies(now() - KEPT_ANSWERS) > 0


async def _heard() -> bool:
    async with work():
        return await forget_events(now() - HEARD) > 0


async def _told() -> bool:
    async with work():
        return await sending.purge(now() - SENT) > 0


async def _talked() -> bool:
    async with work():
        return await talks.forget() > 0
