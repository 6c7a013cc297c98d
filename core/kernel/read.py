"""Raw reads that work inside a running `work()` and outside one; rows index by name, parameters are `$1`-style.

Inside a work they go straight to its connection. Outside, Tortoise returns no rows for a raw statement that begins with
INSERT, UPDATE or DELETE: begin it with `WITH`.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import orjson
from tortoise.connection import get_connection

from core.kernel.work import running


async def fetch(sql: str, *args: Any) -> Sequence[Any]:
    w = running()
    if w is not None:
        return await w.fetch(sql, *args)
    return (await get_connection("default").execute_query(sql, list(args)))[1]


async def fetchrow(sql: str, *args: Any) -> Any | None:
    rows = await fetch(sql, *args)
    return rows[0] if rows else None


async def fetchval(sql: str, *args: Any) -> Any | None:
    """The first column of the first row; None when there is no row."""
    row = await fetchrow(sql, *args)
    return None if row is None else row[0]


async def together(*reads: Coroutine[Any, Any, Any]) -> list[Any]:
    """What several reads find, at once; one after the other inside a work, which has one connection."""
    if running() is None:
        return await asyncio.gather(*reads)
    try:
        return [await one for one in reads]
    finally:
        for one in reads:
            one.close()


def parsed(value: Any) -> Any:
    """A `json` column as raw queries give it (text), read."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value
