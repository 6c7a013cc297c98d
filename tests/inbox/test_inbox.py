"""Deliveries are kept once, finished once, and never forgotten."""

from datetime import timedelta

import pytest

from core.inbox import actions, queries
from core.inbox.queries import DialogueRow, scene
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.work import Fenced, Work, work
from core.outbox.actions import say, tell
from core.outbox.models import Notice

SOURCE = "tg:customer"


@pytest.fixture(autouse=True)
async def open_desk(desk: str) -> None:
    """Every test here has a desk."""


async def take(*keys: str) -> dict[str, int]:
    return await actions.accept(SOURCE, [(key, 5, b"{}") for key in keys])


async def test_a_second_copy_is_nothing_within_a_batch_or_later() -> None:
    first = await take("1", "2", "1")
    assert set(first) == {"1", "2"}
    assert first["1"] < first["2"]
    assert set(await take("2", "3")) == {"3"}
    assert set(await actions.accept("hook:a", [("1", 0, b"x")])) == {"1"}
    assert [row.key for row in await queries.undone(SOURCE)] == ["1", "2", "3"]
    assert [row.key for row in await queries.undone(SOURCE, known={first["1"]})] == ["2", "3"]


async def test_finishing_is_part_of_the_work_and_happens_once() -> None:
    ids = await take("1")
    with pytest.raises(ValueError, match="bug"):  # noqa: PT012
        async with work():
            await actions.finish(ids["1"])
            raise ValueError("bug")
    assert await queries.backlog() == {SOURCE: 1}
    async with work():
        await actions.finish(ids["1"])
    with pytest.raises(Fenced):
        async with work():
            await actions.finish(ids["1"])
    assert await queries.backlog() == {}


@pytest.mark.parametrize("reached", [True, False], ids=["somebody is told", "nobody has a chat"])
async def test_notices_and_the_end_of_their_delivery_are_one_statement(reached: bool) -> None:
    ids = await take("1", "2")

    async def handle(key: str) -> None:
        before = await queries.undone(SOURCE)
        async with work():
            if reached:
                say("customer", 5, "note")
            else:
                tell("contact:77", "customer", "note")
            await actions.finish(ids[key])
            assert await queries.undone(SOURCE) == before

    await handle("1")
    assert [row.key for row in await queries.undone(SOURCE)] == ["2"]
    with pytest.raises(Fenced):
        await handle("1")
    assert [row.key for row in await queries.undone(SOURCE)] == ["2"]
    assert await Notice.all().count() == reached


async def test_what_is_queued_and_finished_at_the_very_end_is_too() -> None:
    ids = await take("1")

    async def late(_: Work) -> None:
        say("customer", 6, "late")
        await actions.finish(ids["1"])

    async with work() as w:
        say("customer", 5, "note")
        w.closers.append(late)
    assert await queries.undone(SOURCE) == []
    assert [row.screen for row in await Notice.all().order_by("id")] == ["note", "late"]


async def test_a_dialogue_is_saved_with_it_and_guarded_by_its_version() -> None:
    ids = await take("1", "2", "3")

    def stands(step: str, version: int) -> DialogueRow:
        return DialogueRow("customer", 5, 7, step, {"n": 1}, version)

    async with work():
        await actions.finish(ids["1"], stands("a", 0))
    with pytest.raises(actions.Conflict):
        async with work():
            await actions.finish(ids["2"], stands("b", 0))
    async with work():
        await actions.finish(ids["2"], stands("c", 1))
    with pytest.raises(Fenced):
        async with work():
            await actions.finish(ids["2"], stands("d", 2))
    async with work() as w:
        found = await scene(w, "customer", 5, 7)
    assert (found.step, found.data, found.version) == ("c", {"n": 1}, 2)
    async with work():
        assert await actions.forget_dialogues(now() + timedelta(days=1)) == 1


async def test_what_fails_too_often_is_a_dead_letter_that_can_be_tried_again() -> None:
    ids = await take("1")
    for attempt in range(actions.ATTEMPTS):
        async with work():
            dead = await actions.failed(ids["1"], ValueError("broken"))
        assert dead == (attempt == actions.ATTEMPTS - 1)
    (letter,) = await queries.dead_letters()
    assert (letter.key, letter.error, letter.attempts) == ("1", "ValueError: broken", actions.ATTEMPTS)
    assert await queries.backlog() == {}
    assert await actions.begin_again(ids["1"]) is None
    async with work():
        assert await actions.retry_dead(ids["1"])
    async with work():
        assert not await actions.retry_dead(ids["1"])
    assert await actions.begin_again(ids["1"]) == 1


async def test_only_what_was_handled_is_erased() -> None:
    ids = await take("1", "2")
    async with work():
        await actions.finish(ids["1"])
    async with work():
        assert await actions.purge(now() - timedelta(days=1)) == 0
    async with work():
        assert await actions.purge(now() + timedelta(days=1)) == 1
    assert await queries.body_of(ids["1"]) is None
    assert await queries.body_of(ids["2"]) == b"{}"


async def test_what_a_dead_letter_said_is_erased_in_time_and_its_error_stays() -> None:
    ids = await take("dead", "waits")
    async with work():
        await actions.kill(ids["dead"], "no update at all")
    async with work():
        assert await actions.empty_dead(now() - timedelta(days=1)) == 0
    async with work():
        assert await actions.empty_dead(now() + timedelta(days=1)) == 1
    async with work():
        assert await actions.empty_dead(now() + timedelta(days=1)) == 0
    assert await queries.body_of(ids["dead"]) == b""
    assert await queries.body_of(ids["waits"]) == b"{}"
    (letter,) = await queries.dead_letters()
    assert (letter.key, letter.error, letter.emptied) == ("dead", "no update at all", True)
    with pytest.raises(Refusal, match=r"inbox\.emptied"):
        async with work():
            await actions.retry_dead(ids["dead"])
    async with work():
        assert not await actions.do_again(ids["dead"])
        assert await actions.forget_dead(ids["dead"])
