"""Real processes are killed at random moments; others take over and nobody notices."""

from pathlib import Path

import pytest

from tests.crash import deaths
from tests.crash.campaign import KILLED, Mix, campaign
from tests.crash.ground import until

MIX = Mix(desks=6, bots=8, workers=18, postgresql=4, valkey=4)
"""Forty in all: what dies on a machine that hosts a desk, most often what there are most of."""


async def test_processes_are_killed_and_started_again(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    async with campaign(2, tmp_path, request.config.cache.mkdir("schema")) as run:
        await run.restarts(MIX)
        await run.check("the restarts")
        assert {name: run.figures[name] for name in MIX.killed} == MIX.killed
    assert sum(MIX.killed.values()) == 40


async def test_two_bots_and_two_workers_lose_one_of_each(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    async with campaign(3, tmp_path, request.config.cache.mkdir("schema")) as run:
        desks = [await deaths.desk(run.ground, run.log, part) for part in ("bot", "worker", "bot", "worker")]
        try:
            for one in desks:
                await until(one.ready.is_set, 120, "a desk did not start")
            await _handled(run, 40)
            for one in desks[:2]:
                assert await one.end(deaths.signal.SIGKILL) == KILLED
            await _handled(run, 60)
            await run.settle(desks[2])
        finally:
            for one in desks:
                await one.end()
        await run.check("the death of a bot and a worker")


async def _handled(run, more: int) -> None:  # type: ignore[no-untyped-def]
    """Wait until so many more updates are done: the load goes on."""
    sql = "SELECT count(*) FROM inbox_deliveries WHERE done_at IS NOT NULL"
    before = (await run.ground.rows(sql))[0]["count"]

    async def enough() -> bool:
        return bool((await run.ground.rows(sql))[0]["count"] >= before + more)

    await until(enough, 90, "the load does not go on")
