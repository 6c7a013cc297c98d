"""What happens is told to whoever subscribed: signed, at least once, again after pauses, and not for ever."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.chats.actions import bind_group
from core.hooks import actions, rules, saying
from core.hooks.models import Attempt, Event, Outgoing, Subscription
from core.hooks.queries import hook, outgoing
from core.kernel.clock import clock, now
from core.kernel.errors import NotFound, Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.outbox.models import Notice
from core.tasks.models import Task
from tests.hooks.conftest import Drain, Receiver
from tests.world import World
from webhooks.judge import judge
from webhooks.request import Request
from webhooks.verdict import Source

Told = tuple[int, str]
TYPES = ["order.created", "order.cancelled", "order.commented"]


async def ordered(world: World, words: str = "Не холодит") -> int:
    async with work():
        return await orders.create(customer_id=world.azbuka, site_id=world.arbat, words=words, source="desk")


@pytest.fixture
async def told(world: World, receiver: Receiver) -> Told:
    """The subscription, and its secret."""
    async with work():
        return await actions.subscribe("CRM", receiver.url, TYPES)


def verdict(receiver: Receiver, place: int, secret: str) -> Any:
    """As a receiver that follows the specification judges it, by our own module for such deliveries."""
    headers, body = receiver.got[place]
    request = Request("POST", receiver.url, tuple(headers.items()), body)
    return judge("standardwebhooks", request, Source(now().timestamp(), {"whsec": secret}, {}, {}))


async def test_what_happens_arrives_signed(told: Told, receiver: Receiver, drain: Drain, world: World) -> None:
    number = await ordered(world)
    assert not receiver.got, "nothing is told inside the work"
    await drain()
    assert verdict(receiver, 0, told[1]).action == "process"
    assert verdict(receiver, 0, rules.new_secret()).action == "reject"
    headers, body = receiver.got[0]
    said = json.loads(body)
    event = await Event.get(order_id=number)
    assert (headers["webhook-id"], said["type"], said["data"]["order"]["id"]) == (
        f"evt_{event.id}",
        "order.created",
        number,
    )
    assert (await Outgoing.get()).state == "sent"
    assert not await Task.filter(kind="hooks.tell")


async def test_what_is_rolled_back_is_not_told(told: Told, receiver: Receiver, drain: Drain, world: World) -> None:
    async def broken() -> None:
        async with work():
            await orders.create(customer_id=world.azbuka, words="Шумит", source="desk")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken()
    await drain()
    assert (receiver.got, await Event.all().count()) == ([], 0)


async def test_only_what_was_wanted_is_told(told: Told, receiver: Receiver, drain: Drain, world: World) -> None:
    number = await ordered(world)
    async with work():
        await orders.set_priority(number, "urgent")
        await orders.cancel(number, "Передумали")
    await drain()
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["order.created", "order.cancelled"]
    assert await Event.all().count() == 3


async def test_a_failure_is_tried_again_under_the_same_id(
    told: Told, receiver: Receiver, drain: Drain, world: World
) -> None:
    receiver.answers = [500, (503, {"Retry-After": "600"}, "busy"), 200]
    await ordered(world)
    await drain()
    row = await Outgoing.get()
    assert (row.state, row.attempts, round((row.due_at - now()).total_seconds(), -1)) == ("waiting", 1, 0)
    clock.offset = 6
    await drain()
    row = await Outgoing.get()
    assert 590 < (row.due_at - now()).total_seconds() <= 600
    clock.offset = 700
    await drain()
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    assert ((await Outgoing.get()).state, (await Subscription.get()).failing_since) == ("sent", None)
    shown = (await outgoing(told[0]))[0]
    assert [(one.status, one.answer) for one in shown.tries] == [(200, "ok"), (503, "busy"), (500, "ok")]


async def test_after_five_days_it_is_off_and_dispatchers_hear(
    told: Told, receiver: Receiver, drain: Drain, world: World
) -> None:
    async with work():
        await bind_group(-100500, "Диспетчерская", True)
    receiver.answers = [500]
    await ordered(world)
    hours = 0.0
    while (await Subscription.get()).state == "on":
        await drain()
        hours += 5
        assert hours < 200
        clock.offset = hours * 3600
    assert 119 <= hours <= 132
    row = await Subscription.get()
    assert row.why == "failing"
    assert [one.facts["why"] for one in await Notice.filter(screen="dispatcher.hook_off")] == ["failing"]
    count = len(receiver.got)
    await ordered(world, "Пока никому")
    await drain()
    assert len(receiver.got) == count
    receiver.answers = [200]
    async with work():
        await actions.switch(row.id, on=True)
    await drain()
    assert (await hook(row.id)).failing_since is None


async def test_a_receiver_that_is_gone_is_left_alone(
    told: Told, receiver: Receiver, drain: Drain, world: World
) -> None:
    receiver.answers = [410]
    await ordered(world)
    await drain()
    assert ((await Subscription.get()).why, (await Outgoing.get()).state) == ("gone", "failed")


async def test_a_dead_receiver_is_not_hammered(told: Told, receiver: Receiver, drain: Drain, world: World) -> None:
    receiver.answers = [500]
    for n in range(5):
        await ordered(world, f"Заявка {n}")
    await drain()
    assert len(receiver.got) == 1, "what else waits is not tried in the same moment"
    clock.offset = 120
    await drain()
    assert len(receiver.got) == 2
    receiver.answers = [200]
    clock.offset = 1000
    await drain()
    assert await Outgoing.filter(state="sent").count() == 5


async def test_a_fault_of_ours_holds_up_only_what_it_befalls(
    told: Told, receiver: Receiver, drain: Drain, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await ordered(world, "Первая"), await ordered(world, "Вторая")
    composed = saying.compose

    def broken(one: Any, moment: datetime) -> Any:
        if one.data["order"]["id"] == bad:
            raise KeyError("nobody foresaw it")
        return composed(one, moment)

    with monkeypatch.context() as patch:
        patch.setattr(saying, "compose", broken)
        await drain()
    assert [json.loads(body)["data"]["order"]["id"] for _, body in receiver.got] == [good]
    row = await Outgoing.get(state="waiting").prefetch_related("tries")
    assert [one.error for one in row.tries] == ["unforeseen"]
    assert (await Subscription.get()).failing_since is None, "they are not to blame"
    clock.offset = 120
    await drain()
    assert await Outgoing.filter(state="sent").count() == 2


async def test_a_change_of_secret_signs_with_both_for_a_day(
    told: Told, receiver: Receiver, drain: Drain, world: World
) -> None:
    async with work():
        fresh = await actions.rotate(told[0])
    await ordered(world)
    await drain()
    assert [verdict(receiver, 0, one).action for one in (told[1], fresh)] == ["process", "process"]
    clock.offset = 86_401
    await ordered(world)
    await drain()
    assert [verdict(receiver, 1, one).action for one in (told[1], fresh)] == ["reject", "process"]


async def test_two_workers_tell_a_thing_once(told: Told, receiver: Receiver, drain: Drain, world: World) -> None:
    for n in range(6):
        await ordered(world, f"Заявка {n}")
    await asyncio.gather(drain(), drain(), drain())
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert (len(ids), len(set(ids))) == (6, 6)
    assert not await Task.filter(kind="hooks.tell")


async def test_by_hand(told: Told, receiver: Receiver, drain: Drain, world: World) -> None:
    async with work():
        await actions.try_out(told[0])
    await drain()
    assert json.loads(receiver.got[0][1])["type"] == "webhook.trial"
    row = await Outgoing.get()
    async with work():
        assert await actions.again(row.id) == told[0]
    await drain()
    assert (len(receiver.got), await Attempt.all().count()) == (2, 2)
    receiver.answers = [500]
    number = await ordered(world)
    await drain()
    row = await Outgoing.get(event__order_id=number)
    async with work():
        await actions.drop(row.id)
    clock.offset = 100
    await drain()
    assert (await Outgoing.get(id=row.id)).state == "dropped"
    async with work():
        await actions.remove(told[0])
    assert not await Outgoing.all()
    with pytest.raises(NotFound):
        await hook(told[0])


async def test_what_is_wrong_is_refused(world: World, receiver: Receiver) -> None:
    wrong: list[tuple[str, str, list[str], str]] = [
        (" ", receiver.url, TYPES, "hooks.no_name"), ("x", "http://example.com/", TYPES, "addresses.not_https"),
        ("x", "https://10.0.0.1/", TYPES, "addresses.inside"), ("x", receiver.url, [], "hooks.no_events"),
        ("x", receiver.url, ["order.lost"], "hooks.bad_event"),
    ]  # fmt: skip
    for name, url, types, code in wrong:
        with pytest.raises(Refusal) as refused:
            async with work():
                await actions.subscribe(name, url, types)
        assert refused.value.code == code
    assert not await Subscription.all()


async def test_secrets_lie_sealed(told: Told) -> None:
    row = await Subscription.get()
    assert told[1].removeprefix("whsec_").encode() not in bytes(row.secret)
    assert told[1] not in repr(await hook(row.id))


def test_the_pauses_are_as_promised() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = [rules.pause(n) / timedelta(minutes=1) for n in range(1, 9)]
    assert minutes == pytest.approx([5 / 60, 5, 30, 120, 300, 600, 600, 600])
    assert rules.next_try(first, first + timedelta(days=4, hours=13), 9) == first + timedelta(days=4, hours=23)
    assert rules.next_try(first, first + timedelta(days=4, hours=15), 9) == first + timedelta(days=5)
    assert rules.next_try(first, first + timedelta(days=5), 10) is None
    assert rules.next_try(first, first, 1, 10**6) == first + timedelta(hours=10)
    assert [rules.retry_after(text) for text in ("7", "", "x", "-1", "9" * 20)] == [7, None, None, None, None]


def test_the_signature_is_the_specifications() -> None:
    """The sample of standard-webhooks' own libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signed = rules.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
