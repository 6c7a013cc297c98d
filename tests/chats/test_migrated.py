"""A group that became a supergroup, which somebody bound before that was told."""

import core.reactions  # noqa: F401
from core.chats import actions as chats
from core.chats.queries import groups
from core.kernel.actor import SYSTEM, member
from core.kernel.work import work
from tests.world import World

OLD, NEW, OTHER = -1, -1001, -2


async def test_the_areas_go_along(world: World) -> None:
    async with work(await world.actor(member(world.admin))):
        await chats.set_areas(await chats.bind_group(OLD, "Центр", True), [world.centre_area])
        await chats.bind_group(OTHER, "Остальные", True)
        await chats.bind_group(NEW, "Центр", True)
    async with work(SYSTEM):
        await chats.migrate_group(OLD, NEW)
    assert next(one for one in await groups() if one.chat_id == NEW).area_ids == (world.centre_area,)


async def test_one_of_the_two_is_read(world: World) -> None:
    async with work(await world.actor(member(world.admin))):
        await chats.bind_group(OLD, "Центр", True)
        await chats.bind_group(NEW, "Центр", True)
        await chats.update_group(NEW, active=False)
    async with work(SYSTEM):
        await chats.migrate_group(OLD, NEW)
    assert await groups()
