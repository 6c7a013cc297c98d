"""The desk's database: which tables there are, how to connect, how to bring the schema up to date."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from tortoise import Tortoise

import core
from core.kernel.connection import Connection
from core.kernel.filters import prepare_when_asked

prepare_when_asked()

MIGRATION_LOCK = 7_304_401
COMES_UP_S = 30.0

log = logging.getLogger(__name__)


def model_modules() -> list[str]:
    """Every room's `models.py`, in the alphabet's order."""
    files = [file for root in core.__path__ for file in Path(root).glob("*/models.py")]
    return sorted(f"core.{file.parent.name}.models" for file in files)


async def _leave_as_is(_connection: Any) -> None:
    """Nothing to undo when a connection goes back to the pool (asyncpg ends an open transaction by itself): nobody
    sets, listens or locks for a session there. It saves a round trip for every transaction."""


async def _read_only(connection: Any) -> None:
    """Said to each new connection: as a setting at its start a pooler would refuse it, or forget it."""
    await connection.execute("SET default_transaction_read_only = on")


def tortoise_config(database_url: str, *, pool: int = 10, read_only: bool = False) -> dict[str, Any]:
    """Settings for `Tortoise.init`. The URL is `postgresql://user:password@host:port/name` or, for a socket,
    `postgresql://user:password@/name?host=/folder`; statements are not shared through a transaction pooler. With
    `read_only` the server itself refuses whatever would change a row."""
    parts = urlsplit(database_url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    credentials: dict[str, Any] = {
        "host": query.pop("host", parts.hostname or "localhost"),
        "port": int(query.pop("port", parts.port or 5432)),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/"),
        "minsize": 1,
        "maxsize": pool,
        "server_settings": {"application_name": "naryad", "timezone": "UTC"},
        "reset": _leave_as_is,
        "connection_class": Connection,
        **({"init": _read_only} if read_only else {}),
        **query,
    }
    return {
        "connections": {"default": {"engine": "core.kernel.engine", "credentials": credentials}},
        "apps": {
            "models": {
                "models": model_modules(),
                "migrations": "core.migrations",
                "default_connection": "default",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def database(database_url: str, *, pool: int = 10, read_only: bool = False) -> AsyncIterator[None]:
    """Open the models on this database for the whole process (tasks started elsewhere see them too)."""
    config = tortoise_config(database_url, pool=pool, read_only=read_only)
    await Tortoise.init(config=config, _enable_global_fallback=True)
    here = Opened(database_url, Tortoise.get_connection("default"))
    await _connected(here.client)
    _opened.append(here)
    try:
        yield
    finally:
        _opened.remove(here)
        for line in tuple(_lines):
            await line.close()
        await Tortoise.close_connections()


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A database that is open: its address, and Tortoise's client that holds its pool."""

    url: str
    client: Any


_opened: list[Opened] = []


def opened() -> str:
    """The address of the database that is open: for a process of our own that works on it too."""
    return _opened[-1].url


async def _connected(client: Any) -> None:
    """A server that is just coming up again is waited for."""
    patience = time.monotonic() + COMES_UP_S
    while True:
        try:
            await client.create_connection(with_db=True)
            return
        except (OSError, asyncpg.CannotConnectNowError) as error:
            if time.monotonic() > patience:
                raise
            log.warning("the database is not there yet: %s", error)
            await asyncio.sleep(0.5)


def desk_client() -> Any:
    """What stands for the database that is open, inside a transaction too: its pool's client."""
    return _opened[-1].client


def pool() -> asyncpg.Pool:
    """The pool itself, for single statements outside any work. Inside one it would be a second connection: don't."""
    return desk_client()._pool


async def own_connection() -> asyncpg.Connection:
    """A connection beside the pool to the same database: for session locks and for listening. The caller closes it."""
    client = desk_client()
    return await asyncpg.connect(
        host=client.host,
        port=client.port,
        user=client.user,
        password=client.password,
        database=client.database,
        server_settings=client.server_settings,
        connection_class=Connection,
    )


class Line:
    """A connection beside the pool that stays open, for a flood of small statements: to take one from the pool and give
    it back costs as much CPU as a COPY of a hundred rows. Opened when it is first needed, and again after it was lost;
    closed with the database. One statement at a time."""

    def __init__(self) -> None:
        self._connection: asyncpg.Connection | None = None
        self._free = asyncio.Lock()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._free:
            if self._connection is None or self._connection.is_closed():
                self._connection = await own_connection()
                _lines.add(self)
            yield self._connection

    async def close(self) -> None:
        _lines.discard(self)
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


_lines: set[Line] = set()


async def migrate(database_url: str) -> list[str]:
    """Bring the schema up to date under an advisory lock, so that many processes may start at once.

    Returns the names of the migrations that were applied now.
    """
    from core.kernel.migrating import SchemaExecutor

    guard = await asyncpg.connect(database_url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        applied: list[str] = []
        config = tortoise_config(database_url, pool=2)
        async with database(database_url, pool=2):
            executor = SchemaExecutor(Tortoise.get_connection("default"), config["apps"])
            await executor.migrate(progress=lambda event, app, name: applied.append(name))
        return sorted(set(applied))
    finally:
        await guard.close()
