"""What a simulated day came to, and what many of them prove."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.kernel.read import fetch, fetchval
from naryad.simulation.life import Life

RESAMPLES = 2000
MEASURES = ("sla", "travel", "touches", "load", "done", "wait")
"""Shares in per cent: sla (deadlines that fell due and were met), load (driving and working, of the shifts), done (of
the orders). travel: minutes a job. touches: what people at the desk did, per hundred orders. wait: median minutes until
somebody has the job."""

_DEADLINES = """
SELECT count(*) AS due, count(*) FILTER (WHERE met_at <= due_at) AS met FROM sla_deadlines
WHERE job_id IS NULL AND cancelled_at IS NULL AND (due_at <= $1 OR met_at IS NOT NULL)
"""
_WAITS = """
SELECT extract(epoch FROM min(e.at) - o.created_at) / 60 AS minutes FROM orders_entries e
JOIN orders_orders o ON o.id = e.order_id WHERE e.kind IN ('job.accept', 'job.assign') GROUP BY o.id, o.created_at
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One day under one hand. `loads` are the shares of each technician's shift, `causes` of touches."""

    hand: str
    seed: int
    sla: float
    travel: float
    touches: float
    load: float
    done: float
    wait: float
    loads: tuple[float, ...]
    causes: dict[str, int]

    def plain(self) -> dict[str, Any]:
        return asdict(self)


async def measure(hand: str, life: Life, night: float) -> Figures:
    """Ask the desk what came of the day."""
    deadlines = (await fetch(_DEADLINES, life.moment(night)))[0]
    done = int(await fetchval("SELECT count(*) FROM orders_jobs WHERE done_at IS NOT NULL") or 0)
    waits = [float(row["minutes"]) for row in await fetch(_WAITS)]
    present = [id for id, worker in life.workers.items() if not worker.absent]
    loads = tuple(
        (life.travel[id] + life.worked[id]) / (life.workers[id].ends - life.workers[id].begins) for id in present
    )
    orders = len(life.day.requests)
    return Figures(
        hand,
        life.day.seed,
        sla=100 * deadlines["met"] / max(deadlines["due"], 1),
        travel=sum(life.travel.values()) / 60 / max(done, 1),
        touches=100 * life.touches.total() / orders,
        load=100 * statistics.fmean(loads),
        done=100 * done / orders,
        wait=statistics.median(waits) if waits else 0.0,
        loads=tuple(round(load, 3) for load in loads),
        causes=dict(life.touches),
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval by bootstrap; of a single day the interval is the day."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    dice = random.Random(0)
    means = sorted(statistics.fmean(dice.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return Interval(statistics.fmean(values), means[RESAMPLES // 40], means[-RESAMPLES // 40 - 1])


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """Day by day, of the same seeds."""
    return interval([mine / other for mine, other in zip(ours, theirs, strict=True) if other])
