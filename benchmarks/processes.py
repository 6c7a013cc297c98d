"""Child processes of a measurement, and what CPU time they used."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
Child = asyncio.subprocess.Process


@asynccontextmanager
async def child(module: str, *args: object) -> AsyncIterator[tuple[Child, str]]:
    """A Python process of ours and the first line it prints; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *map(str, args), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        yield process, await said(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: Child) -> str:
    """The next line that a child prints."""
    assert process.stdout is not None
    async with asyncio.timeout(120):
        line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise RuntimeError("a process of the measurement ended early")
    return line


def cpu_seconds(process: Child) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def fresh_database() -> AsyncIterator[str]:
    """A migrated, empty database on a PostgreSQL of its own."""
    from core.kernel.database import migrate
    from naryad.embedded import embedded

    with tempfile.TemporaryDirectory(prefix="naryad-bench-") as folder:
        async with embedded(Path(folder)) as servers:
            await migrate(servers.database_url)
            yield servers.database_url


async def run_sql(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def wait_for_none(database_url: str, sql: str, limit_s: float = 120) -> None:
    """Until the query (a count) answers 0."""
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(limit_s):
            while await connection.fetchval(sql):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await connection.close()
