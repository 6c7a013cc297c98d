"""Notices commit with their cause and are numbered in the order in which the chat must see them."""

import asyncio

import pytest

from core.kernel.database import pool
from core.kernel.work import current, work
from core.outbox import queries, sending
from core.outbox.actions import say, tell
from core.outbox.models import Address
from core.outbox.sending import CardRow, Outcome


@pytest.fixture(autouse=True)
async def open_desk(desk: str) -> None:
    """Every test here has a desk and one address."""
    await Address.create(party="contact:1", bot="customer", chat_id=5, locale="en", zone="Asia/Omsk")


async def waiting(chat_id: int = 5) -> list[tuple[int, str]]:
    return [(one.seq, one.facts["n"]) for one in await queries.waiting("customer", [chat_id])]


async def test_who_has_no_address_is_told_nothing_and_who_has_one_in_their_language() -> None:
    async with work():
        tell("contact:1", "customer", "s", {"n": "a"})
        tell("contact:2", "customer", "s", {"n": "b"})
        tell("contact:1", "technician", "s", {"n": "c"})
        say("customer", 9, "s", {"n": "d"}, locale="ru", zone="UTC")
    (one,) = await queries.waiting("customer", [5])
    assert (one.facts, one.locale, one.zone, one.party) == ({"n": "a"}, "en", "Asia/Omsk", "contact:1")
    (other,) = await queries.waiting("customer", [9])
    assert (other.facts, other.locale) == ({"n": "d"}, "ru")
    assert await queries.waiting_chats("customer") == {5: 1, 9: 1}


async def test_nothing_is_told_of_what_did_not_happen() -> None:
    with pytest.raises(ValueError, match="no"):  # noqa: PT012
        async with work():
            tell("contact:1", "customer", "s", {"n": "a"})
            raise ValueError("no")
    async with work():
        tell("contact:1", "customer", "s", {"n": "b"})
    assert await waiting() == [(1, "b")]


async def test_what_finishers_tell_comes_too() -> None:
    async with work() as w:
        say("customer", 5, "s", {"n": "screen"})

        async def reaction(_: object) -> None:
            tell("contact:1", "customer", "s", {"n": "reaction"})

        w.finishers.append(reaction)
    assert await waiting() == [(1, "screen"), (2, "reaction")]


async def test_numbers_have_no_gaps_and_follow_the_order_of_commits() -> None:
    async def one(n: int) -> None:
        async with work():
            for chat_id in (6, 5) if n % 2 else (5, 6):
                say("customer", chat_id, "s", {"n": f"{n}"})
                say("customer", chat_id, "s", {"n": f"{n}+"})

    await asyncio.gather(*(one(n) for n in range(30)))
    for chat_id in (5, 6):
        found = await waiting(chat_id)
        assert [seq for seq, _ in found] == list(range(1, 61))
        assert all(found[at][1] + "+" == found[at + 1][1] for at in range(0, 60, 2))


async def test_outcomes_and_cards_are_kept() -> None:
    async with work():
        for n in ("a", "b", "c"):
            tell("contact:1", "customer", "s", {"n": n}, card="order:1")
    ids = [one.id for one in await queries.waiting("customer", [5])]
    outcomes = [Outcome(ids[0], "sent", 1), Outcome(ids[1], "failed", 2, "why")]
    await sending.record("customer", outcomes, [CardRow(5, "order:1", 77, None, 3, "text")])
    assert await waiting() == [(3, "c")]
    (card,) = await queries.cards("customer", [(5, "order:1"), (5, "order:2")])
    assert (card.message_id, card.revision) == (77, 3)
    (failed,) = await queries.undelivered()
    assert (failed.id, failed.error, failed.attempts) == (ids[1], "why", 2)
    async with work():
        assert await sending.retry(ids[1])
    assert await waiting() == [(3, "c"), (4, "b")]
    async with work():
        assert await sending.skip(ids[2])
    assert await waiting() == [(4, "b")]


async def test_a_blocked_chat_waits() -> None:
    async with work():
        assert await sending.block("customer", 5, "why") == ["contact:1"]
    async with work():
        assert await sending.block("customer", 5, "why") == []
        tell("contact:1", "customer", "s", {"n": "a"})
    assert await waiting() == []
    (chat,) = await queries.blocked_chats()
    assert (chat.parties, chat.waiting, chat.reason) == (("contact:1",), 1, "why")
    async with work():
        await sending.unblock("customer", 5)
    assert await waiting() == [(1, "a")]


async def test_what_waits_follows_a_group_to_its_new_id() -> None:
    async with work():
        tell("contact:1", "customer", "s", {"n": "a"})
        tell("contact:1", "customer", "s", {"n": "b"})
        say("customer", 8, "s", {"n": "already there"}, locale="ru", zone="UTC")
    await sending.record("customer", [], [CardRow(5, "order:1", 77)])
    for _ in range(2):
        async with work():
            await sending.move_chat("customer", 5, 8)
    assert await waiting() == []
    assert await waiting(8) == [(1, "already there"), (2, "a"), (3, "b")]
    assert await queries.cards("customer", [(5, "order:1"), (8, "order:1")]) == []
    async with work():
        tell("contact:1", "customer", "s", {"n": "c"})
    assert (await waiting(8))[-1] == (4, "c")


async def test_a_work_inside_a_work_is_a_mistake() -> None:
    async with work():
        with pytest.raises(RuntimeError):
            async with work():
                pass
        assert current()
    assert await pool().fetchval("SELECT 1") == 1
