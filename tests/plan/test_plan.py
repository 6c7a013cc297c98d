"""A day's plan in the real desk: moved, refused, undone, kept current."""

from datetime import timedelta

import pytest

from core.kernel.errors import Refusal, Stale
from core.kernel.read import fetch, fetchval
from core.kernel.work import work
from core.orders import actions as orders
from core.plan import actions as plan
from core.plan import queries
from core.plan.queries import frame
from core.plan.refresh import refresh
from tests.plan.conftest import Desk


async def test_a_move_gives_the_job_and_can_be_taken_back(desk_plan: Desk) -> None:
    w, job = desk_plan.world, await desk_plan.order()
    first = await desk_plan.move(job, w.pyotr)
    assert await desk_plan.routes() == {w.pyotr: [job]}
    row = (await fetch("SELECT * FROM plan_visits WHERE job_id = $1", job))[0]
    assert row["member_id"] == w.pyotr
    assert row["ends_at"] - row["starts_at"] == timedelta(minutes=60)
    assert row["travel"] > 0
    second = await desk_plan.move(job, w.rashid)
    with pytest.raises(Refusal, match=r"plan\.undo_late"):
        async with work(desk_plan.actor):
            await plan.undo(first)
    async with work(desk_plan.actor):
        await plan.undo(second)
    assert await desk_plan.routes() == {w.pyotr: [job]}
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE id = $1", job) == w.pyotr


async def test_the_later_of_two_dispatchers_is_told_who_was_first(desk_plan: Desk) -> None:
    job, other = await desk_plan.order(), await desk_plan.order(desk_plan.world.kashirka)
    await desk_plan.move(job, desk_plan.world.pyotr)
    with pytest.raises(Stale) as refused:
        async with work(desk_plan.actor):
            await plan.move(desk_plan.day, 0, other, desk_plan.world.rashid)
    assert refused.value.data["who"] == "Дмитрий Орлов"


async def test_a_day_that_changes_while_it_is_read_is_told_as_the_older_one(
    desk_plan: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a change on top of what was read would pass for one that knows all."""
    job = await desk_plan.order()
    await desk_plan.move(job, desk_plan.world.pyotr)
    before = (await frame(desk_plan.day)).revision

    changed = 0

    async def meanwhile(sql: str, *args: object) -> object:
        nonlocal changed
        found = await fetch(sql, *args)
        if "FROM chosen JOIN orders_jobs" in sql:
            changed += 1
            async with work() as w:
                await w.execute("UPDATE plan_days SET revision = revision + 1")
        return found

    monkeypatch.setattr(queries, "fetch", meanwhile)
    assert (await frame(desk_plan.day)).revision == before
    assert changed == 1


async def test_conflicts_need_a_yes(desk_plan: Desk) -> None:
    """Svetlana knows nothing of cold; what is dropped on her needs a word."""
    w = desk_plan.world
    job = await desk_plan.order(asset_ids=[w.fridge])
    with pytest.raises(Refusal) as refused:
        await desk_plan.move(job, w.svetlana)
    assert refused.value.data["conflict"] == "skills"
    await desk_plan.move(job, w.svetlana, sure=True)
    assert await desk_plan.routes() == {w.svetlana: [job]}


async def test_a_pinned_visit_stays_and_the_reserve_takes_back(desk_plan: Desk) -> None:
    w, job = desk_plan.world, await desk_plan.order()
    here = await frame(desk_plan.day)
    start = here.facts.now + 3 * 3600
    await desk_plan.move(job, w.pyotr, start, sure=True)
    other = await desk_plan.order(w.tverskaya)
    await desk_plan.move(other, w.pyotr)
    starts = await fetchval("SELECT starts_at FROM plan_visits WHERE job_id = $1", job)
    assert starts == here.at(start)
    assert await desk_plan.routes() == {w.pyotr: [other, job]}
    await desk_plan.move(job, None)
    assert await desk_plan.routes() == {w.pyotr: [other]}
    assert await fetchval("SELECT needs_help FROM orders_orders ORDER BY id LIMIT 1") == "manual"
    waiting = "SELECT count(*) FROM tasks_tasks WHERE kind = 'dispatch.seek' AND key = $1"
    assert await fetchval(waiting, str(job)) == 0


async def test_what_runs_is_not_moved(desk_plan: Desk) -> None:
    w, job = desk_plan.world, await desk_plan.order()
    await desk_plan.move(job, w.pyotr)
    async with work(desk_plan.actor):
        await orders.travel(job)
    with pytest.raises(Refusal, match=r"plan\.running"):
        await desk_plan.move(job, w.rashid)


async def test_customers_hear_once_and_again_when_it_moves_far(desk_plan: Desk) -> None:
    w, job = desk_plan.world, await desk_plan.order()
    await desk_plan.move(job, w.pyotr)
    told = "SELECT count(*) FROM outbox_notices WHERE screen = 'customer.slot'"
    assert await fetchval(told) == 1
    async with work():
        assert not await refresh(desk_plan.day)
    assert await fetchval(told) == 1
    near = await desk_plan.order(w.tverskaya, urgency="urgent")
    here = await frame(desk_plan.day)
    await desk_plan.move(near, w.pyotr, here.facts.now, sure=True)
    assert await fetchval(told) == 3
