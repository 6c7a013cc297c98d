"""What every test shares: the run's PostgreSQL and Valkey, and a fresh database for each test that asks."""

import fcntl
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from naryad.embedded import Servers
from tests.servers import Run, servers_of
from tests.set_up import patient, set_up_once

os.environ["NARYAD_STRICT_WORDS"] = "1"

pytest_plugins = ["tests.fixtures", "tests.buckets"]

set_up_once()
patient()

RUN = pytest.StashKey[Run]()
numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[RUN] = Run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if run := config.stash.get(RUN, None):
        run.end()


LONGEST = (
    "tests/crash/test_failpoints",
    "tests/story/",
    "tests/crash/test_restarts",
    "tests/crash/",
    "tests/simulator_page/",
    "tests/admin_web/test_browser",
    "tests/naryad/test_run",
    "tests/embedded/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest begins first, so that no worker is left alone with it at the end."""

    def place(item: pytest.Item) -> int:
        name = item.nodeid
        return next((n for n, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))

    items.sort(key=place)


TOGETHER = "tests/story/"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):  # type: ignore[no-untyped-def]
    """Modules as they are, but those of the story on one worker: the running demo that they share is started once."""
    from xdist.scheduler import LoadScopeScheduling

    class OneDemo(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER if nodeid.startswith(TOGETHER) else str(super()._split_scope(nodeid))

    return OneDemo(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # type: ignore[no-untyped-def]
    node.workerinput["naryad_run"] = str(node.config.stash[RUN].folder)


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest) -> Path:
    """A folder shared by all workers of this run."""
    workerinput = getattr(request.config, "workerinput", None)
    return Path(workerinput["naryad_run"]) if workerinput else request.config.stash[RUN].folder


@pytest.fixture(scope="session")
def servers(run_folder: Path) -> Servers:
    """The run's PostgreSQL (fast, not durable) and Valkey."""
    return servers_of(run_folder)


@pytest.fixture(scope="session")
async def template_database(servers: Servers, run_folder: Path, request: pytest.FixtureRequest) -> str:
    """The name of a migrated, empty database that nobody connects to; made by the first who asks."""

    async def migrated(url: str) -> None:
        from tests.template import fill

        await fill(url, request.config.cache.mkdir("schema"))

    return await _template(servers, run_folder, "template_desk", "template0", migrated)


@pytest.fixture(scope="session")
async def template_world(servers: Servers, run_folder: Path, template_database: str) -> str:
    """The same with the company of `tests/world.py` in it."""

    async def furnished(url: str) -> None:
        from tests.furnished import furnish

        await furnish(url, run_folder / "world.json")

    return await _template(servers, run_folder, "template_world", template_database, furnished)


@pytest.fixture
async def database_url(
    servers: Servers, template_database: str, template_world: str, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """A migrated database of the test's own, dropped afterwards together with whoever is still connected. Who asks for
    the fixture `world` finds it furnished."""
    template = template_world if "world" in request.fixturenames else template_database
    name = f"test_{os.getpid()}_{next(numbers)}"
    await _administer(servers, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _named(servers.database_url, name)
    await _administer(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_url(servers: Servers) -> AsyncIterator[str]:
    """Like database_url, but without a schema."""
    name = f"test_{os.getpid()}_{next(numbers)}"
    await _administer(servers, f"CREATE DATABASE {name}")
    yield _named(servers.database_url, name)
    await _administer(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def redis_url(servers: Servers, worker_id: str) -> AsyncIterator[str]:
    """An empty Valkey database that no other worker uses."""
    number = int(worker_id.removeprefix("gw")) + 2 if worker_id.startswith("gw") else 1
    url = servers.redis_url.replace("db=0", f"db={number}")
    async with Redis.from_url(url) as client:
        await client.flushdb()
        yield url
        await client.flushdb()


async def _template(
    servers: Servers, run_folder: Path, name: str, of: str, fill: Callable[[str], Awaitable[None]]
) -> str:
    """Make that database, a copy of another that `fill` completes, unless another process of this run has made it."""
    with (run_folder / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not await _exists(servers, name):
            draft = f"{name}_draft"
            await _administer(servers, f"DROP DATABASE IF EXISTS {draft}", f"CREATE DATABASE {draft} TEMPLATE {of}")
            await fill(_named(servers.database_url, draft))
            await _administer(servers, f"ALTER DATABASE {draft} RENAME TO {name}")
    return name


def _named(url: str, database: str) -> str:
    return url.replace("@/naryad?", f"@/{database}?")


async def _exists(servers: Servers, name: str) -> bool:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return bool(await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name))
    finally:
        await connection.close()


async def _administer(servers: Servers, *statements: str) -> None:
    connection = await asyncpg.connect(servers.database_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
