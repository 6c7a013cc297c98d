"""What needs a person now: one statement over the orders, plans, requests and notices as they stand."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.company.queries import company
from core.dispatch.queries import ranking
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.read import fetch
from core.kernel.remembered import Remembered
from core.orders.queries import WORK_LEFT
from core.todo.rules import Item, ordered

NEAR = timedelta(minutes=15)
WEEK = timedelta(days=7)
COUNT_SECONDS = 5.0
LOOKED = 5
"""For so many of the first jobs that nobody has the robot is asked whom to send; for the rest a person looks."""

_TODO = (Path(__file__).parent / "todo.sql").read_text().replace(":work_left", WORK_LEFT)


async def todo(actor: Actor) -> list[Item]:
    """The whole queue, the most pressing first. Needs `orders.dispatch`; what died in the plumbing is shown to those
    who see the plumbing."""
    actor.require("orders.dispatch")
    return [item for item in await _read() if _sees(actor, item.kind)]


async def waiting(actor: Actor) -> int:
    """How many things wait, counted once for all the pages that ask again because something moved."""
    actor.require("orders.dispatch")
    return sum(count for kind, count in (await _counted.get()).items() if _sees(actor, kind))


def _sees(actor: Actor, kind: str) -> bool:
    return kind != "delivery" or actor.may("plumbing.see")


async def _read() -> list[Item]:
    ours, at = await company(), now()
    cutoffs = [at - timedelta(minutes=ours.rule(name)) for name in ("answer_minutes", "pause_minutes")]
    today = at.astimezone(ours.tz).date()
    limits = [ours.rule(name) for name in ("low_rating", "eta_threshold_minutes")]
    rows = await fetch(_TODO, at, today, *cutoffs, at + NEAR, at - WEEK, *limits)
    return ordered(Item(**dict(row)) for row in rows)


async def _count() -> Counter[str]:
    return Counter(item.kind for item in await _read())


_counted = Remembered(_count, "orders", "plan", "requests", "todo", seconds=COUNT_SECONDS)


async def with_best(actor: Actor, items: list[Item]) -> list[Item]:
    """The same with the best candidate ({id, name}) for the first jobs that nobody has."""
    found, looked = [], 0
    for item in items:
        if item.answer == "choose" and item.job_id is not None and looked < LOOKED:
            looked += 1
            best = next((one for one in await ranking(actor, item.job_id, 1) if one.rejected is None), None)
            if best is not None:
                item = replace(item, best={"id": best.member_id, "name": best.name})
        found.append(item)
    return found
