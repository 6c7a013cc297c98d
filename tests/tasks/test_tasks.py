"""Tasks run outside a transaction, and only the holder of the lease commits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from core.kernel import nap
from core.kernel.clock import clock
from core.kernel.database import database
from core.kernel.errors import Outage, Refusal
from core.kernel.work import Fenced, work
from core.tasks import actions, queries, worker
from core.tasks.leases import holder
from core.tasks.models import Task
from core.tasks.worker import tasks_loop


@pytest.fixture(autouse=True)
async def desk(database_url: str) -> AsyncIterator[None]:
    async with database(database_url):
        yield


@pytest.fixture(autouse=True)
def runs() -> Iterator[list[actions.TaskRun]]:
    """What "test" was run with; `args["fail"]` names how it fails."""
    seen: list[actions.TaskRun] = []
    before = dict(actions._kinds)
    errors: dict[str, Exception] = {
        "bug": ValueError("broken"),
        "refusal": Refusal("test.no"),
        "gone": Outage("power", "gone", permanent=True),
    }

    @actions.task("test", attempts=3)
    async def test(run: actions.TaskRun) -> None:
        seen.append(run)
        if fail := run.args.get("fail"):
            raise errors[fail]
        async with run.commit():
            pass

    @actions.task("idle")
    async def idle(run: actions.TaskRun) -> None:
        seen.append(run)

    yield seen
    actions._kinds.clear()
    actions._kinds.update(before)
    clock.offset = 0


async def put(kind: str = "test", key: object = None, **args: Any) -> None:
    async with work():
        await actions.later(kind, args, key=key)


async def test_it_runs_once_and_its_row_goes(runs: list[actions.TaskRun]) -> None:
    await put(n=1)
    await put("idle", n=2)
    assert await actions.run_one()
    assert await actions.run_one()
    assert not await actions.run_one()
    assert [(run.args["n"], run.attempt) for run in runs] == [(1, 1), (2, 1)]
    assert await Task.all().count() == 0


async def test_one_waiting_task_per_key_is_enough(runs: list[actions.TaskRun]) -> None:
    await put(key="a", n=1)
    await put(key="a", n=2)
    assert await actions.run_one()
    assert not await actions.run_one()
    assert runs[0].args == {"n": 2}


async def test_a_failure_is_tried_again_after_a_pause_and_then_dead(runs: list[actions.TaskRun]) -> None:
    await put(fail="bug")
    for attempt in (1, 2, 3):
        assert await actions.run_one()
        assert not await actions.run_one()
        clock.offset += actions.pause(attempt).total_seconds() + 1
    (dead,) = await queries.dead_tasks()
    assert (dead.attempts, dead.error) == (3, "ValueError: broken")
    async with work():
        assert await actions.retry_dead(dead.id)
    assert await actions.run_one()


@pytest.mark.parametrize("fail", ["refusal", "gone"])
async def test_what_can_never_succeed_is_dead_at_once(fail: str, runs: list[actions.TaskRun]) -> None:
    await put(fail=fail)
    assert await actions.run_one()
    assert len(await queries.dead_tasks()) == 1


async def test_a_lost_lease_commits_nothing_and_a_dead_workers_task_is_taken_at_once() -> None:
    await put(n=1)
    started, go = asyncio.Event(), asyncio.Event()
    fenced: list[bool] = []

    @actions.task("slow")
    async def slow(run: actions.TaskRun) -> None:
        started.set()
        await go.wait()
        try:
            async with run.commit():
                await put("idle")
        except Fenced:
            fenced.append(True)
            raise

    await put("slow", key="x")
    await actions.run_one()
    async with holder() as first, holder() as second:
        running = asyncio.create_task(actions.run_one(first))
        await started.wait()
        await actions.recover(second)
        assert (await Task.get(kind="slow")).state == "running"
        first._connection.terminate()
        await _until(lambda: actions.recover(second))
        assert (await Task.get(kind="slow")).state == "queued"
        go.set()
        await running
        assert fenced == [True]
        assert (await Task.get(kind="slow")).state == "queued"


async def test_the_living_take_a_dead_workers_task_without_waiting_for_their_next_look(
    runs: list[actions.TaskRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who sleep look once a second (here: once an hour); whoever finds that a worker is dead wakes them."""
    monkeypatch.setattr(nap, "POLL_S", 3600)
    await put("idle")
    stop = asyncio.Event()
    async with holder() as dying:
        run = await actions.claim(dying, actions.DESK)
        assert run is not None
        loop = asyncio.create_task(tasks_loop(stop))
        await asyncio.sleep(2 * worker.RECOVER_S)
        assert runs == []
        dying._connection.terminate()
        await _until(lambda: _truth(runs))
        assert [(one.id, one.attempt) for one in runs] == [(run.id, 2)]
    stop.set()
    await asyncio.wait_for(loop, 20)


async def _truth(of: object) -> bool:
    return bool(of)


async def test_a_twin_that_waits_replaces_one_that_failed(runs: list[actions.TaskRun]) -> None:
    @actions.task("twin")
    async def twin(run: actions.TaskRun) -> None:
        await put("twin", key="k", n=2)
        raise ValueError

    await put("twin", key="k", n=1)
    await actions.run_one()
    (row,) = await Task.filter(kind="twin")
    assert (row.args, row.state) == ({"n": 2}, "queued")


async def test_the_loop_does_what_is_promised_while_it_runs(runs: list[actions.TaskRun]) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(tasks_loop(stop, parallel=2))
    for n in range(10):
        await put(n=n)

    async def done() -> bool:
        return len(runs) == 10 and await Task.all().count() == 0

    await _until(done)
    stop.set()
    await asyncio.wait_for(loop, 5)
    assert sorted(run.args["n"] for run in runs) == list(range(10)), "each once"


async def test_idle_workers_look_out_one_at_a_time(
    runs: list[actions.TaskRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def claim(*given: Any) -> actions.TaskRun | None:
        looks.append(given)
        return await actions.claim(*given)

    monkeypatch.setattr(worker, "claim", claim)
    stop = asyncio.Event()
    loop = asyncio.create_task(tasks_loop(stop, parallel=6))
    await asyncio.sleep(0.5)
    assert 1 <= len(looks) <= 2, "six workers have nothing to do, and one of them looks"
    await put()
    await _until(lambda: _true(len(runs) == 1), 2)
    stop.set()
    await asyncio.wait_for(loop, 5)


async def _true(held: bool) -> bool:
    return held


async def _until(true: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)


async def test_a_task_that_hangs_is_broken_off_at_the_end_and_done_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, stop = asyncio.Event(), asyncio.Event()
    hangs = [True]

    @actions.task("hang")
    async def hang(run: actions.TaskRun) -> None:
        begun.set()
        if hangs.pop():
            await asyncio.Event().wait()

    monkeypatch.setattr(worker, "GRACE_S", 0.1)
    await put("hang")
    loop = asyncio.create_task(tasks_loop(stop))
    await begun.wait()
    stop.set()
    async with asyncio.timeout(20):
        await loop
    assert (await Task.get(kind="hang")).state == "running"
    hangs.append(False)
    async with holder() as by:
        assert await actions.recover(by) == 1
        assert await actions.run_one(by)
    assert not await Task.exists(kind="hang")
