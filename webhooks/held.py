"""Sources that we hold a line to: a task for each that is connected and on, in one process of the desk at a time. The
process is elected by an advisory lock; a line that breaks is tried again with pauses, and the sources page says why."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from core.kernel.database import own_connection
from core.kernel.locks import hold
from core.kernel.trouble import heed
from core.sources.boxes import trouble
from core.sources.queries import SourceView, live_sources

LOOK_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0

log = logging.getLogger(__name__)


async def attend(stop: asyncio.Event, kind: str, begin: Callable[[SourceView], Coroutine[Any, Any, None]]) -> None:
    """Until `stop`; a source that was changed is begun anew, one that was turned off is ended."""
    running: dict[str, tuple[SourceView, asyncio.Task[None]]] = {}
    try:
        while not stop.is_set():
            heed()
            try:
                wanted = {one.id: one for one in (await live_sources()).values() if one.kind == kind}
                for source_id in [name for name, (one, _) in running.items() if wanted.get(name) != one]:
                    await _end(running.pop(source_id)[1])
                for source_id, source in wanted.items():
                    if source_id not in running:
                        running[source_id] = (source, asyncio.create_task(begin(source)))
            except Exception:
                log.exception("%s: trouble, trying again", kind)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
    finally:
        await asyncio.gather(*(_end(task) for _, task in running.values()))


async def keep(source: SourceView, space: int, session: Callable[[], Awaitable[Any]]) -> None:
    """One session after another, for ever. Pauses grow until one ends as it should, or has lasted."""
    pause = FIRST_PAUSE_S
    while True:
        heed()
        connection, began = None, time.monotonic()
        try:
            connection = await own_connection()
            await hold(connection, space, source.id)
            began = time.monotonic()
            await session()
            pause = FIRST_PAUSE_S
        except Exception as error:
            log.warning("source %s: %s", source.id, error)
            with suppress(Exception):
                await trouble(source.id, f"{type(error).__name__}: {error}")
        finally:
            if connection is not None:
                connection.terminate()
        if time.monotonic() - began > LONGEST_PAUSE_S:
            pause = FIRST_PAUSE_S
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
