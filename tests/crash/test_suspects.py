"""An update that kills the process is buried; those that waited beside it are not."""

import asyncio

import pytest

from bot.telegram.feeder import SUSPECT, Feeder, Item
from bot.telegram.incoming import thread_of
from core.inbox import actions as inbox
from core.inbox import queries
from core.kernel.database import database
from core.kernel.read import fetch
from core.kernel.work import work
from tests.crash.ground import until

SOURCE = "tg:customer"
LIVES = 8
CHAT = 700


async def test_only_the_update_that_kills_is_buried(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, lives = inbox.begin_again, 0

    async def killer_first(delivery_id: int) -> int | None:
        if delivery_id != killer:
            await asyncio.sleep(0.05)
        return await begin(delivery_id)

    monkeypatch.setattr(inbox, "begin_again", killer_first)
    async with database(database_url):
        arrivals = [(str(n), CHAT + n, b'{"update_id": %d, "message": {"text": "?"}}' % n) for n in range(8)]
        killer = (await inbox.accept(SOURCE, arrivals))["0"]
        died = asyncio.Event()

        async def handle(item: Item) -> None:
            if item.lane == CHAT:
                await asyncio.sleep(0.3)
                died.set()
            if died.is_set() or lives <= SUSPECT:
                await asyncio.Event().wait()
            async with work():
                await inbox.finish(item.id)

        for lives in range(1, LIVES + 1):  # noqa: B007 - the handler looks at it
            died.clear()
            life = asyncio.create_task(Feeder(SOURCE, handle).run())
            await until(lambda: _over(died), 10)
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
        assert [dead.key for dead in await queries.dead_letters()] == ["0"]
        assert await queries.backlog() == {}
        told = await fetch("SELECT bot, chat_id, screen, facts ->> 'key' AS key FROM outbox_notices")
        assert [tuple(row.values()) for row in told] == [("customer", CHAT, "telegram.note", "telegram.sorry")]


async def _over(died: asyncio.Event) -> bool:
    """The process has died, or there is nothing left to die of."""
    return died.is_set() or await queries.backlog() == {}


@pytest.mark.parametrize(
    ("update", "thread"),
    [
        ({"message": {"message_thread_id": 7, "is_topic_message": True}}, 7),
        ({"message": {"message_thread_id": 7}}, None),
        ({"callback_query": {"message": {"message_thread_id": 8, "is_topic_message": True}}}, 8),
        ({"callback_query": {"message": "what?"}}, None),
        ({"callback_query": 5, "message": "x"}, None),
        ({}, None),
    ],
)
def test_the_topic_is_told_from_what_came(update: dict[str, object], thread: int | None) -> None:
    assert thread_of(update) == thread
