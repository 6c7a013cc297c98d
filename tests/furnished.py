"""A database in which the company of `tests/world.py` has moved in already: copying it is many times cheaper than
moving in anew for each of the thousands of tests that know these people. What depends on the hour happens in the test.
"""

import dataclasses
import json
from pathlib import Path

import core.reactions  # noqa: F401 - as in every test: the desk reacts while its company moves in
from core.company import actions as company
from core.kernel import ids
from core.kernel.clock import clock
from core.kernel.database import database
from core.kernel.work import work
from core.people import actions as people
from tests.world import World, move_in

SECRET = "a secret that only tests know"


async def furnish(database_url: str, note: Path) -> None:
    """Fill a migrated, empty database; `note` tells later who is who (`read`)."""
    ids.use(ids.Keys([SECRET]))
    clock.offset = 0
    async with database(database_url):
        await open_desk()
        world = await move_in()
    note.write_text(json.dumps(dataclasses.asdict(world)))


async def open_desk() -> None:
    """What a desk has before anybody comes: its company's row, its roles."""
    async with work():
        await company.ensure()
        await people.ensure_roles()


def read(note: Path) -> World:
    return World(**json.loads(note.read_text()))
