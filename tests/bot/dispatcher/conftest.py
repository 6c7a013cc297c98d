"""A bound dispatch group with Dmitry in it, and a chat of his own with the bot."""

from dataclasses import dataclass

import pytest

import bot.dispatcher.app  # noqa: F401
import core.reactions  # noqa: F401
from bot.dispatcher.routes import routes
from core.chats import actions as chats
from core.chats.rules import topic_card
from core.kernel.actor import member
from core.kernel.work import work
from tests.bot.conftest import Call
from tests.bot.play import Phone
from tests.world import World

GROUP = -1001


@dataclass
class Team:
    """`dmitry` in the group (in the topic of an order when `topic` is set), `private` in his own chat."""

    world: World
    dmitry: Phone
    private: Phone

    def in_topic(self, order: int) -> Phone:
        self.dmitry.topic = topic_card(order)
        return self.dmitry


@pytest.fixture
async def bound(world: World) -> int:
    async with work(await world.actor(member(world.dispatcher))):
        return await chats.bind_group(GROUP, "Диспетчерская", True)


@pytest.fixture
async def team(bound: int, world: World) -> Team:
    user = world.tg(member(world.dispatcher))
    return Team(world, Phone(routes, user, "Дмитрий", chat=GROUP), Phone(routes, user, "Дмитрий"))


@pytest.fixture
async def told(bound: int, call: Call) -> Call:
    """An order that the group knows of."""
    return call
