"""Norms of stages: which clocks a job's way through its stages starts, warns by, breaks and leaves behind."""

from datetime import timedelta
from typing import Any

import pytest

from core.events import DeadlineBreached, DeadlineNear
from core.kernel.actor import SYSTEM
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Entry, Order
from core.orders.rules import DEFAULT_LIFECYCLE
from core.sla import actions as sla
from core.sla.models import Deadline
from core.sla.pauses import follow
from core.sla.queries import explain, rule_of
from core.sla.stages import keep
from core.timers.actions import run_due
from tests.orders.desk import Desk, events_of
from tests.sla.test_clocks import later, timers
from tests.sla.test_policies import NAME, friday, policy, saved, started

__all__ = ["friday"]

NORMS = [
    {"stage": "assigned", "minutes": 30},
    {"stage": "travelling", "minutes": 60},
    {"stage": "paused", "minutes": 90},
]
WAY = {"travel": (), "arrive": (), "pause": ("Жду деталь",), "resume": (), "step_back": ()}


async def move(desk: Desk, verb: str, job_id: int, order_id: int, *args: Any) -> None:
    """A step, and what follows for the clocks, as `reactions/sla.py` has it, in one work."""
    who = desk.dispatcher if verb in ("assign", "unassign") else desk.technicians[0]
    async with work(who) as w:
        await getattr(orders, verb)(job_id, *(args or WAY.get(verb, ())))
        w.actor = SYSTEM
        await follow(order_id)
        await keep(order_id, job_id if verb == "step_back" else None)


async def normed(desk: Desk, **how: Any) -> tuple[int, int]:
    """An order with a technician, under a policy with norms, at NOON."""
    await saved(policy(**({"norms": NORMS} | how)))
    order_id, job_id = await started(desk)
    await move(desk, "assign", job_id, order_id, desk.technicians[0].id)
    return order_id, job_id


async def stages(order_id: int) -> list[tuple[str, str]]:
    """The clocks of stages, in the order of their start, and how each stands."""
    rows = await Deadline.filter(order_id=order_id, job_id__isnull=False).order_by("id")
    return [(str(row.stage), how(row)) for row in rows]


def how(row: Deadline) -> str:
    if row.cancelled_at:
        return "cancelled"
    if row.met_at:
        return "late" if row.breached_at else "met"
    return "stands" if row.paused_at else "broken" if row.breached_at else "runs"


async def test_each_stage_has_its_own_clock(friday: Desk) -> None:
    order_id, job_id = await normed(friday)
    assert await stages(order_id) == [("assigned", "runs")]
    row = await Deadline.get(order_id=order_id, job_id=job_id)
    assert (row.kind, row.due_at - row.started_at) == (f"stage.{job_id}.1", timedelta(minutes=30))
    assert ("sla.near", row.kind) in await timers()
    for minutes, verb, seen in (
        (10, "travel", [("assigned", "met"), ("travelling", "runs")]),
        (80, "arrive", [("assigned", "met"), ("travelling", "late")]),
        (90, "pause", [("assigned", "met"), ("travelling", "late"), ("paused", "runs")]),
        (100, "resume", [("assigned", "met"), ("travelling", "late"), ("paused", "met")]),
        (110, "pause", [("assigned", "met"), ("travelling", "late"), ("paused", "met"), ("paused", "runs")]),
    ):
        with later(minutes):
            await move(friday, verb, job_id, order_id)
            assert await stages(order_id) == seen, verb
    assert {kind for kind in await timers() if kind[1].startswith("stage")} == {("sla.near", f"stage.{job_id}.4")}


async def test_it_warns_and_breaks_once_and_says_whose_it_is(friday: Desk) -> None:
    order_id, job_id = await normed(friday, warn=[50, 80])
    name = {"ru": "Назначен", "en": "Assigned"}
    with events_of(DeadlineNear, DeadlineBreached) as seen:
        for at, what in ((14.9, 0), (15.1, 1), (20, 0), (24.1, 1), (30.1, 1), (60, 0)):
            seen.clear()
            with later(at):
                await run_due()
            mine = [event for event in seen if event.job_id]
            assert len(mine) == what, at
            assert all((event.job_id, event.stage) == (job_id, "assigned") for event in mine)
    with later(31):
        assert await rule_of(order_id, f"stage.{job_id}.1") == {"name": NAME, "minutes": 30, "paused": 0}
    [line] = await Entry.filter(order_id=order_id, kind="sla.breach", job_id=job_id)
    assert line.facts["stage"] == name
    one = next(one for one in await explain(friday.dispatcher, order_id) if one.deadline.job_id)
    assert (one.deadline.policy["stage"], [span.kind for span in one.intervals]) == (name, ["work"])


async def test_it_runs_by_the_policys_calendar(friday: Desk) -> None:
    """On Friday at 17:50 half an hour ends on Monday at 9:20."""
    await saved(policy(calendar="office", norms=NORMS))
    order_id, job_id = await started(friday)
    with later(170):
        await move(friday, "assign", job_id, order_id, friday.technicians[0].id)
    row = await Deadline.get(order_id=order_id, job_id=job_id)
    assert row.due_at - row.started_at == timedelta(minutes=30 + 15 * 60 + 2 * 1440)


