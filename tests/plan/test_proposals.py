"""Plans that the optimiser makes of the real desk, and what it answers to trouble."""

from datetime import timedelta

import pytest

from core.company import actions as company
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.read import fetch, fetchrow, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.plan import proposals
from core.plan.queries import frame
from core.plan.refresh import refresh
from core.schedule import actions as schedule
from core.tasks.actions import run_one
from tests.plan.conftest import Desk

LATEST = "SELECT * FROM plan_changes ORDER BY id DESC LIMIT 1"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, optimiser: None) -> None:
    monkeypatch.setattr(proposals, "seconds_for", lambda jobs: 0.2)
    monkeypatch.setattr(proposals, "REPLAN_SECONDS", 0.2)


async def tasks() -> None:
    while await run_one():
        pass


async def test_a_day_is_planned_proposed_and_taken(desk_plan: Desk) -> None:
    """What is pinned stays, who lacks the skill gets nothing of it, and whatever has no place waits for a hand."""
    w = desk_plan.world
    cold = [await desk_plan.order(asset_ids=[w.fridge]) for _ in range(3)]
    south = await desk_plan.order(w.kashirka)
    start = (await frame(desk_plan.day)).facts.now + 2 * 3600
    await desk_plan.move(cold[0], w.rashid, start, sure=True)
    lost = await desk_plan.order(site_id=None, address="где-то")
    await forget_seeks()
    async with work(desk_plan.actor):
        made = await proposals.plan_day(desk_plan.day)
    with pytest.raises(Refusal, match=r"plan\.solving"):
        async with work(desk_plan.actor):
            await proposals.plan_day(desk_plan.day)
    await tasks()
    row = await fetchrow(LATEST)
    assert row is not None
    assert (row["id"], row["state"]) == (made, "ready")
    assert await desk_plan.routes() == {w.rashid: [cold[0]]}
    async with work(desk_plan.actor):
        await proposals.accept(made)
    routes = await desk_plan.routes()
    assert cold[0] in routes[w.rashid]
    assert {job for route in routes.values() for job in route} == {*cold, south}
    assert not {*cold} & {*routes.get(w.svetlana, ())}
    pinned = await fetchval("SELECT starts_at FROM plan_visits WHERE job_id = $1", cold[0])
    assert pinned == (await frame(desk_plan.day)).at(start)
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", lost) is None
    with pytest.raises(Refusal, match=r"plan\.not_ready"):
        async with work(desk_plan.actor):
            await proposals.accept(made)


async def forget_seeks() -> None:
    async with work() as w:
        await w.execute("DELETE FROM tasks_tasks")


async def test_a_proposal_of_yesterdays_view_is_refused(desk_plan: Desk) -> None:
    w = desk_plan.world
    job, other = await desk_plan.order(), await desk_plan.order(w.kashirka)
    await forget_seeks()
    async with work(desk_plan.actor):
        made = await proposals.plan_day(desk_plan.day)
    await tasks()
    await desk_plan.move(job, w.svetlana)
    with pytest.raises(Refusal, match=r"plan\.changed"):
        async with work(desk_plan.actor):
            await proposals.accept(made)
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", other) is None


async def test_pins_that_contradict_each_other_stay_and_are_told(desk_plan: Desk) -> None:
    w = desk_plan.world
    first, second = await desk_plan.order(), await desk_plan.order(w.tverskaya)
    start = (await frame(desk_plan.day)).facts.now + 2 * 3600
    await desk_plan.move(first, w.pyotr, start, sure=True)
    await desk_plan.move(second, w.pyotr, start, sure=True)
    await forget_seeks()
    async with work(desk_plan.actor):
        made = await proposals.plan_day(desk_plan.day)
    await tasks()
    assert await fetchval("SELECT state FROM plan_changes WHERE id = $1", made) == "ready"
    async with work(desk_plan.actor):
        await proposals.accept(made)
    assert sorted((await desk_plan.routes())[w.pyotr]) == [first, second]


async def test_an_urgent_order_is_proposed_or_placed(desk_plan: Desk) -> None:
    w = desk_plan.world
    await desk_plan.move(await desk_plan.order(w.kashirka), w.rashid)
    await forget_seeks()
    await desk_plan.order(urgency="urgent", asset_ids=[w.fridge])
    async with work() as db:
        await db.execute("DELETE FROM tasks_tasks WHERE kind <> 'plan.react'")
    await tasks()
    row = await fetchrow(LATEST)
    assert row is not None
    assert (row["cause"], row["state"]) == ("urgent", "ready")
    async with work():
        await company.set_rule("plan_auto", True)
    await forget_seeks()
    job = await desk_plan.order(urgency="urgent", asset_ids=[w.fridge])
    async with work() as db:
        await db.execute("DELETE FROM tasks_tasks WHERE kind <> 'plan.react'")
    await tasks()
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", job) in (w.pyotr, w.rashid)
    assert await fetchval("SELECT cause || state FROM plan_changes ORDER BY id DESC LIMIT 1") == "urgentapplied"


async def test_when_somebody_leaves_their_visits_go_to_others(desk_plan: Desk) -> None:
    w = desk_plan.world
    async with work(desk_plan.actor):
        await schedule.open_shift(w.pyotr)
    jobs = [await desk_plan.order(), await desk_plan.order(w.tverskaya)]
    for job in jobs:
        await desk_plan.move(job, w.pyotr)
    async with work():
        await company.set_rule("plan_auto", True)
    await forget_seeks()
    async with work(desk_plan.actor):
        await schedule.close_shift(w.pyotr)
    await tasks()
    routes = await desk_plan.routes()
    assert w.pyotr not in routes
    assert sorted(job for route in routes.values() for job in route) == jobs


async def test_a_delay_that_breaks_a_promise_is_answered(desk_plan: Desk) -> None:
    """Pyotr is held up on site; whom he cannot reach in the promised window somebody else could."""
    w = desk_plan.world
    long, promised = await desk_plan.order(), await desk_plan.order(w.tverskaya)
    await desk_plan.move(long, w.pyotr)
    async with work(desk_plan.actor):
        await orders.reschedule(
            int(await number_of(promised)), now() + timedelta(minutes=30), now() + timedelta(hours=1)
        )
    await desk_plan.move(promised, w.pyotr, sure=True)
    async with work(desk_plan.actor):
        await orders.travel(long)
    async with work(desk_plan.actor):
        await orders.arrive(long)
    async with work() as db:
        await db.execute("UPDATE orders_jobs SET duration = 240 WHERE id = $1", long)
        await db.execute("DELETE FROM tasks_tasks WHERE kind <> 'plan.refresh'")
    await tasks()
    row = await fetchrow(LATEST)
    assert row is not None
    assert (row["cause"], row["state"], row["job_id"]) == ("delay", "ready", promised)
    async with work(desk_plan.actor):
        await proposals.drop(row["id"])
    async with work():
        await refresh(desk_plan.day)
    assert await fetchval("SELECT count(*) FROM tasks_tasks WHERE kind = 'plan.react'") == 0
    assert [one["screen"] for one in await fetch("SELECT screen FROM outbox_notices WHERE screen = 'customer.slot'")]


async def number_of(job: int) -> int:
    return int(await fetchval("SELECT order_id FROM orders_jobs WHERE id = $1", job) or 0)
