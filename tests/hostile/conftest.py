"""The running demo, with hostile people in it."""

from collections.abc import AsyncIterator

import pytest

from tests.story.conftest import town
from tests.story.town import Town

__all__ = ["town"]


@pytest.fixture(scope="module", autouse=True)
async def nothing_broke(town: Town) -> AsyncIterator[None]:
    """Whatever they tried: no update is dead, no task, no notice; nothing was an error of ours."""
    yield
    await town.quiet()
    dead = await town.rows.fetch("SELECT error, body FROM inbox_deliveries WHERE dead_at IS NOT NULL")
    assert dead == []
    metrics = await town.metrics()
    assert {name: metrics[name] for name in ("inbox_dead", "tasks_dead", "timers_dead", "outbox_stuck")} == {
        "inbox_dead": 0, "tasks_dead": 0, "timers_dead": 0, "outbox_stuck": 0,
    }  # fmt: skip
    errors = [line for line in town.log.read_text().splitlines() if '"level": "error"' in line]
    assert errors == []
