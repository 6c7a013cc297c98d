"""Timers happen once, in one transaction with their effect."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextvars import Context
from datetime import timedelta

import pytest

from core.company import actions as company
from core.kernel import nap
from core.kernel.clock import clock, now
from core.kernel.database import database
from core.kernel.errors import Refusal
from core.kernel.work import current, work
from core.timers import actions, queries, worker
from core.timers.models import Timer
from core.timers.worker import timers_loop


@pytest.fixture(autouse=True)
async def desk(database_url: str) -> AsyncIterator[None]:
    async with database(database_url):
        yield


@pytest.fixture(autouse=True)
def effects() -> Iterator[list[str]]:
    """The keys to which "test" happened; a key that begins with "bad" fails, "no" refuses."""
    seen: list[str] = []
    before = dict(actions._effects)

    @actions.on_timer("test")
    async def test(due: actions.Due) -> None:
        seen.append(due.key)
        if due.key.startswith("bad"):
            raise ValueError("broken")
        if due.key.startswith("no"):
            raise Refusal("test.no")
        if due.key.startswith("busy"):
            await current().execute("SET LOCAL lock_timeout = '50ms'")
            await current().execute("SELECT FROM company_company FOR UPDATE")
        if due.data.get("again"):
            await actions.set_timer("test", due.key, current().now + timedelta(hours=1))

    yield seen
    actions._effects.clear()
    actions._effects.update(before)
    clock.offset = 0


async def put(key: str, seconds: float, **data: object) -> None:
    async with work():
        await actions.set_timer("test", key, now() + timedelta(seconds=seconds), data)


async def test_it_happens_once_and_in_order_of_time(effects: list[str]) -> None:
    await put("second", -1)
    await put("first", -2)
    await put("later", 60)
    assert await actions.run_due() == 2
    assert effects == ["first", "second"]
    assert await Timer.all().count() == 1


async def test_setting_it_again_moves_it_and_cancelling_forgets_it(effects: list[str]) -> None:
    await put("a", -1)
    await put("a", 60)
    await put("b", -1)
    async with work():
        assert await actions.cancel_timer("test", "b", "c") == 1
    assert await actions.run_due() == 0
    assert effects == []


async def test_an_effect_may_set_the_same_timer_again(effects: list[str]) -> None:
    await put("daily", -1, again=True)
    assert await actions.run_due() == 1
    assert (await queries.next_due(actions.kinds())) > now()  # type: ignore[operator]


async def test_a_failure_waits_longer_each_time_and_then_is_dead_with_its_error(effects: list[str]) -> None:
    await put("bad", -1)
    for attempt in range(actions.ATTEMPTS):
        assert await actions.run_due() == 1
        row = await Timer.get(key="bad")
        assert row.attempts == attempt + 1
        clock.offset += actions.pause(attempt + 1).total_seconds() + 1
    (dead,) = await queries.dead_timers()
    assert dead.error == "ValueError: broken"
    assert await actions.run_due() == 0
    async with work():
        assert await actions.retry_dead(dead.id)
    assert await actions.run_due() == 1


async def test_a_refusal_is_final(effects: list[str]) -> None:
    await put("no", -1)
    assert await actions.run_due() == 1
    (dead,) = await queries.dead_timers()
    assert dead.error == "Refusal: test.no"


async def test_many_workers_share_them_and_each_happens_once(effects: list[str]) -> None:
    for n in range(40):
        await put(f"t{n}", -1)
    done = await asyncio.gather(*(actions.run_due() for _ in range(5)))
    assert sum(done) == 40
    assert sorted(effects) == sorted(f"t{n}" for n in range(40))


async def test_the_loop_wakes_for_a_new_timer_and_follows_a_moved_clock(effects: list[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(timers_loop(stop))
    await put("now", 0)
    await put("tomorrow", 86_400)
    await _until(lambda: "now" in effects)
    clock.offset += 90_000
    await _until(lambda: "tomorrow" in effects)
    stop.set()
    await asyncio.wait_for(loop, 5)
    assert effects == ["now", "tomorrow"]


async def test_what_another_worker_has_in_hand_is_not_asked_for_all_the_time(
    effects: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what no worker here knows how to do. Whoever asked without a pause would take the processor from the
    one who has it in hand."""
    asked: list[int] = []

    async def counted(kinds: list[str]) -> object:
        asked.append(1)
        return await queries.next_due(kinds)

    monkeypatch.setattr(worker, "next_due", counted)
    await put("held", -1)
    async with work():
        await actions.set_timer("of a newer desk", "k", now() - timedelta(hours=1))
    stop, seconds = asyncio.Event(), 0.5
    async with work() as holder:
        await holder.execute("SELECT FROM timers_timers WHERE key = 'held' FOR UPDATE")
        loop = asyncio.create_task(timers_loop(stop), context=Context())
        await asyncio.sleep(seconds)
        tried = len(asked)
    await _until(lambda: "held" in effects)
    assert tried <= seconds / nap.HELD_S + 1
    before = len(asked)
    await asyncio.sleep(seconds)
    assert len(asked) - before <= 2
    stop.set()
    await asyncio.wait_for(loop, 5)


async def _until(true: object, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def test_a_lock_that_somebody_holds_is_no_failure(effects: list[str]) -> None:
    """It is tried again in a moment, more often than a timer may fail, and happens when the lock is free."""
    async with work():
        await company.ensure()
    await put("busy", -1)
    tried = actions.ATTEMPTS + 1
    async with work() as holder:
        await holder.execute("SELECT FROM company_company FOR UPDATE")
        for _ in range(tried):
            assert await asyncio.create_task(actions.run_due(1), context=Context()) == 1
            clock.offset += 1
    [row] = await Timer.all()
    assert (row.attempts, row.error, row.dead_at) == (0, actions.BUSY, None)
    assert row.due_at - now() < actions.BUSY_PAUSE
    assert await actions.run_due() == 1
    assert (await Timer.all().count(), len(effects)) == (0, tried + 1)
