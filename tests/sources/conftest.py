"""Deliveries as the door keeps them, followed as the worker does."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import core.reactions  # noqa: F401
from core.chats import actions as chats
from core.inbox import actions as inbox
from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.work import work
from core.sources import actions
from core.sources.kept import Kept, inbox_of, pack
from core.sources.models import Outcome
from core.sources.worker import Follower
from tests.sources.crm import crm as crm
from tests.world import World

numbers = itertools.count(1)
GROUP = -1001
Bring = Callable[..., Awaitable[Outcome]]


@pytest.fixture
async def group(world: World) -> int:
    """A dispatch group that takes everything."""
    async with work(await world.actor(member(world.dispatcher))):
        return await chats.bind_group(GROUP, "Диспетчерская", False)


@pytest.fixture
async def bring(world: World, group: int) -> Bring:
    """Keep a delivery of a source and follow it; what came of it."""

    async def one(
        source_id: str, body: bytes = b"", *, key: str = "", action: str = "process", **normalized: Any
    ) -> Outcome:
        kept = Kept("POST", "https://desk.test/hooks/x", (), body, action, now(), "why", normalized)
        key = key or f"k{next(numbers)}"
        ids = await inbox.accept(inbox_of(source_id), [(key, 1, pack(source_id, kept))])
        follower = Follower()
        while await follower.run_one():
            pass
        return await Outcome.get(delivery_id=ids[key])

    return one


async def connect(source_id: str, kind: str, given: dict[str, str] | None = None, **options: Any) -> None:
    async with work():
        await actions.add_source(source_id, kind, f"Их {source_id}", given or {}, **options)
