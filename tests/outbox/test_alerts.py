"""Dispatchers learn who can't be reached."""

from bot.telegram.alerts import unreachable
from core.chats.models import DispatchGroup
from core.kernel.actor import contact, group
from core.kernel.clock import now
from core.kernel.work import work
from core.outbox import queries as outbox
from core.outbox.models import Address
from tests.world import World


async def test_every_group_that_can_be_reached_is_told_by_name(world: World) -> None:
    chats = []
    for chat_id in (-1001, -1002):
        row = await DispatchGroup.create(chat_id=chat_id, title="Group", bound_at=now())
        await Address.create(party=group(row.id), bot="dispatcher", chat_id=chat_id)
        chats.append(row.id)
    async with work():
        await unreachable("customer", [contact(world.olga), group(chats[1])], "Forbidden: bot was blocked by the user")
    (told,) = await outbox.waiting("dispatcher", [-1001, -1002])
    assert told.chat_id == -1001
    assert told.screen == "dispatcher.alert"
    assert told.facts["kind"] == "unreachable"
    assert told.facts["who"]
    async with work():
        await unreachable("dispatcher", [group(chats[0])], "kicked")
    assert len(await outbox.waiting("dispatcher", [-1001, -1002])) == 1
