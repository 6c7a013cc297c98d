"""One process at a time owns a bot: it polls, handles and sends. Elected by an advisory lock on a connection of its
own; whoever loses the connection has lost the bot, at once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.telegram.api import pause
from core.kernel.database import own_connection
from core.kernel.locks import answers, hold
from core.kernel.trouble import AWAY, heed

LOCKS = 7_305
PULSE_S = 3.0
TROUBLE_S = 0.5

log = logging.getLogger(__name__)


class Lost(Exception):
    """This process owns the bot no more."""


@asynccontextmanager
async def ownership(name: str, stop: asyncio.Event) -> AsyncIterator[asyncio.Event | None]:
    """Wait until this process owns `name` and yield the event that is set when it does so no more.

    Yields None when `stop` was set first. The lock ends with the block, or with the process, however that dies.
    """
    connection = await _elected(name, stop)
    if connection is None:
        yield None
        return
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    pulse = asyncio.create_task(_pulse(connection, lost))
    log.info("owner of %s", name)
    try:
        yield lost
    finally:
        pulse.cancel()
        connection.terminate()


async def _elected(name: str, stop: asyncio.Event) -> Any:
    while not stop.is_set():
        heed()
        try:
            connection = await own_connection()
        except AWAY:
            await pause(stop, TROUBLE_S)
            continue
        lock = asyncio.create_task(hold(connection, LOCKS, name))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((lock, stopped), return_when=asyncio.FIRST_COMPLETED)
            if lock.done() and lock.exception() is None and not stop.is_set():
                return connection
        finally:
            stopped.cancel()
            if not lock.done():
                lock.cancel()
        connection.terminate()
        await pause(stop, TROUBLE_S)
    return None


async def _pulse(connection: Any, lost: asyncio.Event) -> None:
    """A line that hangs is a line that is lost."""
    while True:
        heed()
        await asyncio.sleep(PULSE_S)
        try:
            await answers(connection, PULSE_S)
        except Exception:
            lost.set()
            return
