"""An open desk for a test: its database, its keys, and the people every test knows."""

from collections.abc import AsyncIterator

import pytest

import core.reactions  # noqa: F401 - the desk of every test reacts, whichever tests run beside it
from core.company import actions as company
from core.kernel import ids
from core.kernel.clock import clock
from core.kernel.database import database
from core.kernel.work import work
from core.people import actions as people
from core.presence.follower import follower
from tests.world import World, build_world

SECRET = "a secret that only tests know"


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[str]:
    """An empty desk: migrated, with its company row and roles, keys set, the clock on time."""
    ids.use(ids.Keys([SECRET]))
    clock.offset = 0
    follower.reset()
    async with database(database_url):
        async with work():
            await company.ensure()
            await people.ensure_roles()
        yield database_url
    clock.offset = 0


@pytest.fixture
async def world(desk: str) -> World:
    """The small company of `tests/world.py`, on the desk of this test."""
    return await build_world()
