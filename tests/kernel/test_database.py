"""A desk that starts while its database is coming up waits for it."""

import asyncio
import tempfile
from pathlib import Path

from core.kernel.database import database, pool
from naryad.embedded.postgres import Postgres


async def test_a_server_that_is_coming_up_is_waited_for() -> None:
    with tempfile.TemporaryDirectory(prefix="naryad-late-") as folder:
        server = Postgres(Path(folder), fast=True)
        await server.start()
        url = server.url
        await server.stop()
        starting = asyncio.create_task(_answer(url))
        done, _ = await asyncio.wait((starting,), timeout=1)
        assert not done
        again = Postgres(Path(folder), fast=True)
        await again.start()
        try:
            assert await asyncio.wait_for(starting, 30) == 1
        finally:
            await again.stop()


async def _answer(url: str) -> int:
    async with database(url, pool=1):
        return int(await pool().fetchval("SELECT 1"))
