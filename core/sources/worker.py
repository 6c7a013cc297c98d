"""Follow the deliveries that the inbox keeps of other systems, one after another; any number of processes may do so."""

import asyncio
import logging
import time
from datetime import timedelta

from core.company.queries import company
from core.inbox import actions as inbox
from core.inbox.queries import Undone
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.nap import Nap
from core.kernel.trail import about
from core.kernel.trouble import LOST, heed
from core.kernel.work import Fenced, work
from core.sources import actions
from core.sources.follow import follow
from core.sources.kept import inbox_of, source_of, unpack
from core.sources.polls.schedule import mend
from core.sources.queries import SourceView, live_sources
from core.sources.reads import readings, waiting
from core.sources.reads.worker import things_first

TOPIC = "inbox.hooks"
GIVE_UP = 20
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
TIDY_S = 3600.0

log = logging.getLogger(__name__)


class Follower:
    """`later` holds, by delivery, the monotonic time before which it is not tried again."""

    def __init__(self) -> None:
        self.later: dict[int, float] = {}

    async def run_one(self) -> bool:
        """Follow one delivery; False when nothing waits. What fails is tried again with pauses, then it is dead. A
        refusal is final: it is what came of that event, until somebody has the delivery done again."""
        self.later = {one: until for one, until in self.later.items() if until > time.monotonic()}
        sources = await live_sources()
        taken = await inbox.next_of([inbox_of(one) for one in sources], self.later)
        if taken is None:
            return False
        source, row = sources[source_of(taken[0])], taken[1]
        with about(source=taken[0], delivery=row.id):
            await self._one(source, row)
        return True

    async def _one(self, source: SourceView, row: Undone) -> None:
        try:
            await self._follow(source, row)
        except Fenced:
            pass
        except LOST:
            log.warning("database lost while following a delivery")
            self.later[row.id] = time.monotonic() + FIRST_PAUSE_S
        except Refusal as refusal:
            await _refused(source, row, refusal)
        except Exception as error:
            log.exception("a delivery failed")
            await self._failed(row, error)

    async def _follow(self, source: SourceView, row: Undone) -> None:
        async with work():
            if not await inbox.hold(row.id):
                return
            if row.attempts > GIVE_UP:
                await inbox.kill(row.id, "the process ended each time this was followed")
                return
            kept = unpack(source.id, row.body)
            things = await things_first(source, row.id, kept)
            if things is not None:
                await follow(source, row.id, row.key, kept, things)
            await inbox.finish(row.id)

    async def _failed(self, row: Undone, error: Exception) -> None:
        self.later[row.id] = time.monotonic() + min(FIRST_PAUSE_S * (1 << min(row.attempts, 10)), LONGEST_PAUSE_S)
        async with work():
            await inbox.failed(row.id, error, counted=False)


async def _refused(source: SourceView, row: Undone, refusal: Refusal) -> None:
    kept = unpack(source.id, row.body)
    event = str(kept.normalized.get("event") or "")
    async with work():
        await actions.came_of(row.id, source.id, event, "refused", kept.at, facts={"code": refusal.code})
        await inbox.finish(row.id)


async def tidy() -> None:
    """Erase what has expired, each batch in a transaction of its own; ask again whom nobody asks any more."""
    async with work():
        await mend()
        await waiting.mend()
    days = int((await company()).rule("inbox_days"))
    while True:
        async with work():
            before = now() - timedelta(days=days)
            if not await actions.forget(now(), before) + await readings.tidy(before):
                return


async def hooks_loop(stop: asyncio.Event) -> None:
    """Until `stop`; a lost database is waited for."""
    follower, nap, tidied = Follower(), Nap(TOPIC, stop), float("-inf")
    try:
        while not stop.is_set():
            heed()
            try:
                if time.monotonic() - tidied > TIDY_S:
                    tidied = time.monotonic()
                    await tidy()
                if not await follower.run_one():
                    await nap.rest()
            except Exception:
                log.exception("deliveries: trouble, trying again")
                await asyncio.sleep(1)
    finally:
        nap.close()
