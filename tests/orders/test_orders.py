"""A request and what is decided about it: made once, changed, moved, cancelled, reopened; who sees it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.assets.models import Asset
from core.company.rules import RULES
from core.customers.models import Site
from core.events import JobCancelled, JobMoved, OrderCancelled, OrderChanged, OrderClosed, OrderCreated
from core.files.models import File
from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import clock
from core.kernel.errors import NotFound, Refusal
from core.orders import queries
from core.orders.models import Attachment, Entry, Job, Order, OrderAsset
from tests.orders.desk import START, Desk, events_of, set_rule, states

TOMORROW = datetime.now(UTC) + timedelta(days=1)


async def test_a_repeated_request_is_the_same_order(desk: Desk) -> None:
    with events_of(OrderCreated) as seen:
        made = await asyncio.gather(*(desk.order(key="bot:7:42") for _ in range(8)))
        other, _ = await desk.order(key="bot:7:43")
        foreign = await desk.done(
            "create", desk.stranger, customer_id=desk.stranger.customer_id, words="Своё", source="desk", key="bot:7:42"
        )
    assert len({order for order, _ in made}) == 1
    assert len({made[0][0], other, foreign}) == 3
    assert len(seen) == await Order.all().count() == await Job.all().count() == 3


async def test_it_refuses_what_is_no_request(desk: Desk) -> None:
    elsewhere = await Site.create(customer_id=desk.stranger.customer_id, name="Там", created_at=START)
    fields: list[tuple[dict[str, Any], str]] = [
        ({"words": "  "}, "orders.empty"),
        ({"urgency": "now"}, "orders.bad_urgency"),
        ({"kind": "party"}, "orders.bad_kind"),
        ({"wanted_from": TOMORROW, "wanted_to": TOMORROW}, "orders.bad_window"),
        ({"site_id": elsewhere.id}, "customers.site.not_found"),
        ({"contact_id": desk.stranger.id}, "customers.contact.not_found"),
        ({"asset_ids": [desk.asset.id], "site_id": None}, "orders.bad_asset"),
        ({"asset_ids": [10**9]}, "orders.bad_asset"),
    ]
    for wrong, code in fields:
        with pytest.raises(Refusal) as refused:
            await desk.order(**wrong)
        assert refused.value.code == code
    for actor, code in ((desk.stranger, "customers.not_found"), (desk.technicians[0], "not_allowed")):
        with pytest.raises(Refusal) as refused:
            await desk.order(actor)
        assert refused.value.code == code
    assert not await Order.exists()


async def test_it_keeps_all_that_was_said(desk: Desk) -> None:
    photo = await File.create(kind="photo", created_by="contact:1", created_at=START)
    order_id, _ = await desk.order(
        words="Не морозит\nИ шумит",
        file_ids=[photo.id, photo.id],
        asset_ids=[desk.asset.id],
        lat=1.0,
        lon=2.0,
        address="Двор",
    )
    order = await Order.get(id=order_id)
    assert (order.summary, order.words, order.address) == ("Не морозит", "Не морозит\nИ шумит", "Двор")
    assert (order.lat, order.lon, order.created_by) == (1.0, 2.0, desk.contact.party)
    assert await Attachment.filter(order_id=order_id).values_list("file_id", "phase") == [(photo.id, "request")]
    assert await OrderAsset.filter(order_id=order_id).count() == 1
    attachment = await desk.done("attach", desk.contact, order_id, photo.id, "chat", "вот")
    assert (await Attachment.get(id=attachment)).caption == "вот"
    assert (await Order.get(id=order_id)).revision == order.revision + 1
    with pytest.raises(NotFound):
        await desk.done("attach", desk.contact, order_id, photo.id + 1, "chat")


async def test_a_change_is_told_once_and_only_if_it_is_one(desk: Desk) -> None:
    order_id, job_id = await desk.assigned()
    with events_of(OrderChanged) as seen:
        await desk.done("change", desk.contact, order_id, words="Не морозит витрина", urgency="high")
        await desk.done("change", desk.dispatcher, order_id, words="Течёт")
        await desk.done("set_priority", desk.dispatcher, order_id, "urgent")
        await desk.done("set_priority", desk.dispatcher, order_id, "urgent")
    assert [event.fields for event in seen] == [("urgency",), ("words",), ("priority",)]
    order = await Order.get(id=order_id)
    assert (order.summary, order.urgency, order.priority) == ("Течёт", "high", "urgent")
    with pytest.raises(Refusal, match="bad_field"):
        await desk.done("change", desk.contact, order_id, kind="install")
    with pytest.raises(Refusal, match="bad_field"):
        await desk.done("change", desk.dispatcher, order_id, state="closed")
    await desk.done("travel", desk.technicians[0], job_id)
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("change", desk.contact, order_id, words="Поздно")
    await desk.done("change", desk.dispatcher, order_id, words="Не поздно")


async def test_a_new_site_brings_its_address(desk: Desk) -> None:
    order_id, _ = await desk.order()
    site = await Site.create(
        customer=desk.customer, name="Вторая", address="Мясницкая, 2", lat=3, lon=4, created_at=START
    )
    await desk.done("change", desk.dispatcher, order_id, site_id=site.id)
    order = await Order.get(id=order_id)
    assert (order.site_id, order.address, order.lat) == (site.id, "Мясницкая, 2", 3)
    alien = await Site.create(customer_id=desk.stranger.customer_id, name="Там", created_at=START)
    with pytest.raises(Refusal, match="bad_site"):
        await desk.done("change", desk.dispatcher, order_id, site_id=alien.id)


async def test_machines_stand_on_the_orders_site(desk: Desk) -> None:
    order_id, _ = await desk.order(words="Шумит")
    second = await Site.create(customer=desk.customer, name="Вторая", created_at=START)
    there = await Asset.create(site=second, type_id=desk.asset.type_id, name="Печь", created_at=START)

    async def linked() -> list[int]:
        return list(await OrderAsset.filter(order_id=order_id).order_by("asset_id").values_list("asset_id", flat=True))  # type: ignore[arg-type]

    with events_of(OrderChanged) as seen:
        for _ in range(2):
            await desk.done("change", desk.dispatcher, order_id, asset_ids=[desk.asset.id, desk.asset.id])
        assert await linked() == [desk.asset.id]
        for wrong in ([there.id], [desk.asset.id, 10**9]):
            with pytest.raises(Refusal, match="bad_asset"):
                await desk.done("change", desk.dispatcher, order_id, asset_ids=wrong)
        with pytest.raises(Refusal, match="bad_field"):
            await desk.done("change", desk.contact, order_id, asset_ids=[])
        with pytest.raises(Refusal, match="bad_asset"):
            await desk.done("change", desk.dispatcher, order_id, site_id=second.id, asset_ids=[desk.asset.id])
        await desk.done("change", desk.dispatcher, order_id, site_id=second.id, asset_ids=[there.id])
        assert await linked() == [there.id]
        await desk.done("change", desk.dispatcher, order_id, site_id=desk.site.id)
    assert await linked() == []
    assert [set(event.fields) & {"site_id", "asset_ids"} for event in seen] == [
        {"asset_ids"}, {"site_id", "asset_ids"}, {"site_id", "asset_ids"},
    ]  # fmt: skip
    kinds = await Entry.filter(order_id=order_id, kind="order.changed").count()
    assert kinds == 3


async def test_another_time_moves_the_plan_of_who_has_not_set_out(desk: Desk) -> None:
    order_id, job_id = await desk.assigned()
    with events_of(JobMoved) as seen:
        await desk.done("reschedule", desk.contact, order_id, TOMORROW, TOMORROW + timedelta(hours=2), "закрыты")
    job = await Job.get(id=job_id)
    assert (job.planned_from, job.planned_to) == (TOMORROW, TOMORROW + timedelta(hours=2))
    assert [event.job_id for event in seen] == [job_id]
    for wrong in ((TOMORROW, TOMORROW), (None, clock.now() - timedelta(hours=1))):
        with pytest.raises(Refusal, match="bad_window"):
            await desk.done("reschedule", desk.contact, order_id, *wrong)
    await desk.done("travel", desk.technicians[0], job_id)
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("reschedule", desk.contact, order_id, None, None)


async def test_a_cancelled_order_may_be_reopened(desk: Desk) -> None:
    order_id, first = await desk.assigned()
    with pytest.raises(Refusal, match="reason_needed"):
        await desk.done("cancel", desk.contact, order_id, " ")
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("reopen", desk.contact, order_id, "рано")
    await desk.done("cancel", desk.contact, order_id, "починили сами")
    order = await Order.get(id=order_id)
    assert (order.state, order.cancel_reason, order.closed_at is None) == ("cancelled", "починили сами", False)
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("cancel", desk.contact, order_id, "ещё раз")
    second = await desk.done("reopen", desk.contact, order_id, "опять")
    order = await Order.get(id=order_id)
    assert (order.state, order.cancel_reason, order.closed_at) == ("new", None, None)
    assert (await Job.get(id=second)).return_of_id is None
    assert await states(order_id) == ("new", ["cancelled", "new"])
    assert (await Job.get(id=first)).assignee_id == desk.technicians[0].id


async def test_a_closed_order_is_reopened_as_a_return_visit(desk: Desk) -> None:
    order_id, first = await desk.on_site()
    await desk.done("finish", desk.technicians[0], first)
    await desk.done("close", SYSTEM, order_id)
    with pytest.raises(Refusal, match="reason_needed"):
        await desk.done("reopen", desk.contact, order_id, "")
    second = await desk.done("reopen", desk.dispatcher, order_id, "снова течёт")
    assert (await Job.get(id=second)).return_of_id == first
    assert await states(order_id) == ("new", ["closed", "new"])


async def test_what_was_done_stays_done_when_the_rest_is_cancelled(desk: Desk) -> None:
    order_id, first = await desk.on_site()
    await desk.done("finish", desk.technicians[0], first, "partly")
    await desk.done("add_return", desk.technicians[0], first)
    with events_of(JobCancelled, OrderCancelled) as seen:
        await desk.done("cancel", desk.contact, order_id, "хватит")
    assert [type(event) for event in seen] == [JobCancelled]
    assert await states(order_id) == ("done", ["done", "cancelled"])
    assert (await Order.get(id=order_id)).cancel_reason is None


async def test_a_reopened_order_whose_visit_is_cancelled_is_closed_again(desk: Desk) -> None:
    order_id, first = await desk.on_site()
    await desk.done("finish", desk.technicians[0], first)
    await desk.done("close", SYSTEM, order_id)
    await desk.done("reopen", desk.contact, order_id, "опять")
    with events_of(OrderCancelled, OrderClosed) as seen:
        await desk.done("cancel", desk.contact, order_id, "показалось")
    assert seen == [OrderClosed(order_id)]
    assert await states(order_id) == ("closed", ["closed", "cancelled"])
    assert (await Order.get(id=order_id)).closed_at is not None


async def test_a_customer_cannot_cancel_under_the_technicians_hands(desk: Desk) -> None:
    order_id, _ = await desk.on_site()
    with pytest.raises(Refusal, match="wrong_state"):
        await desk.done("cancel", desk.contact, order_id, "передумали")
    await desk.done("cancel", desk.dispatcher, order_id, "передумали")


async def test_everybody_sees_what_is_theirs(desk: Desk) -> None:
    order_id, job_id = await desk.assigned()
    lone, _ = await desk.order(desk.dispatcher, site_id=None, contact_id=desk.contact.id)
    limited = Actor("contact", desk.contact.id, customer_id=desk.customer.id, site_ids=frozenset({desk.site.id}))
    blind = Actor("contact", 10**6, customer_id=desk.customer.id, site_ids=frozenset())
    seen = {
        "dispatcher": (desk.dispatcher, [lone, order_id]),
        "contact": (desk.contact, [lone, order_id]),
        "limited": (limited, [lone, order_id]),
        "blind": (blind, []),
        "stranger": (desk.stranger, []),
        "technician": (desk.technicians[0], [order_id]),
        "colleague": (desk.technicians[1], []),
    }
    for name, (actor, expected) in seen.items():
        assert [row.id for row in await queries.my_orders(actor)] == expected, name
        assert len(await queries.orders_list(actor)) == len(expected), name
        for order in (order_id, lone):
            if order in expected:
                assert await queries.access_order(actor, order) == order
            else:
                with pytest.raises(NotFound):
                    await queries.access_order(actor, order)
    assert await queries.access_job(desk.technicians[0], job_id) == order_id
    with pytest.raises(NotFound):
        await queries.access_job(desk.stranger, job_id)


async def test_lists_are_paged_filtered_and_searched(desk: Desk) -> None:
    numbers = [(await desk.order(words=words))[0] for words in ("Течёт 100% воды", "Не морозит", "Шумит_гудит")]
    await desk.done("cancel", desk.contact, numbers[1], "сами")

    async def listed(**filters: Any) -> list[int]:
        return [row.id for row in await queries.orders_list(desk.dispatcher, **filters)]

    assert await listed() == numbers[::-1]
    assert await listed(limit=1) == numbers[2:]
    assert await listed(before=numbers[2]) == numbers[1::-1]
    assert await listed(state="cancelled") == [numbers[1]]
    assert await listed(search="ТЕЧЁТ вод") == [numbers[0]]
    assert await listed(search="100%") == [numbers[0]]
    assert await listed(search="0_") == []
    assert await listed(search="т_г") == [numbers[2]]
    assert await listed(customer_id=desk.stranger.customer_id) == []
    assert await listed(member_id=desk.technicians[0].id) == []
    assert [row.id for row in await queries.my_orders(desk.contact, open=False)] == [numbers[1]]


async def test_a_technicians_day(desk: Desk) -> None:
    ivan = desk.technicians[0]
    _, done = await desk.on_site()
    await desk.done("finish", ivan, done)
    _, later = await desk.assigned(wanted_from=TOMORROW, wanted_to=TOMORROW + timedelta(hours=1))
    _, running = await desk.on_site()
    assert [job.id for job in await queries.my_jobs(ivan)] == [running, later, done]
    assert later not in [job.id for job in await queries.my_jobs(ivan, day=clock.now().date() - timedelta(days=1))]
    assert later in [job.id for job in await queries.my_jobs(ivan, day=TOMORROW.date() + timedelta(days=1))]
    assert [job.id for job in await queries.my_jobs(ivan, archive=True)] == [done]
    first = (await queries.my_jobs(desk.dispatcher, ivan.id))[0]
    assert first.stage == {"ru": "На объекте", "en": "On site"}
    for actor in (desk.technicians[1], desk.contact):
        with pytest.raises(NotFound):
            await queries.my_jobs(actor, ivan.id)


async def test_customers_read_the_public_lines_only(desk: Desk) -> None:
    order_id, _ = await desk.assigned()
    await desk.done("note", desk.dispatcher, order_id, "order.secret", {"text": "платит плохо"})
    shown = [line.kind for line in await queries.timeline(desk.contact, order_id)]
    assert shown == ["order.created", "job.assign"]
    everything = await queries.timeline(desk.dispatcher, order_id)
    assert [line.kind for line in everything] == [*shown, "order.secret"]
    assert everything[-1].facts == {"text": "платит плохо"}
    assert await Entry.filter(order_id=order_id).count() == 3


async def test_the_priority_follows_the_most_critical_machine(desk: Desk) -> None:
    other = await Asset.create(site=desk.site, type_id=desk.asset.type_id, name="Щит", criticality=3, created_at=START)
    matrix = {**RULES["priorities"], "3": {**RULES["priorities"]["3"], "normal": "urgent"}}
    assert (await Order.get(id=(await desk.order(asset_ids=[desk.asset.id, other.id]))[0])).priority == "normal"
    await set_rule("priorities", matrix)
    for assets, priority in (([], "normal"), ([desk.asset.id], "normal"), ([desk.asset.id, other.id], "urgent")):
        order = await Order.get(id=(await desk.order(asset_ids=assets))[0])
        assert (order.urgency, order.priority) == ("normal", priority)
