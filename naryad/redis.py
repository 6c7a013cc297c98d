"""The process's Redis (or Valkey). It holds only what may be lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis

from core.presence import live

CONNECTIONS = 10
TIMEOUT_S = 2.0


@asynccontextmanager
async def redis(url: str, prefix: str) -> AsyncIterator[Redis]:
    pool = BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS, timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    )
    client = Redis(connection_pool=pool)
    live.use(live.Live(client, prefix.rstrip(":")))
    try:
        yield client
    finally:
        live.use(None)
        await client.aclose()
        await pool.disconnect()
