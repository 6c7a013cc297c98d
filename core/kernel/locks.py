"""One process at a time: whoever's session holds a PostgreSQL advisory lock. It ends with the session, however the
process dies."""

import hashlib
from typing import Any


async def hold(connection: Any, space: int, name: str) -> None:
    """Wait until this session holds the lock of `name`; different users of locks have different `space`s."""
    await connection.execute("SELECT pg_advisory_lock($1::int, $2::int)", space, number(name))


async def meet(work: Any, name: str) -> None:
    """Works that meet at one name wait for each other: the lock ends with the work."""
    await work.execute("SELECT pg_advisory_xact_lock(hashtextextended('meet:' || $1, 0))", name)


async def answers(connection: Any, within_s: float) -> None:
    """Raises when the session's server says nothing in time: it may have given the lock to another."""
    await connection.execute("SELECT 1", timeout=within_s)


def number(name: str) -> int:
    """The lock's number of a name, the same in every process."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)
