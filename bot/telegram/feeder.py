"""The owner's queue: a line per chat in memory, many chats at once, each line strictly in order.

The table is the truth and this is a copy of its undone part: filled by hand-over after each commit, and read from the
table at start, at fail-over and when another process took updates.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from bot.telegram import incoming
from bot.telegram.notes import NOTE
from core.inbox import actions as inbox
from core.inbox.queries import undone
from core.kernel.failpoints import hit
from core.kernel.hints import listen
from core.kernel.trail import about
from core.kernel.trouble import AWAY, LOST, heed
from core.kernel.work import work
from core.outbox.actions import say

PARALLEL = 8
MOST_IN_MEMORY = 20_000
PAGE = 1_000
POLL_S = 5.0
LONGEST_PAUSE_S = 30.0
SUSPECT = 2
SAID = {"message", "edited_message", "callback_query"}
"""Of these a person waits for an answer."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Item:
    """A delivery in hand. `again`: it was read from the table, so that a process may have died of it; it had been begun
    `begun` times then. `tries` counts what failed here without being the update's fault (a lost database), for the
    length of the pause."""

    id: int
    lane: int
    update: dict[str, Any]
    again: bool = False
    tries: int = 0
    begun: int = 0


class Retry(Exception):
    """Handle the same delivery again after `seconds`; its chat waits."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


Handle = Callable[[Item], Awaitable[None]]


class Feeder:
    """`handle` finishes a delivery in its own transaction, or raises `Retry`."""

    def __init__(self, source: str, handle: Handle, *, parallel: int = PARALLEL) -> None:
        self.source = source
        self._handle = handle
        self._parallel = parallel
        self._lines: dict[int, deque[Item]] = {}
        self._ready: asyncio.Queue[int] = asyncio.Queue()
        self._known: set[int] = set()
        self._behind = True
        self._refused = False
        self._look = asyncio.Event()
        self._alone = asyncio.Lock()
        self._closing = False
        self._busy = 0
        self._quiet = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()

    def __len__(self) -> int:
        return len(self._known)

    def put(self, items: Iterable[Item]) -> None:
        """Hand over what was just committed. More than memory should hold stays in the table and is read later."""
        fresh = list(items)
        if self._behind:
            self._refused = True
        elif len(self._known) + len(fresh) > MOST_IN_MEMORY:
            self._behind = True
            self.room.clear()
        else:
            self._add(fresh)

    def _add(self, items: Iterable[Item]) -> None:
        for item in items:
            if item.id in self._known:
                continue
            self._known.add(item.id)
            line = self._lines.get(item.lane)
            if line is None:
                self._lines[item.lane] = deque((item,))
                self._ready.put_nowait(item.lane)
            else:
                line.append(item)

    async def drain(self) -> None:
        """Begin nothing new and wait for what is in hand."""
        self._closing = True
        if self._busy:
            self._quiet.clear()
            await self._quiet.wait()

    async def run(self) -> None:
        """Read the table, then work until cancelled."""
        forget = listen(f"inbox.{self.source}", lambda _: self._look.set())
        try:
            async with asyncio.TaskGroup() as nursery:
                nursery.create_task(self._reading())
                for _ in range(self._parallel):
                    nursery.create_task(self._working())
        finally:
            forget()

    async def _reading(self) -> None:
        while True:
            heed()
            try:
                await self._read()
            except AWAY:
                log.warning("inbox of %s cannot be read, trying again", self.source)
                await asyncio.sleep(1)
                continue
            self._look.clear()
            try:
                async with asyncio.timeout(POLL_S):
                    await self._look.wait()
            except TimeoutError:
                pass

    async def _read(self) -> None:
        """Everything undone that is not in hand. A row that is finished meanwhile is fenced when it is handled.

        While we are behind, nothing is handed over, or a new update would overtake an older one of its chat: what
        came meanwhile is read too, until nothing did.
        """
        while len(self._known) < MOST_IN_MEMORY:
            self._refused = False
            rows = await undone(self.source, self._known, PAGE)
            self._add(Item(row.id, row.lane, orjson.loads(row.body), True, begun=row.attempts) for row in rows)
            if len(rows) < PAGE and not self._refused:
                self._behind = False
                self.room.set()
                return
        self._behind = True

    async def _working(self) -> None:
        while True:
            heed()
            lane = await self._ready.get()
            if self._closing:
                return
            line = self._lines[lane]
            item = line[0]
            self._busy += 1
            try:
                with about(source=self.source, update=item.update.get("update_id"), delivery=item.id):
                    pause = await self._one(item)
            finally:
                self._busy -= 1
                if not self._busy:
                    self._quiet.set()
            if pause is not None:
                asyncio.get_running_loop().call_later(pause, self._ready.put_nowait, lane)
                continue
            line.popleft()
            self._known.discard(item.id)
            if line:
                self._ready.put_nowait(lane)
            else:
                del self._lines[lane]
            if self._behind and len(self._known) < MOST_IN_MEMORY // 2:
                self._look.set()

    async def _one(self, item: Item) -> float | None:
        """Handle one delivery; how long to wait before it is tried again, None when it is over."""
        try:
            await (self._again(item) if item.again else self._handle(item))
        except Retry as retry:
            return retry.seconds
        except LOST:
            item.tries += 1
            log.warning("database lost while handling, trying again")
            return min(0.1 * (1 << min(item.tries, 10)), LONGEST_PAUSE_S)
        return None

    async def _again(self, item: Item) -> None:
        """Count before trying. What was begun often already goes one at a time: if the process dies of one of them, the
        others have not been begun again."""
        if item.begun < SUSPECT:
            await self._begin(item)
            return
        async with self._alone:
            await self._begin(item)

    async def _begin(self, item: Item) -> None:
        begun = await inbox.begin_again(item.id)
        hit("inbox.begun_again")
        item.again = False
        if begun is None:
            return
        if begun > inbox.ATTEMPTS:
            await self._bury(item)
        else:
            await self._handle(item)

    async def _bury(self, item: Item) -> None:
        """Whoever said or pressed it hears that it was not done."""
        async with work():
            await inbox.kill(item.id, "the process ended each time this was handled")
            if item.lane and item.update.keys() & SAID:
                thread = incoming.thread_of(item.update)
                say(
                    self.source.partition(":")[2], item.lane, NOTE, {"key": "telegram.sorry"},
                    topic=f"thread:{thread}" if thread else None,
                )  # fmt: skip
        log.error("dead letter")
