"""Orders with several jobs at once: each job that waits has a line of its own, and its answer is about that job."""

from datetime import timedelta

import pytest

from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.read import fetch
from core.kernel.work import work
from core.orders import actions as orders
from core.sla import actions as sla
from core.todo import actions
from tests.reactions.ground import Ground
from tests.sla.test_policies import policy
from tests.todo.test_queue import by, kinds, pass_minutes, queue


@pytest.fixture
async def beside(ground: Ground) -> int:
    """One more job of the order that everybody watches."""
    return int(await by(ground, "dispatcher", orders.add_job, ground.order, "Заменить фильтр"))


async def lines(ground: Ground, *wanted: str) -> list[tuple[str, int | None, str]]:
    """Kind, job and answer of what waits."""
    return [(one.kind, one.job_id, one.answer) for one in await queue(ground) if one.kind in wanted]


async def test_the_job_that_nobody_has_stays_when_its_neighbour_is_given(ground: Ground, beside: int) -> None:
    for job_id in (ground.job, beside):
        await by(ground, "system", orders.ask_help, job_id, "manual")
    assert [job for _, job, _ in await lines(ground, "nobody")] == [ground.job, beside]
    await by(ground, "dispatcher", orders.assign, ground.job, ground.world.pyotr)
    [left] = [one for one in await queue(ground) if one.kind == "nobody"]
    assert (left.job_id, left.summary, left.technician) == (beside, "Заменить фильтр", None)
    await by(ground, "dispatcher", orders.cancel_job, beside, "не нужно")
    assert await kinds(ground) == set()


async def test_nobody_is_found_for_one_while_another_is_under_way(ground: Ground, beside: int) -> None:
    await ground.at("travelling")
    await by(ground, "system", orders.ask_help, beside, "nobody_fits")
    assert [job for _, job, _ in await lines(ground, "nobody")] == [beside]


async def test_who_is_late_is_told_of_each_job(ground: Ground, beside: int) -> None:
    await ground.at("assigned")
    await by(ground, "dispatcher", orders.assign, beside, ground.world.rashid)
    await by(ground, "system", orders.travel, beside)
    await by(ground, "system", orders.set_eta, beside, now() + timedelta(hours=6))
    await pass_minutes(5 * 60 + 1)
    late = [one for one in await queue(ground) if one.kind == "late"]
    assert {(one.job_id, one.technician) for one in late} == {(ground.job, "Пётр Ким")}
    start = now() - timedelta(hours=2)
    async with work() as w:
        await w.execute("UPDATE orders_jobs SET planned_to = $2 WHERE id = $1", beside, start)
    late = [one for one in await queue(ground) if one.kind == "late"]
    assert {(one.job_id, one.detail) for one in late} == {(ground.job, "assigned"), (beside, "travelling")}


async def test_the_one_who_paused_is_reminded(ground: Ground, beside: int) -> None:
    await ground.at("on_site")
    await by(ground, "pyotr", orders.pause, ground.job, "нет запчасти")
    await by(ground, "dispatcher", orders.assign, beside, ground.world.rashid)
    await pass_minutes(120)
    [item] = [one for one in await queue(ground) if one.kind == "paused"]
    assert (item.id, item.job_id, item.technician) == (ground.job, ground.job, "Пётр Ким")
    assert await by(ground, "dispatcher", actions.remind, item.order, item.job_id) == "Пётр Ким"


async def test_nobody_is_reminded_of_what_is_over(ground: Ground, beside: int) -> None:
    await ground.done()
    with pytest.raises(Refusal, match=r"orders\.wrong_state"):
        await by(ground, "dispatcher", actions.remind, ground.order, ground.job)


async def test_the_norm_of_a_stage_is_no_promise_to_the_customer(ground: Ground) -> None:
    """Its clock is the nearest from its first second, and hides none of the order's."""
    async with work(SYSTEM):
        await sla.save_policies(
            [
                policy(
                    norms=[{"stage": "assigned", "minutes": 15}],
                    minutes={"response": 30, "arrival": 300, "resolution": 480},
                )
            ]
        )
    again = await by(ground, "dispatcher", orders.create, **await _alike(ground))
    [job] = await fetch("SELECT id FROM orders_jobs WHERE order_id = $1", again)
    await by(ground, "dispatcher", orders.assign, job["id"], ground.world.rashid)
    kept = await fetch("SELECT 1 FROM sla_deadlines WHERE order_id = $1 AND job_id = $2", again, job["id"])
    assert len(kept) == 1
    assert "sla" not in await kinds(ground)
    await pass_minutes(4 * 60 + 50)
    found = {(one.order, one.title, one.technician) for one in await queue(ground) if one.kind == "sla"}
    assert (again, "sla.arrival", "Рашид Алиев") in found


async def _alike(ground: Ground) -> dict[str, object]:
    (row,) = await fetch("SELECT customer_id, site_id, words, kind FROM orders_orders WHERE id = $1", ground.order)
    return dict(row) | {"source": "desk"}
