"""What follows when a job is made, taken, driven to, worked on and finished."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from core import events
from core.kernel.clock import clock
from core.kernel.read import fetch
from core.reports.actions import set_line
from core.timers.actions import run_due
from tests.reactions.ground import CARDS, NOBODYS, Ground, alert, timers

Case = tuple[str, Callable[[Ground], Any], frozenset[str] | set[str]]

TIMES = "task+ plan.refresh"
MAP_ENDS = "told olga customer.live"

CASES: dict[str, Case] = {
    "created": ("new", lambda g: events.JobCreated(g.order, g.job), {"task+ dispatch.seek", *NOBODYS}),
    "assigned": (
        "new",
        lambda g: events.JobAssigned(g.order, g.job, g.world.pyotr, "member:1"),
        {
            *("clock response met", "timer- dispatch.escalate", "told olga customer.assigned", TIMES),
            *timers("-", "response"),
            *NOBODYS,
        },
    ),
    "unassigned": (
        "assigned",
        lambda g: events.JobUnassigned(g.order, g.job, g.world.pyotr, "заболел"),
        {"task+ dispatch.seek", "told pyotr technician.cancelled", MAP_ENDS, TIMES, *CARDS},
    ),
    "moved": ("assigned", lambda g: events.JobMoved(g.order, g.job), {TIMES, *CARDS}),
    "travelling": (
        "assigned",
        lambda g: events.JobTravelling(g.order, g.job, g.world.pyotr),
        {"told olga customer.on_the_way", *CARDS},
    ),
    "late or early": ("travelling", lambda g: events.EtaChanged(g.order, g.job), {"told olga customer.eta", *CARDS}),
    "seen from the start": (
        "travelling",
        lambda g: events.PlaceShared(g.order, g.job, 55.75, 37.6),
        {"told olga customer.live"},
    ),
    "arrived": (
        "travelling",
        lambda g: events.JobArrived(g.order, g.job, g.world.pyotr, "geofence", 40.0),
        {
            *("clock arrival met", "told olga customer.arrived", MAP_ENDS),
            *timers("-", "arrival"),
            TIMES,
            *CARDS,
        },
    ),
    "paused": (
        "travelling",
        lambda g: events.JobPaused(g.order, g.job, "нет ключа"),
        {alert("paused"), MAP_ENDS, *CARDS},
    ),
    "at another stage": ("on_site", lambda g: events.JobStaged(g.order, g.job, "repair"), CARDS),
    "resumed": ("on_site", lambda g: events.JobResumed(g.order, g.job), CARDS),
    "a step back from the site": (
        "on_site",
        lambda g: events.JobStepBack(g.order, g.job, "on_site", "travelling"),
        {"clock arrival runs", *timers("+", "arrival"), alert("step_back"), *CARDS},
    ),
    "a step back from the road": (
        "travelling",
        lambda g: events.JobStepBack(g.order, g.job, "travelling", "assigned"),
        {alert("step_back"), MAP_ENDS, *CARDS},
    ),
    "fee agreed": ("assigned", lambda g: events.FeeAgreed(g.order, g.job), CARDS),
    "reported": ("on_site", lambda g: events.JobReported(g.order, g.job), CARDS),
    "closed": ("on_site", lambda g: events.JobClosed(g.order, g.job), CARDS),
    "cancelled": (
        "assigned",
        lambda g: events.JobCancelled(g.order, g.job, g.world.pyotr, "дубль"),
        {"told pyotr technician.cancelled", MAP_ENDS, TIMES, *CARDS},
    ),
    "cancelled, nobody's": (
        "new",
        lambda g: events.JobCancelled(g.order, g.job, None, "дубль"),
        {"timer- dispatch.escalate", *NOBODYS},
    ),
}


@pytest.mark.parametrize("what", CASES)
async def test_what_follows(ground: Ground, what: str) -> None:
    state, event, expected = CASES[what]
    await ground.at(state)
    await ground.forget("tasks_tasks")
    assert await ground.after(event(ground)) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            "done",
            {"clock resolution met", *timers("-", "resolution"), "task+ documents.render"},
        ),
        ("part_needed", {alert("return_needed")}),
        ("no_access", {alert("return_needed")}),
    ],
)
async def test_the_end_of_a_visit(ground: Ground, outcome: str, expected: set[str]) -> None:
    await ground.done(outcome)
    event = events.JobFinished(ground.order, ground.job, ground.world.pyotr, outcome)
    always = {"timer+ orders.auto_close", "told olga customer.finished", *CARDS}
    assert await ground.after(event) == expected | always
    assert [row["ended"] for row in await fetch("SELECT left_at IS NOT NULL AS ended FROM presence_visits")] == [True]


async def test_part_of_the_work_that_cost_something_is_in_an_act_too(ground: Ground) -> None:
    await ground.at("on_site")
    await ground.forget("tasks_tasks")
    await ground.changes(_line, ground)
    await ground.done("partly")
    event = events.JobFinished(ground.order, ground.job, ground.world.pyotr, "partly")
    assert "task+ documents.render" in await ground.after(event)


async def _line(ground: Ground) -> None:
    await set_line(ground.job, ground.world.diagnostics, Decimal(1))


async def test_an_act_that_nobody_signs_closes_the_order_in_time(ground: Ground) -> None:
    await ground.done()
    await ground.after(events.JobFinished(ground.order, ground.job, ground.world.pyotr, "done"))
    clock.offset = 30 * 24 * 3600
    await run_due()
    rows = await fetch("SELECT state FROM orders_orders")
    assert [row["state"] for row in rows] == ["closed"]
    asked = await fetch("SELECT screen FROM outbox_notices WHERE screen = 'customer.rate'")
    assert len(asked) == 1
