"""What follows for the plan, and when a planned time is to be told."""

from core import events
from core.kernel.work import work
from tests.reactions.ground import CARDS, Ground, alert


async def test_a_planned_time_is_told_with_a_choice(ground: Ground) -> None:
    await ground.at("assigned")
    assert await ground.after(events.VisitTimed(ground.order, ground.job)) == set()
    sql = """INSERT INTO plan_visits (job_id, member_id, day, seq, starts_at, ends_at, travel, pinned, told_at, agreed)
             VALUES ($1, $2, $3, 0, $4, $4, 0, false, $4, false)"""
    async with work() as w:
        await w.execute(sql, ground.job, ground.world.pyotr, w.now.date(), w.now)
    assert await ground.after(events.VisitTimed(ground.order, ground.job)) == {"told olga customer.slot", *CARDS}


async def test_dispatchers_hear_of_a_proposal(ground: Ground) -> None:
    await ground.at("assigned")
    assert await ground.after(events.PlanProposed(ground.order, ground.job, "delay")) == {alert("plan_proposed")}


async def test_trouble_is_thought_about(ground: Ground) -> None:
    await ground.at("assigned")
    assert "task+ plan.react" in await ground.after(events.ShiftClosed(ground.world.pyotr))
    assert "task+ plan.react" not in await ground.after(events.ShiftClosed(ground.world.svetlana))


async def test_what_lies_in_a_van_changes_the_day_of_whoever_has_work(ground: Ground) -> None:
    await ground.at("assigned")
    await ground.forget("tasks_tasks")
    assert await ground.after(events.VanChanged(ground.world.svetlana)) == set()
    assert await ground.after(events.VanChanged(ground.world.pyotr)) == {"task+ plan.refresh"}
