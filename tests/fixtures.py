"""An open desk for a test: its database, its keys, and the people every test knows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import core.reactions  # noqa: F401 - the desk of every test reacts, whichever tests run beside it
from core.kernel import ids
from core.kernel.clock import clock
from core.kernel.database import database
from core.presence.follower import follower
from tests import furnished
from tests.furnished import SECRET
from tests.world import World, go_on_duty


@pytest.fixture
async def desk(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """An empty desk: migrated, with its company row and roles, keys set, the clock on time."""
    ids.use(ids.Keys([SECRET]))
    clock.offset = 0
    follower.reset()
    async with database(database_url):
        if "world" not in request.fixturenames:
            await furnished.open_desk()
        yield database_url
    clock.offset = 0


@pytest.fixture
async def world(desk: str, run_folder: Path) -> World:
    """The small company of `tests/world.py`, on the desk of this test: its database is a copy where it has moved in."""
    found = furnished.read(run_folder / "world.json")
    await go_on_duty(found)
    return found
