"""Who holds a task. A lease names its worker, and the worker's session holds an advisory lock of that number: when the
process dies, PostgreSQL knows at once, with no clock and no waiting. Moving the desk's clock moves no lease."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.kernel.database import own_connection

LOCKS = 7_304
ALIVE = f"""
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND classid = {LOCKS} AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""The numbers of all workers that are alive, as a part of other statements."""


class Holder:
    """A worker that is alive as long as its connection is."""

    def __init__(self, connection: Any, number: int) -> None:
        self._connection = connection
        self.number = number

    def lease(self) -> str:
        """A fresh lease, 36 characters at most."""
        return f"{self.number}:{secrets.token_hex(8)}"

    async def execute(self, sql: str) -> int:
        """A statement on the connection that this worker lives by, a transaction of its own; how many rows it touched.
        Raises when this worker is no more."""
        status: str = await self._connection.execute(sql)
        return int(status.rpartition(" ")[2])


@asynccontextmanager
async def holder() -> AsyncIterator[Holder]:
    """Be a worker for a while."""
    connection = await own_connection()
    try:
        number = secrets.randbelow(2**31)
        await connection.execute("SELECT pg_advisory_lock($1::int, $2::int)", LOCKS, number)
        yield Holder(connection, number)
    finally:
        connection.terminate()
