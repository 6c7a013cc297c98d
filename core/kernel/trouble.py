"""A database that goes away under us, and what that does to being told to end."""

import asyncio

import asyncpg

LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""The database is away, or the connection broke in the middle of something: to be tried again. (asyncpg complains of
its own state when it is asked for more after the server said that it ends.)"""

AWAY = (asyncpg.PostgresError, *LOST)
"""Whatever keeps a table from being read: for loops that only read and try again."""

RIVALS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Two works met, and this one gave way."""


def heed() -> None:
    """Raise CancelledError if this task was told to end and has not. Endless loops ask at each turn: a connection that
    breaks while its statement is being cancelled tells of the break alone, and so does a TaskGroup in which something
    else failed; whoever waits for the loop's end would wait for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
