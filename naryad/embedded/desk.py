"""Both servers together: started by one owner, kept alive, and found by the owner's other commands."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from naryad.embedded.errors import EmbeddedError
from naryad.embedded.ownership import is_owned, owned, publish, published
from naryad.embedded.postgres import Postgres
from naryad.embedded.valkey import Valkey

RESTART_PAUSES = (0.0, 0.2, 1.0, 5.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Servers:
    """Where the servers answer; `pids` are those of PostgreSQL and Valkey as they were started."""

    database_url: str
    redis_url: str
    pids: tuple[int, ...] = ()


@asynccontextmanager
async def embedded(home: Path, fast: bool = False) -> AsyncIterator[Servers]:
    """Own and run both servers of this folder; raises AlreadyRunning when another process does.

    A server that dies is started anew under the same address. `fast` gives up durability (tests only).
    Enter it on the main thread: the servers are tied to the life of the thread that starts them.
    """
    with owned(home):
        postgres, valkey = Postgres(home, fast=fast), Valkey(home, fast=fast)
        keepers: list[asyncio.Task[None]] = []
        try:
            await _all(postgres.start(), valkey.start())
            servers = _servers(postgres, valkey)
            publish(home, {"pid": os.getpid(), **asdict(servers)})
            keepers = [asyncio.create_task(_keep(server)) for server in (postgres, valkey)]
            yield servers
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await _all(valkey.stop(), postgres.stop())


def join(home: Path) -> Servers | None:
    """The servers of the desk that runs in this folder, or None when none runs."""
    if not is_owned(home):
        return None
    note = published(home)
    if note is None:
        raise EmbeddedError("embedded.starting", home=home)
    return Servers(note["database_url"], note["redis_url"], tuple(note["pids"]))


@asynccontextmanager
async def open_servers(home: Path, database_url: str | None, redis_url: str | None) -> AsyncIterator[Servers]:
    """Servers for a short command: those configured, else the running desk's, else our own for a while."""
    if database_url and redis_url:
        yield Servers(database_url, redis_url)
        return
    async with AsyncExitStack() as stack:
        found = join(home)
        if found is None:
            found = await stack.enter_async_context(embedded(home))
        yield Servers(database_url or found.database_url, redis_url or found.redis_url, found.pids)


def _servers(postgres: Postgres, valkey: Valkey) -> Servers:
    pids = tuple(pid for pid in (postgres.child.pid, valkey.child.pid) if pid)
    return Servers(postgres.url, valkey.url, pids)


async def _all(*steps: Coroutine[object, object, None]) -> None:
    """Run all to the end, then raise the first error."""
    for outcome in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _keep(server: Postgres | Valkey) -> None:
    """Start a server that died anew, more slowly when it dies again and again."""
    failures = 0
    while True:
        code = await server.child.exited()
        log.error("embedded_server_died", server=server.child.program.name, code=code)
        await asyncio.sleep(RESTART_PAUSES[min(failures, len(RESTART_PAUSES) - 1)])
        try:
            await server.start()
            failures = 0
            log.warning("embedded_server_restarted", server=server.child.program.name)
        except EmbeddedError as error:
            failures += 1
            log.error("embedded_server_cannot_restart", server=server.child.program.name, reason=str(error))
