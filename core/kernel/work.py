"""The unit of work: one transaction in which domain rows, dialogue, timers, tasks and notices commit together.

    async with work(actor) as w:
        await orders.actions.cancel(order_id, reason)

Inside, Tortoise models use the transaction by themselves; hot paths use `w.fetch`/`w.execute`, which go straight to
asyncpg on the same connection (its errors, JSON as text). Never use both at the same time (no `gather` inside a work),
and never let a task that was started inside outlive it. Other modules reach the running work by `current()`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.failpoints import hit
from core.kernel.trail import note
from core.kernel.trouble import LOST, heed

Finisher = Callable[["Work"], Awaitable[None]]
Reaction = Callable[[Any], Awaitable[None]]

_current: ContextVar["Work | None"] = ContextVar("work", default=None)
_reactions: dict[type, list[Reaction]] = {}


class Fenced(Exception):
    """Someone else has already done this piece of work: roll back and say nothing."""


@dataclass(slots=True)
class Work:
    """One transaction in progress. `now` is the same instant for all that it writes; `scratch` is for finishers."""

    actor: Actor
    now: datetime
    connection: Any
    notices: list[Any]
    finishers: list[Finisher]
    closers: list[Finisher]
    after: list[Callable[[], None]]
    scratch: dict[str, Any] = field(default_factory=dict)

    async def fetch(self, sql: str, *args: Any) -> Sequence[Any]:
        """Rows of a raw query (RETURNING too) on this transaction; `$1` parameters; rows index by name."""
        return await self.connection._connection.fetch(sql, *args)  # type: ignore[no-any-return]

    async def fetchrow(self, sql: str, *args: Any) -> Any | None:
        return await self.connection._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        return await self.connection._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a raw statement; how many rows it touched."""
        status: str = await self.connection._connection.execute(sql, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the commit, in this process only: hints and wake-ups, never effects that must happen."""
        self.after.append(call)

    async def _conclude(self) -> None:
        """What waits for the end."""
        for finish in self.finishers:
            await finish(self)
        for close in self.closers:
            await close(self)

    def _end(self) -> list[Callable[[], None]]:
        """What is to be called after the commit. Whatever waited here mostly holds the work itself: let go of, all that
        the work made is freed at once, and its memory used again while it is warm; kept, it would be garbage that only
        a search finds."""
        after, self.after = self.after, []
        for held in (self.notices, self.finishers, self.closers, self.scratch):
            held.clear()
        return after


def current() -> Work:
    """The running work. A programming error when there is none."""
    found = _current.get()
    if found is None:
        raise RuntimeError("no work is open here")
    return found


def running() -> Work | None:
    """The running work, if there is one: for what is read inside and outside of works alike."""
    return _current.get()


@asynccontextmanager
async def work(actor: Actor = SYSTEM) -> AsyncIterator[Work]:
    """Open a transaction for `actor`; an exception rolls everything back, and then nothing happened."""
    if _current.get() is not None:
        raise RuntimeError("a work is open already: pass it on, or use acting()")
    after: list[Callable[[], None]] = []
    try:
        async with in_transaction() as connection:
            w = Work(actor, now(), connection, [], [], [], [])
            token = _current.set(w)
            try:
                yield w
                await w._conclude()
                hit("work.before_commit")
            finally:
                _current.reset(token)
                after = w._end()
    except LOST:
        heed()
        raise
    hit("work.after_commit")
    for call in after:
        call()


@asynccontextmanager
async def part() -> AsyncIterator[Work]:
    """A part of the running work that a refusal takes back alone: it passes on to whoever opened the part, who goes on
    with the rest. Notices, hooks and whatever else waits for the end of a work wait for that of the part. Any other
    exception is the whole work's."""
    whole = current()
    inner = Work(whole.actor, whole.now, whole.connection, [], [], [], [])
    await whole.execute("SAVEPOINT part")
    token = _current.set(inner)
    try:
        yield inner
        await inner._conclude()
    except Refusal:
        inner._end()
        await whole.execute("ROLLBACK TO SAVEPOINT part")
        raise
    finally:
        _current.reset(token)
    await whole.execute("RELEASE SAVEPOINT part")
    whole.after += inner._end()


@asynccontextmanager
async def acting(actor: Actor) -> AsyncIterator[Work]:
    """Do a part of the running work as someone else: a reaction that the desk itself performs."""
    w = current()
    before, w.actor = w.actor, actor
    try:
        yield w
    finally:
        w.actor = before


def on(*events: type) -> Callable[[Reaction], Reaction]:
    """Register a reaction: `@on(OrderCreated)`. Reactions write rows only, in the transaction of their event."""

    def register(reaction: Reaction) -> Reaction:
        for event in events:
            _reactions.setdefault(event, []).append(reaction)
        return reaction

    return register


async def emit(event: Any) -> None:
    """Tell that something happened; every reaction runs now, in order of registration, inside this work."""
    if (order_id := getattr(event, "order_id", None)) is not None:
        note(order=order_id)
    for reaction in _reactions.get(type(event), ()):
        await reaction(event)
