"""Tortoise's engine for PostgreSQL, which loses no connection, on a pool that gives them back in no task of their own.

asyncpg takes each connection back in a task beside, lest a cancellation keep it while the server is being told to
forget its session. Ours is told nothing (`database.py`), so that nothing waits there and nothing can be cancelled; the
task, and all that watches it, took 4 % of a button press.

Tortoise forgets the connection, and stays set to it, when a transaction is cancelled (or fails) while it begins: each
such one was lost to the pool for good.
"""

from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

MOST_QUERIES = 50_000
LONGEST_IDLE_S = 300.0


class Pool(asyncpg.Pool):  # type: ignore[misc]
    async def release(self, connection: PoolConnectionProxy, *, timeout: float | None = None) -> None:
        """As asyncpg does it, but at once; in its own way where a connection is to be closed, or is still cancelling
        a statement."""
        holder, inner = connection._holder, connection._con
        if inner is None or holder._pool is not self or _must_wait(holder, inner):
            await super().release(connection, timeout=timeout)
            return
        inner._on_release()
        await holder.release(None)


def _must_wait(holder: Any, inner: Any) -> bool:
    protocol = inner._protocol
    stale = protocol.queries_count >= holder._max_queries or holder._generation != holder._pool._generation
    return bool(stale or protocol._is_cancelling() or protocol.is_in_transaction() or inner._top_xact is not None)


class Transaction(TransactionContextPooled):
    """Ends what did not begin: the connection, of which nobody knows how far it came, is closed, and the pool opens
    another when it needs one."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        self.token = None  # type: ignore[assignment]
        try:
            return await super().__aenter__()
        except BaseException:
            if self.token is not None:
                get_connections().reset(self.token)
                self.client._connection.terminate()
            raise


class Client(AsyncpgDBClient):
    def _in_transaction(self) -> TransactionContext:
        return Transaction(TransactionWrapper(self), self._pool_init_lock)

    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:
        usual = {
            "init_size": kwargs["min_size"],
            "max_queries": MOST_QUERIES,
            "max_inactive_connection_lifetime": LONGEST_IDLE_S,
            "record_class": asyncpg.Record,
        }
        return await Pool(**(usual | kwargs))


client_class = Client
"""By this name Tortoise finds it."""
