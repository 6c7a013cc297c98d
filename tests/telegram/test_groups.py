"""Groups: topics and their posts, a topic that was deleted, replies, a plain group, a group that gets a new id."""

import pytest

from bot.routes import SCREENS, Routes, screen
from bot.telegram.ledger import Ledger
from bot.turn import Turn
from bot.view import View
from core.chats.models import DispatchGroup
from core.company import actions as company
from core.kernel.actor import group
from core.kernel.clock import now
from core.kernel.work import work
from core.outbox import queries as outbox
from core.outbox.actions import tell
from core.outbox.models import Address
from core.outbox.sending import CardRow
from tests.telegram.conftest import ANNA, BORIS, BOT, Desk, until

if "toy.topic" not in SCREENS:
    screen("toy.topic")(lambda facts, locale, zone: View(topic=facts["name"], closed=facts.get("closed", False)))


def group_routes(seen: list[Turn]) -> Routes:
    routes = Routes("dispatcher")

    @routes.otherwise
    async def anything(turn: Turn) -> None:
        seen.append(turn)
        turn.react()

    @routes.command("hello")
    async def hello(turn: Turn) -> None:
        turn.say("toy.echo", {"text": "hello"})

    return routes


@pytest.fixture
async def chat_id(desk: Desk) -> int:
    """A bound dispatch group with topics."""
    chat = desk.sim.add_group("Диспетчерская", forum=True, members=[ANNA, BORIS], bots=[BOT])
    async with work():
        await company.ensure()
    await bound(chat)
    return chat


async def bound(chat: int) -> None:
    row = await DispatchGroup.create(chat_id=chat, title="Диспетчерская", is_forum=True, bound_at=now())
    await Address.create(party=group(row.id), bot="dispatcher", chat_id=chat)


async def post(text: str, **options: object) -> None:
    (row,) = await DispatchGroup.all()
    async with work():
        tell(group(row.id), "dispatcher", "toy.echo", {"text": text}, **options)  # type: ignore[arg-type]


async def topic(name: str, revision: int = 1, **facts: object) -> None:
    (row,) = await DispatchGroup.all()
    async with work():
        tell(
            group(row.id),
            "dispatcher",
            "toy.topic",
            {"name": name, **facts},
            card="topic:1",
            revision=revision,
            op="topic",
        )


async def test_posts_go_into_their_topic_and_replies_know_what_they_answer(desk: Desk, chat_id: int) -> None:
    seen: list[Turn] = []
    key = str(chat_id)
    async with desk.bot(group_routes(seen), "dispatcher"):
        await topic("№ 1001")
        await post("card", card="order:1", revision=1, topic="topic:1")
        await post("about it", topic="topic:1", reply_to="order:1")
        await until(lambda: "about it" in desk.texts(ANNA, key))
        thread = next(iter(desk.sim.world.chats[key].topics))
        card = next(m for m in desk.sim.history(key, ANNA, None, 50) if m.get("text") == "card")
        assert card["message_thread_id"] == thread
        assert desk.last(ANNA, key)["reply_to_message"]["message_id"] == card["message_id"]
        await until(lambda: desk.rows("SELECT 1 FROM outbox_cards WHERE card = 'order:1'"))
        await desk.sim.act(ANNA, key, "text", thread=thread, text="typed", reply_to=card["message_id"])
        await until(lambda: seen)
        assert (seen[0].topic, seen[0].replied, seen[0].thread_id, seen[0].private) == (
            "topic:1",
            "order:1",
            thread,
            False,
        )
        await desk.sim.act(ANNA, key, "text", thread=thread, text="/hello@toy_bot")
        await desk.sim.act(ANNA, key, "text", thread=thread, text="/hello@another_bot")
        await until(lambda: desk.last(ANNA, key)["text"] == "hello")
        assert desk.last(ANNA, key)["message_thread_id"] == thread
        await topic("№ 1001 ✓", 2, closed=True)
        await until(lambda: desk.sim.world.chats[key].topics[thread].closed)
        assert desk.sim.world.chats[key].topics[thread].name == "№ 1001 ✓"
    assert await outbox.undelivered() == []


async def test_a_deleted_topic_is_made_anew(desk: Desk, chat_id: int) -> None:
    key = str(chat_id)
    async with desk.bot(group_routes([]), "dispatcher"):
        await topic("№ 1001")
        await post("first", topic="topic:1")
        await until(lambda: desk.texts(ANNA, key)[-1:] == ["first"])
        desk.sim.world.chats[key].topics.clear()
        await post("second", topic="topic:1")
        await until(lambda: desk.texts(ANNA, key)[-1:] == ["second"])
        assert [one.name for one in desk.sim.world.chats[key].topics.values()] == ["№ 1001"]


async def test_a_topic_just_made_is_known_though_the_chat_is_read_anew(desk: Desk) -> None:
    ledger, made = Ledger("dispatcher"), CardRow(-100, "topic:1", None, 7, 1, "open")
    ledger.card(made)
    ledger.forget_chat(-100)
    assert await ledger.cards([(-100, "topic:1")]) == {(-100, "topic:1"): made}


async def test_a_plain_group_works_and_is_followed_when_it_gets_a_new_id(desk: Desk) -> None:
    async with work():
        await company.ensure()
    old = desk.sim.add_group("Простая", forum=False, members=[ANNA], bots=[BOT])
    await bound(old)
    async with desk.bot(group_routes([]), "dispatcher"):
        await topic("№ 1001")
        await post("one", topic="topic:1", card="order:1", revision=1)
        await until(lambda: desk.texts(ANNA, str(old))[-1:] == ["one"])
        new = desk.sim.migrate_group(old)
        await post("two", topic="topic:1", card="order:1", revision=2)
        await until(lambda: desk.texts(ANNA, str(new))[-1:] == ["two"], 30)
        (row,) = await DispatchGroup.all()
        assert row.chat_id == new
        await post("three", topic="topic:1", card="order:1", revision=3)
        await until(lambda: desk.texts(ANNA, str(new))[-1:] == ["three"])
    assert await outbox.backlog() == {}
