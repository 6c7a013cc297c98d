"""What follows when an order appears, changes or ends."""

from collections.abc import Callable
from typing import Any

import pytest

from core import events
from core.chats.models import DispatchGroup
from core.files.models import File
from core.orders import actions as orders
from core.orders.models import Attachment, Order
from tests.reactions.ground import CARDS, NOBODYS, TOPIC, WHEN, Ground, alert, timers

CLOCKS = ("response", "arrival", "resolution")
CANCELLED = {f"clock {kind} cancelled" for kind in CLOCKS} | timers("-", *CLOCKS)
Case = tuple[str, str, Callable[[Ground], Any], frozenset[str] | set[str]]

CASES: dict[str, Case] = {
    "other words": (
        *("assigned", "dispatcher"),
        lambda g: events.OrderChanged(g.order, ("words",)),
        {"told pyotr technician.changed", *CARDS},
    ),
    "nobody's order has other words": ("new", "olga", lambda g: events.OrderChanged(g.order, ("words",)), NOBODYS),
    "a dispatcher moves it": (
        *("assigned", "dispatcher"),
        lambda g: events.OrderChanged(g.order, ("wanted_from", "wanted_to")),
        {"told pyotr technician.changed", "told olga customer.rescheduled", *CARDS},
    ),
    "the customer moves it": (
        *("assigned", "olga"),
        lambda g: events.OrderChanged(g.order, ("wanted_from", "wanted_to")),
        {"told pyotr technician.changed", "told olga customer.rescheduled", alert("moved_by_customer"), *CARDS},
    ),
    "a dispatcher cancels": (
        *("new", "dispatcher"),
        lambda g: events.OrderCancelled(g.order, "дубль"),
        {"told olga customer.cancelled", TOPIC, *CANCELLED, *NOBODYS},
    ),
    "the customer cancels": (
        *("new", "olga"),
        lambda g: events.OrderCancelled(g.order, "починили сами"),
        {"told olga customer.cancelled", alert("cancelled_by_customer"), TOPIC, *CANCELLED, *NOBODYS},
    ),
    "closed": (
        "new",
        "system",
        lambda g: events.OrderClosed(g.order),
        {TOPIC, "told olga customer.rate", *CANCELLED, *NOBODYS},
    ),
}


@pytest.mark.parametrize("what", CASES)
async def test_what_follows(ground: Ground, what: str) -> None:
    state, by, event, expected = CASES[what]
    await ground.at(state)
    assert await ground.after(event(ground), by) == expected


async def test_a_new_order_starts_its_clocks_and_shows_itself_to_all(ground: Ground) -> None:
    await ground.forget("timers_timers", "sla_deadlines", "tasks_tasks")
    await Order.filter(id=ground.order).update(group_id=None)
    expected = {*timers("+", *CLOCKS), *(f"clock {kind} runs" for kind in CLOCKS), TOPIC, *NOBODYS}
    assert await ground.after(events.OrderCreated(ground.order), "olga") == expected


async def test_another_priority_counts_the_clocks_anew(ground: Ground) -> None:
    before = await Order.get(id=ground.order)
    await Order.filter(id=ground.order).update(priority="low", wanted_from=None, wanted_to=None)
    assert await ground.after(events.OrderChanged(ground.order, ("priority",)), "dispatcher") == NOBODYS
    assert (await Order.get(id=ground.order)).promised_at != before.promised_at


NEWS: dict[str, Callable[[Ground], Any]] = {
    **{
        field: lambda g, field=field: events.OrderChanged(g.order, (field,))  # type: ignore[misc]
        for field in ("priority", "kind", "site_id", "asset_ids")
    },
    "time": lambda g: events.JobMoved(g.order, g.job),
}


@pytest.mark.parametrize(("waits_for", "again"), [("nobody_fits", True), ("manual", False)])
@pytest.mark.parametrize("event", NEWS.values(), ids=NEWS)
async def test_what_nobody_could_take_is_sought_for_anew_when_it_changes(
    ground: Ground, event: Callable[[Ground], Any], waits_for: str, again: bool
) -> None:
    """Not what a dispatcher keeps for themselves."""
    await ground.changes(orders.ask_help, ground.job, waits_for)
    await ground.forget("tasks_tasks")
    assert ("task+ dispatch.seek" in await ground.after(event(ground))) is again


async def test_a_reopened_order_begins_again(ground: Ground) -> None:
    await ground.after(events.OrderClosed(ground.order))
    await ground.forget("sla_deadlines")
    event = events.OrderReopened(ground.order, ground.job, "опять течёт")
    expected = {*timers("+", *CLOCKS), *(f"clock {kind} runs" for kind in CLOCKS), TOPIC, *NOBODYS}
    assert await ground.after(event, "olga") == expected | {alert("reopened"), "told olga customer.reopened"}


@pytest.mark.parametrize(
    ("phase", "goes_on"), [("request", True), ("before", True), ("after", True), ("proof", False), ("chat", False)]
)
async def test_what_is_attached_goes_on_to_the_topic(ground: Ground, phase: str, goes_on: bool) -> None:
    file = await File.create(kind="photo", created_by="contact:1", created_at=WHEN)
    row = await Attachment.create(order_id=ground.order, file_id=file.id, phase=phase, party="contact:1", at=WHEN)
    expected = {*NOBODYS, *({"told group dispatcher.files"} if goes_on else ())}
    assert await ground.after(events.AttachmentAdded(ground.order, row.id), "olga") == expected


async def test_an_order_without_a_contact_has_no_customer_to_tell(ground: Ground) -> None:
    await Order.filter(id=ground.order).update(contact_id=None)
    event = events.OrderCancelled(ground.order, "дубль")
    found = await ground.after(event, "dispatcher")
    assert {one for one in found if one.startswith("told")} == {"told group dispatcher.card", TOPIC}


async def test_an_order_without_a_group_has_no_dispatchers_to_tell(ground: Ground) -> None:
    await DispatchGroup.all().update(active=False)
    await Order.filter(id=ground.order).update(group_id=None)
    found = await ground.after(events.OrderCancelled(ground.order, "дубль"), "olga")
    told = {one for one in found if one.startswith("told")}
    assert told == {"told olga customer.order", "told olga customer.cancelled"}
