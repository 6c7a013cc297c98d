"""Two orders about one fridge, of one customer: Olga's from the bot, and one that came from their ticket system."""

from dataclasses import dataclass
from typing import Any

import pytest

import core.reactions  # noqa: F401
from core.chats import actions as chats
from core.files.models import File
from core.kernel.actor import SYSTEM, Actor, contact, member
from core.kernel.clock import now
from core.kernel.work import work
from core.orders import actions as orders
from core.sources import actions as sources
from tests.world import World

GROUP = -1001


@dataclass
class Two:
    """`first` is Olga's, `second` stands for ticket T-2 of `crm`; each has a message and a photo."""

    world: World
    boss: Actor
    olga: Actor
    first: int
    second: int

    async def job(self, order_id: int) -> int:
        async with work() as w:
            sql = "SELECT max(id) FROM orders_jobs WHERE order_id = $1"
            return int(await w.fetchval(sql, order_id))

    async def do(self, call: Any, *args: Any, by: Actor | None = None) -> Any:
        """One verb in a work of its own, by the dispatcher unless said otherwise."""
        async with work(by or self.boss):
            return await call(*args)


async def order(world: World, words: str, **fields: Any) -> int:
    usual = {"customer_id": world.azbuka, "site_id": world.arbat, "contact_id": world.olga, "source": "telegram"}
    return await orders.create(words=words, **usual | fields)


@pytest.fixture
async def two(world: World) -> Two:
    boss, olga = await world.actor(member(world.dispatcher)), await world.actor(contact(world.olga))
    async with work(boss):
        await chats.bind_group(GROUP, "Диспетчерская", True)
    async with work(olga):
        first = await order(world, "Витрина не холодит", asset_ids=[world.fridge])
        await said(first, "Когда приедете?")
    async with work(SYSTEM):
        second = await order(world, "Не холодит витрина, тает молоко", asset_ids=[world.freezer], source="crm")
        await sources.link("crm", "T-1", first)
        await sources.link("crm", "T-2", second)
        await said(second, "Заявка из вашей системы")
    return Two(world, boss, olga, first, second)


async def said(order_id: int, text: str) -> None:
    photo = await File.create(kind="photo", created_by="system", created_at=now())
    await orders.attach(order_id, photo.id, "request")
    await chats.post(order_id, "team", text)