@pytest.mark.parametrize(("stands", "state"), [(False, "runs"), (True, "stands")])
async def test_a_pause_stops_its_own_norm_only_where_it_says_so(friday: Desk, stands: bool, state: str) -> None:
    norms = [{"stage": "paused", "minutes": 90, "pauses": stands}]
    order_id, job_id = await normed(friday, norms=norms, pauses=[{"stage": "paused", "reasons": ["Жду деталь"]}])
    for verb in ("travel", "arrive", "pause"):
        await move(friday, verb, job_id, order_id)
    assert await stages(order_id) == [("paused", state)]
    with later(200):
        await run_due()
        assert await stages(order_id) == [("paused", state if stands else "broken")]
        await move(friday, "resume", job_id, order_id)
        assert await stages(order_id) == [("paused", "met" if stands else "late")]
    assert (await Deadline.get(order_id=order_id, kind="resolution")).paused_at is None


async def test_a_mistaken_step_leaves_no_clock(friday: Desk) -> None:
    order_id, job_id = await normed(friday)
    with later(5):
        await move(friday, "travel", job_id, order_id)
    with later(7):
        await move(friday, "step_back", job_id, order_id)
    assert await stages(order_id) == [("assigned", "runs")]
    assert {kind for kind in await timers() if "stage" in kind[1]} == {("sla.near", f"stage.{job_id}.1")}
    with events_of(DeadlineBreached) as seen, later(31):
        await run_due()
        await run_due()
    assert [event.stage for event in seen if event.job_id] == ["assigned"]


async def test_what_begins_and_ends_in_one_work_is_no_stage(friday: Desk) -> None:
    order_id, job_id = await normed(friday, norms=[*NORMS, {"stage": "new", "minutes": 5}])
    assert await stages(order_id) == [("new", "met"), ("assigned", "runs")]
    with later(3):
        async with work(friday.dispatcher) as w:
            await orders.unassign(job_id, "Занят")
            await keep(order_id)
            await orders.assign(job_id, friday.technicians[1].id)
            w.actor = SYSTEM
            await keep(order_id)
    assert await stages(order_id) == [("new", "met"), ("assigned", "met"), ("assigned", "runs")]


async def test_a_stage_that_was_none_leaves_no_number_to_a_later_one(friday: Desk) -> None:
    order_id, job_id = await normed(friday, norms=[*NORMS, {"stage": "new", "minutes": 5}])
    with later(40):
        async with work(friday.dispatcher) as w:
            await orders.unassign(job_id, "Занят")
            w.actor = SYSTEM
            await keep(order_id)
            await orders.assign(job_id, friday.technicians[0].id)
            await keep(order_id)
    with later(50):
        await move(friday, "travel", job_id, order_id)
    seen = [("new", "met"), ("assigned", "late"), ("assigned", "met"), ("travelling", "runs")]
    assert await stages(order_id) == seen
    with later(51):
        await move(friday, "set_stage", job_id, order_id, "travelling")
    assert await stages(order_id) == seen


async def test_another_priority_is_another_norm_from_the_stages_start(friday: Desk) -> None:
    hot = policy(code="hot", when={"priorities": ["urgent"]}, norms=[{"stage": "assigned", "minutes": 10}])
    none = policy(code="none", when={"priorities": ["low"]})
    await saved(hot, none, policy(norms=NORMS))
    order_id, job_id = await started(friday)
    await move(friday, "assign", job_id, order_id, friday.technicians[0].id)
    with later(5):
        for priority, minutes in (("urgent", 10), ("low", None), ("high", 30)):
            await Order.filter(id=order_id).update(priority=priority)
            async with work(SYSTEM):
                await sla.restart(order_id)
            running = await Deadline.filter(order_id=order_id, job_id=job_id, met_at=None, cancelled_at=None)
            due = [round((row.due_at - row.started_at) / timedelta(minutes=1)) for row in running]
            assert due == ([minutes] if minutes else []), priority


async def test_an_order_that_is_over_has_no_clock_of_a_stage(friday: Desk) -> None:
    order_id, _ = await normed(friday)
    async with work(friday.dispatcher) as w:
        await orders.cancel(order_id, "Передумали")
        w.actor = SYSTEM
        await keep(order_id)
        await sla.cancel(order_id)
    assert (await stages(order_id), await timers()) == ([("assigned", "cancelled")], set())


async def test_a_company_stage_has_a_norm_and_old_jobs_get_none(friday: Desk) -> None:
    waits = {"code": "part", "state": "paused", "name": {"ru": "Ждёт деталь", "en": "Waits for a part"}}
    async with work(SYSTEM):
        await orders.save_lifecycle([*DEFAULT_LIFECYCLE, waits])
    order_id, job_id = await started(friday)
    await move(friday, "assign", job_id, order_id, friday.technicians[0].id)
    with later(1):
        await saved(policy(norms=[*NORMS, {"stage": "part", "minutes": 2880}]))
        async with work(SYSTEM):
            await keep(order_id)
        assert await stages(order_id) == []
        for verb in ("travel", "pause"):
            await move(friday, verb, job_id, order_id)
    with later(2):
        await move(friday, "set_stage", job_id, order_id, "part")
        assert await stages(order_id) == [("travelling", "met"), ("paused", "met"), ("part", "runs")]
    [part] = await Deadline.filter(stage="part")
    assert part.policy["stage"] == waits["name"]
