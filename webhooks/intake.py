"""Deliveries come in: committed raw, then answered. Many at once share a statement; what is not kept is counted."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from core.inbox import actions as inbox
from core.kernel.clock import now
from core.kernel.hints import hint
from core.sources import actions as sources
from core.sources.actions import Tally
from core.sources.kept import inbox_of
from webhooks.impatient import Impatient

TOPIC = "inbox.hooks"
MOST = 200
MOST_BYTES = 48 << 20
COUNT_S = 1.0
WRITE_S = 15.0
"""After so long the next statement goes by another connection."""

log = logging.getLogger(__name__)

Waiting = tuple[inbox.Arrival, asyncio.Future[bool]]


class Intake:
    """Of one process, for all sources."""

    def __init__(self, kept: Callable[[], None] = lambda: None) -> None:
        """`kept` is called whenever some were committed, though nobody may wait for them any more."""
        self._kept = kept
        self._waiting: dict[str, list[Waiting]] = defaultdict(list)
        self._tallies: dict[str, dict[str, Tally]] = {"refused": {}, "ignored": {}}
        self._writes = Impatient()
        self._flushing: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None

    async def take(self, source_id: str, arrival: inbox.Arrival) -> bool:
        """Returns when the delivery is committed and may be answered; False for a second copy, which is nothing."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[source_id].append((arrival, done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await done

    def count(self, what: str, source_id: str, why: str) -> None:
        """One more of `refused` or `ignored`, written within a second: a flood of forgeries is few statements."""
        tally = self._tallies[what].setdefault(source_id, Tally(0, why, now()))
        tally.count, tally.why, tally.at = tally.count + 1, why, now()
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count(COUNT_S))

    async def close(self) -> None:
        """Wait for what is on its way to the tables."""
        if self._flushing is not None:
            await asyncio.wait((self._flushing,))
        if self._counting is not None:
            self._counting.cancel()
            with suppress(asyncio.CancelledError):
                await self._counting
            await self._count(0)

    async def _flush(self) -> None:
        while self._waiting:
            source_id = next(iter(self._waiting))
            batch = self._batch(source_id)
            try:
                accepting = inbox.accept(inbox_of(source_id), [arrival for arrival, _ in batch])
                fresh = await self._writes.within(WRITE_S, accepting)
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            self._kept()
            for (key, _, _), done in batch:
                is_new = fresh.pop(key, None) is not None
                if not done.done():
                    done.set_result(is_new)
            hint(TOPIC)

    def _batch(self, source_id: str) -> list[Waiting]:
        """The first of what waits for this source, within `MOST` deliveries and `MOST_BYTES`, one at least."""
        waiting, size, count = self._waiting.pop(source_id), 0, 0
        while count < min(len(waiting), MOST) and (not count or size + len(waiting[count][0][2]) <= MOST_BYTES):
            size += len(waiting[count][0][2])
            count += 1
        if count < len(waiting):
            self._waiting[source_id] = waiting[count:]
        return waiting[:count]

    async def _count(self, pause: float) -> None:
        await asyncio.sleep(pause)
        for what in self._tallies:
            tallies, self._tallies[what] = self._tallies[what], {}
            try:
                await sources.count(what, tallies)
            except Exception:
                log.exception("deliveries that were not kept can't be counted")
