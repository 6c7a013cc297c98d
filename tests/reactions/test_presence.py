"""What follows when a technician moves, and whose place is kept from now on."""

from collections.abc import Callable
from typing import Any

import pytest

from core import events
from core.kernel.read import fetch
from core.orders import actions as orders
from core.presence import actions as presence
from core.presence.rules import Seen
from core.reactions import presence as reactions
from tests.reactions.ground import CARDS, Ground


@pytest.fixture(autouse=True)
def nothing_shown() -> None:
    """No map was redrawn a moment ago."""
    reactions._shown.clear()


def seen(ground: Ground, **facts: object) -> Seen:
    given = {"order_id": ground.order, "job_id": ground.job, "member_id": ground.world.pyotr, "lat": 55.75, "lon": 37.6}
    return Seen(**{**given, "at": 1_772_442_000, **facts})  # type: ignore[arg-type]


async def told_by(ground: Ground, *spots: Seen) -> set[str]:
    """A stored batch is applied outside of any work."""
    last = (await fetch("SELECT coalesce(max(id), 0) AS id FROM outbox_notices"))[0]["id"]
    await reactions.moved(list(spots))
    rows = await fetch("SELECT chat_id, screen, facts FROM outbox_notices WHERE id > $1", last)
    return {ground.notice(row) for row in rows}


async def test_the_customers_map_moves_but_not_at_every_step(ground: Ground) -> None:
    await ground.at("travelling")
    assert await told_by(ground, seen(ground)) == {"told olga customer.live"}
    assert await told_by(ground, seen(ground, lat=55.751)) == set()


async def test_an_arrival_time_that_moved_far_is_told_at_once(ground: Ground) -> None:
    await ground.at("travelling")
    await told_by(ground, seen(ground))
    found = await told_by(ground, seen(ground, eta_changed=True, eta_at=1_772_445_600.0))
    assert found == {"told olga customer.live", "told olga customer.eta", *CARDS}


async def test_who_came_near_has_arrived(ground: Ground) -> None:
    await ground.at("travelling")
    found = await told_by(ground, seen(ground, arrived=True, distance=30.0))
    assert found == {"told olga customer.arrived", "told olga customer.live", *CARDS}


async def test_an_arrival_that_is_refused_spoils_no_other(ground: Ground) -> None:
    await ground.at("on_site")
    assert await told_by(ground, seen(ground, arrived=True)) == set()


WAYS_TO_STOP: dict[str, tuple[Callable[[Ground], Any], ...]] = {
    "paused": (lambda g: orders.pause(g.job, "ждём"),),
    "cancelled": (lambda g: orders.cancel(g.order, "дубль"),),
    "never set out": (lambda g: orders.step_back(g.job),),
    "another's": (lambda g: orders.step_back(g.job), lambda g: orders.assign(g.job, g.world.rashid)),
    "nobody's": (lambda g: orders.step_back(g.job), lambda g: orders.unassign(g.job, "заболел")),
    "there": (lambda g: orders.arrive(g.job, "hand", None),),
}


@pytest.mark.parametrize("how", WAYS_TO_STOP)
async def test_whoever_is_on_the_way_no_more_is_on_no_moving_map(ground: Ground, how: str) -> None:
    await ground.at("travelling")
    await told_by(ground, seen(ground))
    for step in WAYS_TO_STOP[how]:
        await ground.changes(step, ground)
    (last,) = await fetch(
        "SELECT facts->>'live' AS live FROM outbox_notices WHERE card = $1 ORDER BY id DESC LIMIT 1",
        f"live:{ground.job}",
    )
    assert last["live"] == "0"
    reactions._shown.clear()
    assert await told_by(ground, seen(ground, lat=55.751, eta_at=1_772_445_600.0)) == set()


EVENTS: dict[str, Callable[[Ground], Any]] = {
    "somebody set out": lambda g: events.JobTravelling(g.order, g.job, g.world.pyotr),
    "arrived": lambda g: events.JobArrived(g.order, g.job, g.world.pyotr, "hand", None),
    "paused": lambda g: events.JobPaused(g.order, g.job, "ждём"),
    "lost the job": lambda g: events.JobUnassigned(g.order, g.job, g.world.pyotr, "ушёл"),
    "came to work": lambda g: events.ShiftOpened(g.world.svetlana),
}


@pytest.mark.parametrize("what", EVENTS)
async def test_whose_place_is_kept_is_looked_at_again(
    ground: Ground, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bool] = []
    await ground.at("travelling")
    monkeypatch.setattr(presence, "changed", lambda: looked.append(True))
    await ground.after(EVENTS[what](ground))
    assert looked
