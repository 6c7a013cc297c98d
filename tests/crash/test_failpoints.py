"""A desk dies at every named boundary, hundreds of times, under people who go on acting. Nothing is lost, doubled or
half done; what was promised for the servers' deaths and the messenger's troubles holds too."""

from pathlib import Path

import pytest

from tests.crash.campaign import POINTS, campaign

DEATHS = 260
ROUND = 65
TRIES = 6
"""A fork is given some seconds to come to a place that people seldom bring it to."""


async def test_it_dies_everywhere_and_keeps_its_promises(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    async with campaign(1, tmp_path, request.config.cache.mkdir("schema")) as run:
        died = 0
        while died < DEATHS:
            died += await run.failpoint()
            if died % ROUND == 0:
                await run.check(f"{died} deaths")
        for point in POINTS:
            tries = 0
            while not run.figures[f"died at {point}"] and tries < TRIES:
                tries += 1
                await run.failpoint(point)
        assert {point for point in POINTS if run.figures[f"died at {point}"]} == set(POINTS)
        await run.servers(1)
        await run.check("the deaths of the servers")
        await run.faults(1)
        await run.check("the troubles of the messenger")
