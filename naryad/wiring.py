"""What every process of the desk has: servers, schema, models, keys, powers, reactions."""

import importlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from core import ports
from core.adapters.disk import Disk
from core.adapters.s3 import S3, read_bucket
from core.company import actions as company_actions
from core.company.queries import company
from core.kernel import ids
from core.kernel.clock import clock
from core.kernel.database import database
from core.kernel.links import links, listens_at
from core.kernel.words import load as load_words
from core.kernel.work import work
from core.people.actions import ensure_roles
from naryad.embedded import Servers, embedded, join
from naryad.errors import OperatorError
from naryad.migrate import migrate
from naryad.settings import Settings

POOL = 24


@asynccontextmanager
async def servers_for(settings: Settings, *, owner: bool) -> AsyncIterator[Servers]:
    """The configured servers; else our own, which only the all-in-one process (`owner`) runs and others join."""
    if settings.database_url and settings.redis_url:
        yield Servers(settings.database_url, settings.redis_url)
        return
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(embedded(settings.home)) if owner else join(settings.home)
        if own is None:
            raise OperatorError("run.no_servers")
        yield Servers(settings.database_url or own.database_url, settings.redis_url or own.redis_url, own.pids)


def storage_for(settings: Settings) -> ports.Storage:
    """The bucket that is set, else a folder."""
    if settings.files_url is None:
        return Disk(settings.files)
    return S3(read_bucket(settings.files_url))


@asynccontextmanager
async def desk(settings: Settings, servers: Servers) -> AsyncIterator[None]:
    """Everything that the rooms need, set once for this process."""
    await migrate(servers.database_url)
    load_words()
    importlib.import_module("core.reactions")
    ids.use(ids.Keys(list(settings.secrets)))
    ports.use(storage=storage_for(settings))
    links.public = settings.public_url
    links.own = listens_at(settings.web_host, settings.web_port)
    links.inside = settings.inside_hosts
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database(servers.database_url, pool=POOL))
        async with work():
            await company_actions.ensure()
            await ensure_roles()
        clock.offset = (await company()).clock_offset
        yield
