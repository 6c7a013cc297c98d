"""Systems that are asked by schedule: a real server on this machine, real tasks, the real database."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core.events import OrderClosed
from core.hooks import backs
from core.hooks.vendors import calls
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import clock
from core.kernel.errors import Refusal
from core.kernel.work import emit, work
from core.orders.models import Order
from core.outbox.models import Notice
from core.sources import actions
from core.sources.models import Poll, Request
from core.sources.polls import schedule
from core.sources.polls.schedule import KIND
from core.sources.worker import tidy
from core.tasks.actions import OUTSIDE, run_one
from core.tasks.models import Task
from core.timers.actions import run_due
from core.todo.queries import todo
from tests.sources.crm import Crm, again, connect, drain, follow, pause, thing
from tests.world import World


async def test_what_is_new_becomes_an_order_and_only_once(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(1), thing(2)]
    await connect(crm, world, poll_minutes=7)
    assert await drain() == 1
    assert await follow() == ["order", "order"]
    assert [one.source for one in await Order.all()] == ["crm", "crm"]
    assert crm.headers[0]["Authorization"] == "Bearer s3cret-token"
    poll = await Poll.get(source_id="crm")
    assert (poll.looked, poll.came, poll.trouble, poll.failures) == (2, 2, "", 0)
    assert pause(poll) == timedelta(minutes=7)
    assert (await Task.get(kind=KIND)).run_at == poll.due_at
    crm.answer = lambda request: [thing(1), thing(2), thing(3)]
    poll = await again()
    assert (poll.looked, poll.came) == (3, 1)
    await follow()
    assert await Order.all().count() == 3


async def test_it_is_known_longer_than_its_delivery_is_kept(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(1)]
    await connect(crm, world)
    await drain()
    await follow()
    await Delivery.all().delete()
    assert (await again()).came == 0
    assert await follow() == ["order"]


async def test_what_can_not_be_made_at_once_waits_for_a_person(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(1)]
    await connect(crm, world)
    async with work():
        await actions.change_source("crm", mapping={})
    await drain()
    assert await follow() == ["request"]
    assert (await Request.get()).facts["missing"] == ["customer", "site"]


async def test_a_long_list_comes_by_and_by(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.worker.MOST_NEW", 400)
    rows = [thing(n) for n in range(1000)]
    crm.answer = lambda request: rows
    await connect(crm, world)
    came = []
    for _ in range(4):
        poll = await again()
        came.append(poll.came)
    assert came == [400, 400, 200, 0]
    assert await Delivery.all().count() == 1000


async def test_endless_pages_are_left_for_next_time(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.worker.MOST_PAGES", 3)
    crm.answer = lambda request: [thing(int(request.query["p"]))]
    await connect(crm, world, poll_page="p", poll_first=0)
    await drain()
    poll = await Poll.get()
    assert (poll.came, pause(poll)) == (3, timedelta(seconds=30))
    await again()
    assert [one[-3:] for one in crm.asked] == [f"p={n}" for n in range(6)]


async def test_what_is_there_already_may_be_left_alone(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(1), thing(2)]
    await connect(crm, world, poll_skip=True)
    await drain()
    crm.answer = lambda request: [thing(1), thing(2), thing(3)]
    assert (await again()).came == 1
    await follow()
    assert [one.words for one in await Order.all()] == ["Не морозит витрина 3"]


async def test_two_workers_ask_once(crm: Crm, world: World) -> None:
    running, most = 0, 0

    async def slow(request: web.Request) -> web.Response:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await asyncio.sleep(0.3)
        running -= 1
        return web.json_response([thing(1)])

    crm.answer = slow
    await connect(crm, world)
    first = asyncio.create_task(run_one(lane=OUTSIDE))
    await asyncio.sleep(0.15)
    async with work():
        await schedule.ask_now("crm")
    await asyncio.gather(first, run_one(lane=OUTSIDE), run_one(lane=OUTSIDE))
    assert (most, len(crm.asked)) == (1, 1)
    assert await Task.filter(kind=KIND, state="queued").count() == 1
    assert len(await follow()) == 1


async def test_a_crash_between_keeping_and_moving_on(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.answer = lambda request: [thing(n, at=f"2026-11-20T10:00:0{n}") for n in (1, 2)]
    await connect(crm, world, poll_changed="at", poll_since="since")

    class Died(BaseException):
        pass

    async def die(*args: Any) -> None:
        raise Died

    for name in (
        "core.sources.actions.remember",
        "core.sources.polls.schedule.move",
        "core.sources.polls.schedule.rest",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(name, die)
            with pytest.raises(Died):
                await run_one(lane=OUTSIDE)
        await Task.filter(kind=KIND).update(state="queued", lease=None)
    assert await Delivery.all().count() == 2
    assert "since" in (await Poll.get()).place
    await drain()
    assert await follow() == ["order", "order"]
    assert await Task.filter(kind=KIND).count() == 1


async def test_dispatchers_hear_once_that_it_is_deaf_and_once_that_it_is_back(
    crm: Crm, world: World, group: int
) -> None:
    crm.answer = lambda request: web.Response(status=500)
    await connect(crm, world, poll_alarm=2)
    await drain()
    for _ in range(3):
        await again()
    crm.answer = lambda request: []
    for _ in range(2):
        await again()
    told = await Notice.filter(screen="dispatcher.source_poll").order_by("id")
    assert [(one.facts["back"], one.facts["why"], one.facts["times"]) for one in told] == [
        (False, "theirs", 2),
        (True, "", 0),
    ]


async def test_one_that_is_off_is_not_asked(crm: Crm, world: World) -> None:
    await connect(crm, world)
    async with work():
        await actions.change_source("crm", active=False)
    assert await drain() == 0
    with pytest.raises(Refusal) as refused:
        async with work():
            await schedule.ask_now("crm")
    assert refused.value.code == "sources.is_off"


async def test_a_promise_that_was_lost_is_made_anew(crm: Crm, world: World) -> None:
    await connect(crm, world)
    await Task.all().delete()
    await tidy()
    assert await drain() == 1


async def test_other_settings_while_it_is_asked(crm: Crm, world: World) -> None:
    async def changed(request: web.Request) -> web.Response:
        async with work():
            await actions.change_source("crm", config={"poll_url": f"{crm.base}/other"})
        return web.json_response([thing(1)])

    crm.answer = changed
    await connect(crm, world)
    await run_one(lane=OUTSIDE)
    crm.answer = lambda request: [thing(2)]
    await drain()
    assert [one.partition(" ")[2] for one in crm.asked] == ["/orders", "/other"]
    assert set((await Poll.get()).place) == {"from", "since", "begun"}


async def test_it_is_acknowledged_and_closed_there(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(7)]
    await connect(crm, world)
    async with work():
        paths = {"ack": "/orders/{id}/accept?ours={order}", "close": "/orders/{id}/close", "method": "put"}
        options: dict[str, Any] = {"statuses": {}, "comments": [], "settings": {**paths, "header": "X-Key"}}
        await backs.write_back("crm", "calls", name="CRM", url=crm.base, token="k", **options)
    await drain()
    await follow()
    await drain()
    order = await Order.get()
    assert crm.asked[1:] == [f"PUT /orders/7/accept?ours={order.id}"]
    assert crm.headers[1]["X-Key"] == "k"
    said = {"part": "ack", "event": "order.created", "external_id": "7", "order_id": order.id}
    assert json.loads(crm.bodies[1]) == said
    async with work():
        await emit(OrderClosed(order.id))
    await drain()
    assert crm.asked[2:] == ["PUT /orders/7/close"]


@pytest.mark.parametrize(("settings", "code"), [
    ({}, "hooks.nothing_back"),
    ({"ack": "orders/{id}"}, "hooks.bad_path"),
    ({"ack": "/orders/{other}"}, "hooks.bad_path"),
    ({"ack": "/a b"}, "hooks.bad_path"),
    ({"ack": "/a", "method": "TRACE"}, "hooks.bad_method"),
    ({"ack": "/a", "header": "X Key"}, "hooks.bad_header"),
])  # fmt: skip
def test_what_can_not_be_called_is_refused(settings: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        calls.check(settings)
    assert refused.value.code == code


async def test_an_order_that_nobody_takes_is_an_alarm(
    crm: Crm, world: World, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ladder of its rules goes up, and after the reaction time of its priority it waits for a person."""
    crm.answer = lambda request: [thing(7)]
    await connect(crm, world)
    await drain()
    await follow()
    dispatcher = await world.actor(member(world.dispatcher))
    assert await todo(dispatcher) == []
    monkeypatch.setattr(clock, "offset", clock.offset + 2 * 3600)
    assert await run_due() > 0
    assert "unclaimed" in str([one.facts for one in await Notice.filter(screen="dispatcher.alert")])
    [item] = await todo(dispatcher)
    assert (item.kind, item.order) == ("sla", (await Order.get()).id)
