"""Hints: "look now, something is there". Whoever sleeps also polls, so a lost hint costs a second and no more.

Inside a process a hint is a function call. What nobody here listens to goes to the other processes by NOTIFY, from a
connection of its own and never inside a transaction (NOTIFY in a transaction makes all commits queue up).
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg

from core.kernel.database import own_connection
from core.kernel.trouble import AWAY, heed

CHANNEL = "naryad"
RECONNECT_S = 1.0
ORIGIN = secrets.token_hex(6)

Heard = Callable[[str], None]

log = logging.getLogger(__name__)
_listeners: dict[str, list[Heard]] = {}
_outgoing: set[tuple[str, str]] = set()
_wanted: asyncio.Event | None = None


def listen(topic: str, heard: Heard) -> Callable[[], None]:
    """Call `heard(payload)` for each hint of `topic`; returns how to stop."""
    _listeners.setdefault(topic, []).append(heard)

    def stop() -> None:
        with suppress(ValueError):
            _listeners[topic].remove(heard)

    return stop


def hint(topic: str, payload: str = "") -> None:
    """Wake whoever listens to `topic`, here or in another process. `payload` is short and holds no `|`."""
    here = _listeners.get(topic)
    if here:
        for heard in tuple(here):
            heard(payload)
    elif _wanted is not None:
        _outgoing.add((topic, payload))
        _wanted.set()


def broadcast(topic: str, payload: str = "") -> None:
    """Tell everyone who listens to `topic`, in this process and in all others: open pages, say."""
    for heard in tuple(_listeners.get(topic, ())):
        heard(payload)
    if _wanted is not None:
        _outgoing.add((topic, payload))
        _wanted.set()


async def link(stop: asyncio.Event) -> None:
    """Pass hints between this process and the others until `stop`; run it once per process."""
    global _wanted
    _wanted = asyncio.Event()
    try:
        while not stop.is_set():
            heed()
            try:
                await _pass(stop, _wanted)
            except AWAY as error:
                log.warning("hints: connection lost", extra={"error": type(error).__name__})
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RECONNECT_S)
    finally:
        _wanted = None


async def _pass(stop: asyncio.Event, wanted: asyncio.Event) -> None:
    connection = await own_connection()
    lost = asyncio.Event()

    def ended(_: Any) -> None:
        lost.set()
        wanted.set()

    connection.add_termination_listener(ended)
    ending = asyncio.create_task(_set_after(stop, wanted))
    try:
        await connection.add_listener(CHANNEL, _received)
        while not stop.is_set():
            await wanted.wait()
            wanted.clear()
            if lost.is_set():
                raise asyncpg.InterfaceError("connection closed")
            batch = sorted(_outgoing)
            _outgoing.clear()
            if batch:
                sql = "SELECT pg_notify($1, p) FROM unnest($2::text[]) p"
                await connection.execute(sql, CHANNEL, [f"{ORIGIN}|{topic}|{payload}" for topic, payload in batch])
    finally:
        ending.cancel()
        connection.terminate()


async def _set_after(stop: asyncio.Event, wanted: asyncio.Event) -> None:
    await stop.wait()
    wanted.set()


def _received(_connection: Any, _pid: int, _channel: str, text: str) -> None:
    origin, _, rest = text.partition("|")
    if origin == ORIGIN:
        return
    topic, _, payload = rest.partition("|")
    for heard in tuple(_listeners.get(topic, ())):
        heard(payload)
