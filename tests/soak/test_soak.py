"""A short soak: a quarter of an hour in a few seconds, workers killed on the way; and the oracle's own sums."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.soak.oracle import Clocked, deadline, steps
from tests.soak.run import soak
from tests.world import World

NOON = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def test_no_timer_is_lost_or_doubled(desk: str, world: World, tmp_path: Path) -> None:
    async with soak(desk, world, tmp_path, days=0.01, seed=7, hurry=True, orders=1, ticks=20, sent=4) as run:
        await run.play(lambda _: None)
        verdict = await run.judge()
    told = "\n".join([*verdict.broken[:20], *map(str, verdict.table())])
    assert not verdict.broken, told
    assert run.figures["workers killed"] > 0, told
    assert sum(verdict.count(what) for what in ("offer", "remind", "escalate", "once", "every", "task")) > 10, told


def jump(since: float, until: float) -> Callable[[datetime], datetime]:
    """The clock was moved from the one minute to the other."""
    return lambda moment: at(until) if at(since) < moment < at(until) else moment


CLOCKS = [
    ("it warns twice and breaks", {}, jump(0, 0), ["near 50", "near 80", "breach 100"]),
    ("it is met before", {"end": at(60)}, jump(0, 0), ["near 50"]),
    ("it stands for an hour", {"stood": [(at(60), at(120))]}, jump(0, 0), ["near 50", "near 140", "breach 160"]),
    ("it stands and stands", {"stood": [(at(60), None)]}, jump(0, 0), ["near 50"]),
    ("both warnings were jumped over", {}, jump(40, 90), ["near 50", "breach 100"]),
    ("all was jumped over", {}, jump(70, 150), ["near 50", "breach 100"]),
    ("all and its warnings were jumped over", {}, jump(10, 150), ["breach 100"]),
]


@pytest.mark.parametrize(("said", "how", "seen", "told"), CLOCKS, ids=[said for said, *_ in CLOCKS])
def test_the_oracle_counts_a_deadline(said: str, how: dict, seen: Callable, told: list[str]) -> None:  # type: ignore[type-arg]
    found = deadline(1, Clocked("arrival", NOON, 100, **how), seen, at(1000))
    assert [f"{one.what} {round((one.due - NOON) / timedelta(minutes=1))}" for one in found] == told


def test_the_oracle_counts_a_ladder() -> None:
    plain, end = jump(0, 0), at(5)
    assert [one.key for one in steps("escalate", 7, NOON, (60, 240, 900), end, plain)] == ["7:60", "7:240"]
    assert [one.key for one in steps("escalate", 7, NOON, (60, 240), end, jump(2, 6))] == ["7:60"]
