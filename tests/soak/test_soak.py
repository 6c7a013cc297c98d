"""A short soak: a quarter of an hour in a few seconds, workers killed on the way; and the oracle's own sums."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.kernel.work import work
from core.orders import actions as orders
from tests.soak.lateness import FOREVER, Judge, figures, gaps
from tests.soak.ledger import TABLES, Look, effects
from tests.soak.oracle import Clocked, deadline, steps
from tests.soak.run import Soak, Verdict, soak
from tests.soak.tied import Mover, untie
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
    assert [one.key for one in steps("escalate", "7", NOON, (60, 240, 900), end, plain)] == ["7:60", "7:240"]
    assert [one.key for one in steps("escalate", "7", NOON, (60, 240), end, jump(2, 6))] == ["7:60"]


LOOKS = [
    ("nobody came to it", [], "lost"),
    ("somebody came in time and told nobody", [Look(130.0, 130.1)], "lost"),
    ("somebody came before it was due", [Look(20.0, 20.1)], "lost"),
    ("somebody came when the offer was over", [Look(20.0, 20.1), Look(400.0, 400.5)], "late"),
]


@pytest.mark.parametrize(("said", "looks", "fate"), LOOKS, ids=[one[0] for one in LOOKS])
def test_a_reminder_that_is_missing_is_late_or_lost(tmp_path: Path, said: str, looks: list[Look], fate: str) -> None:
    mover, verdict = Mover(tmp_path / "clock"), Verdict()
    try:
        mover.moves = [(0.0, NOON.timestamp())]
        (one,) = steps("remind", "7:1", NOON, (60,), at(5), mover.seen)
        nobody: Any = None
        Soak(nobody, mover, nobody, random.Random(1))._miss(verdict, Judge([], [], [], []), one, looks)
    finally:
        untie()
    assert (len(verdict.lost), verdict.count("remind")) == (fate == "lost", 0)
    assert [one.late for one in verdict.late] == ([pytest.approx(340.5)] if fate == "late" else [])


async def test_reminders_of_two_rounds_are_told_apart(desk: str, world: World) -> None:
    """Of the first round's nothing was told: the clock was moved to that round's end."""
    offers = """INSERT INTO dispatch_offers
      (job_id, member_id, state, round, score, explain, reason, opened_at, expires_at)
      SELECT $1, $2, 'expired', n, 0, '{}', '', $3::timestamptz + n * interval '5 min', $3
      FROM generate_series(1, 2) n"""
    async with work() as w:
        await w.execute(TABLES)
        order = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Не морозит", source="desk")
        job = (await w.fetch("SELECT id FROM orders_jobs WHERE order_id = $1", order))[0]["id"]
        await w.execute(offers, job, world.pyotr, w.now - timedelta(minutes=12))
        await orders.note(order, "dispatch.reminded", {"after": 150}, job_id=job)
    assert list(await effects()) == [("remind", f"{job}:2:150")]


def test_the_times_without_anybody_are_those_that_no_life_covers() -> None:
    lives = [(2.0, 5.0), (1.0, 3.0), (7.0, 9.0), (8.0, FOREVER)]
    assert gaps(lives, 0.0) == [(0.0, 1.0), (5.0, 7.0)]
    assert gaps(lives[:3], 0.0) == [(0.0, 1.0), (5.0, 7.0), (9.0, FOREVER)]


BEATS = [(10.0, 10.01), (10.05, 10.4), (10.4, 10.41), (11.0, 12.5), (12.5, 12.51)]
PARTS = [
    ("nothing waited", 9.0, 9.5, 0, 0, 0.5),
    ("the control waited as long", 10.1, 10.35, 0, 0.25, 0),
    ("of two waits of the control the longer counts", 10.1, 11.5, 0, 0.5, 0.9),
    ("the control waited before", 12.6, 14.0, 0, 0, 1.4),
    ("nobody was alive", 19.0, 23.0, 3.0, 0, 1.0),
    ("nobody was alive while the control waited", 29.0, 33.0, 2.0, 1.5, 0.5),
]


@pytest.mark.parametrize(("said", "passed", "real", "absent", "machine", "own"), PARTS, ids=[one[0] for one in PARTS])
def test_lateness_is_shared_out(
    said: str, passed: float, real: float, absent: float, machine: float, own: float
) -> None:
    judge = Judge([*BEATS, (29.5, 33.0)], [(20.0, 23.0), (30.0, 32.0)], [8.0, 9.2, 9.5], [9.1, 50.0])
    one = judge.late("once", said, "crept", passed, real - 0.1, real)
    assert (one.absent, one.machine, one.own) == pytest.approx((absent, machine, own))
    assert (one.before, one.killed) == ((1, 1) if passed == 9.0 else (0, 0))


def test_the_spread_of_nothing_and_of_much() -> None:
    assert figures([]) == "0"
    said = figures([0.001 * number for number in range(1, 1101)])
    assert said == "1,100: p50 0.551, p90 0.991, p99 1.090, p99.9 1.099, max 1.100, over 1 s: 100"
