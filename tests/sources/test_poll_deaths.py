"""The process that asks dies at every boundary; all that was in the list comes, and comes once."""

from typing import Any

from core.inbox.models import Delivery
from core.kernel.failpoints import EXIT
from core.kernel.work import work
from core.orders.models import Order
from core.sources.models import Poll
from core.sources.polls import schedule
from core.tasks.models import Task
from tests.deaths import warmed
from tests.sources.crm import Crm, connect, follow, thing
from tests.world import World

ONE_BY_ONE = ("tasks.claimed", "inbox.before_accept", "inbox.after_accept", "tasks.before_commit", "tasks.after_commit")
WORKS = 5
"""A task is claimed, its source too, what came is remembered, the place moves, the task ends: so many transactions."""


async def test_it_dies_everywhere_and_nothing_is_lost_or_doubled(crm: Crm, world: World, database_url: str) -> None:
    rows: list[Any] = []
    crm.answer = lambda request: rows
    await connect(crm, world, poll_changed="at", poll_since="since")
    specs = [*ONE_BY_ONE, *(f"work.before_commit:{nth}" for nth in range(1, WORKS + 1))]
    async with warmed("tests.sources.poll_forks", database_url) as forks:
        for number, spec in enumerate([*specs, ""], start=1):
            rows.append(thing(number, at=f"2026-11-20T10:00:{number:02}"))
            async with work():
                await schedule.ask_now("crm")
            assert await forks.status(spec) == (EXIT if spec else 0), spec
    assert await Delivery.all().count() == len(rows)
    assert await follow() == ["order"] * len(rows)
    assert await Order.all().count() == len(rows)
    assert await Task.filter(kind=schedule.KIND).count() == 1
    poll = await Poll.get()
    assert (poll.busy, poll.trouble, poll.place["since"]) == (None, "", "2026-11-20T09:58:11")
