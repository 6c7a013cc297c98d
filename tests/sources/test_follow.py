"""What follows from deliveries: orders, news, threads, calls; and nothing twice."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.chats.models import Message
from core.inbox import actions as inbox
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import clock
from core.kernel.errors import NotAllowed, Refusal
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Order
from core.outbox.models import Notice
from core.sources import actions, follow, requests
from core.sources.mapping import said_in
from core.sources.models import Link, Outcome, Request
from core.sources.threads import order_of_token, reply_token
from core.sources.worker import Follower, hooks_loop
from core.timers.actions import run_due
from tests.sources.conftest import GROUP, Bring, connect
from tests.world import World

ORDER = {"id": "7", "title": "Не морозит", "description": "Витрина у входа", "customer": "7702345678", "site": "Арбат"}


async def cards() -> list[Notice]:
    return await Notice.filter(chat_id=GROUP, screen="dispatcher.request").order_by("id")


async def created(bring: Bring, **changes: Any) -> Outcome:
    return await bring("crm", event="order.created", data={**ORDER, **changes})


async def test_a_new_thing_of_theirs_becomes_an_order_once(world: World, bring: Bring) -> None:
    await connect("crm", "standardwebhooks")
    came = await created(bring, urgency="urgent", phone="+79161000001")
    order = await Order.get(id=came.order_id)
    assert came.what == "order"
    assert (order.customer_id, order.site_id, order.contact_id) == (world.azbuka, world.arbat, world.olga)
    assert (order.words, order.urgency, order.source) == ("Не морозит\nВитрина у входа", "urgent", "crm")
    again = await created(bring, title="Иначе")
    assert (again.what, again.order_id) == ("news", order.id)
    assert await Order.all().count() == 1


async def test_doing_a_delivery_again_does_nothing_twice(world: World, bring: Bring) -> None:
    await connect("crm", "standardwebhooks")
    came = await created(bring)
    news = await bring("crm", event="order.changed", data={"id": "7"}, status="Срочно")
    assert (news.what, news.order_id) == ("news", came.order_id)
    for _ in range(2):
        async with work():
            assert await inbox.do_again(came.delivery_id)
            assert await inbox.do_again(news.delivery_id)
        follower = Follower()
        while await follower.run_one():
            pass
    assert await Order.all().count() == 1
    said = await Message.filter(order_id=came.order_id)
    assert [(one.side, one.who, one.text) for one in said if "Срочно" in one.text] == [
        ("team", "Их crm", "order.changed\nСрочно")
    ]


@pytest.mark.parametrize("at", [0, 1, 2])
async def test_what_is_refused_of_a_batch_takes_nothing_else_with_it(world: World, bring: Bring, at: int) -> None:
    """Somebody whose name is a single invisible mark is nobody's customer; the others of that delivery are."""
    await connect("crm", "standardwebhooks")
    good = [{"event": "order.created", "data": {**ORDER, "id": number}} for number in ("1", "2")]
    bad = {**ORDER, "customer": "", "site": "", "address": "Мира, 5", "name": "\u2063", "phone": "+79165550001"}
    events = [*good[:at], {"event": "order.created", "data": bad}, *good[at:]]
    came = await bring("crm", events=events)
    assert await Link.all().order_by("external").values_list("external", flat=True) == ["1", "2"]
    assert (came.what, came.facts) == ("refused", {"code": "people.no_name"})
    assert await Order.all().count() == 2


async def test_each_event_of_a_batch_is_followed_once_however_many_are_refused(
    world: World, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect("crm", "standardwebhooks")
    followed, whole = list[str](), follow._one

    async def one(source: Any, key: str, *rest: Any) -> Any:
        followed.append(key)
        return await whole(source, key, *rest)

    monkeypatch.setattr(follow, "_one", one)
    bad = {**ORDER, "customer": "", "site": "", "address": "Мира, 5", "name": "\u2063", "phone": "+79165550001"}
    both = [{**ORDER, "id": "1"}, *({**bad, "id": f"b{n}"} for n in range(8)), {**ORDER, "id": "2"}]
    await bring("crm", events=[{"event": "order.created", "data": data} for data in both])
    assert len(followed) == len(set(followed)) == len(both)
    assert await Order.all().count() == 2
    assert await Notice.filter(screen="dispatcher.card").count() == 2


async def test_what_lacks_something_becomes_an_order_in_one_press(world: World, bring: Bring) -> None:
    await connect("crm", "standardwebhooks")
    came = await created(bring, customer="Неведомый", site="", phone="+79165550001", name="Пётр")
    assert (came.what, came.facts) == ("request", {"missing": ["site"]})
    request = await Request.get()
    assert [(one.facts["missing"], one.card) for one in await cards()] == [(["site"], f"request:{request.id}")]
    dispatcher = await world.actor(member(world.dispatcher))
    async with work(dispatcher):
        number = await requests.make_order(request.id)
    order = await Order.get(id=number).select_related("customer")
    assert (order.customer.name, order.customer.private, order.words) == ("Пётр", True, "Не морозит\nВитрина у входа")
    with pytest.raises(Refusal, match=r"requests\.settled"):
        async with work(dispatcher):
            await requests.make_order(request.id)
    assert (await cards())[-1].facts["order"] == number
    assert (await created(bring, customer="Неведомый")).order_id == number


async def test_a_mended_mapping_makes_the_order_when_it_is_done_again(world: World, bring: Bring) -> None:
    await connect("crm", "standardwebhooks")
    came = await bring("crm", event="order.created", data={"id": "9", "title": "Шумит"})
    assert came.facts["missing"] == ["customer", "site"]
    async with work():
        await actions.change_source("crm", mapping={"customer_id": world.bakery, "urgency": "high"})
        await inbox.do_again(came.delivery_id)
    assert await Follower().run_one()
    came = await Outcome.get(delivery_id=came.delivery_id)
    order = await Order.get(id=came.order_id)
    assert (order.customer_id, order.site_id, order.urgency) == (world.bakery, world.shop, "high")
    assert (await Request.get()).state == "done"


async def test_nobody_is_believed_who_only_knows_an_address(world: World, bring: Bring) -> None:
    await connect("okd", "okdesk", mapping={"customer_id": world.bakery})
    came = await bring("okd", event="ticket.created", external_id="5", title="Не греет")
    assert (came.what, came.facts) == ("request", {"missing": []})
    assert await Order.all().count() == 0
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order((await Request.get()).id)
    assert (await Order.get(id=number)).customer_id == world.bakery
    closed = await bring("okd", event="ticket.deleted", external_id="5", status="closed")
    assert (closed.what, closed.order_id) == ("news", number)
    assert (await Order.get(id=number)).state == "new"


async def test_only_an_id_is_shown_with_what_is_missing(world: World, bring: Bring) -> None:
    await connect("b24", "bitrix24", {"application_token": "t0ken-of-theirs"})
    came = await bring("b24", event="crm.deal.added", entity_id="77")
    assert (came.what, came.facts["missing"]) == ("request", ["words", "customer", "site"])
    assert (await bring("b24", event="crm.contact.updated", entity_id="8")).what == "nothing"


async def test_every_event_of_a_batch_is_followed(world: World, bring: Bring) -> None:
    await connect("hub", "hubspot", {"client_secret": "s"})
    events = [{"event": "crm.deal.created", "entity_id": str(n), "id": f"e{n}"} for n in (1, 2)]
    await bring("hub", **events[0], others=events[1:])
    assert sorted([one.facts["external"] for one in await Request.all()]) == ["1", "2"]


async def test_a_batch_is_read_once_however_many_came_in_it(
    world: World, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def counted(body: bytes) -> Any:
        read.append(body)
        return said_in(body)

    monkeypatch.setattr("core.sources.kept.said_in", counted)
    await connect("hub", "hubspot", {"client_secret": "s"}, mapping={"paths": {"words": "body.0.note"}})
    events = [{"event": "crm.deal.created", "entity_id": str(n), "id": f"e{n}"} for n in range(20)]
    await bring("hub", b'[{"note": "Printer"}]', **events[0], others=events[1:])
    assert {one.facts["words"] for one in await Request.all()} == {"Printer"}
    assert (len(read), await Request.all().count()) == (1, 20)


async def test_a_letter_becomes_an_order_and_its_answer_goes_into_the_thread(world: World, bring: Bring) -> None:
    await connect("mail", "mailgun", {"webhook_signing_key": "k"}, mapping={"customer_id": world.bakery})
    came = await bring(
        "mail", event="mail.received", message_id="<a@b>", subject="Печь", text="Не греет", **{"from": "m@b.test"}
    )
    assert (await Order.get(id=came.order_id)).words == "Печь\nНе греет"
    token = reply_token(came.order_id)
    answer = await bring(
        "mail", event="mail.received", message_id="<c@d>", thread_token=token.upper(), text="Ещё и дымит"
    )
    assert (answer.what, answer.order_id) == ("message", came.order_id)
    assert [(one.side, one.text) for one in await Message.all()] == [("customer", "Ещё и дымит")]


async def test_a_guessed_thread_is_a_new_letter_and_a_machine_makes_nothing(world: World, bring: Bring) -> None:
    await connect("mail", "mailgun", {"webhook_signing_key": "k"})
    assert order_of_token("t1001.00000000000000000000") is None
    came = await bring("mail", event="mail.received", thread_token="t1001.00000000000000000000", text="Привет")
    assert (came.what, came.facts["missing"]) == ("request", ["customer", "site"])
    assert (await bring("mail", event="mail.received", text="В отпуске", is_auto=True)).what == "nothing"
    assert (await bring("mail", event="mail.bounced")).what == "nothing"


async def call(bring: Bring, event: str, **facts: Any) -> Outcome:
    return await bring("ats", event=f"call.{event}", group_id="c1", **{"from": "+79161000001", **facts})


async def ats() -> None:
    await connect("ats", "mango", {"vpbx_api_key": "k", "vpbx_api_salt": "s"}, config={"callback_minutes": 10})


async def test_while_it_rings_the_callers_card_is_in_the_group(world: World, bring: Bring) -> None:
    await ats()
    async with work():
        number = await orders.create(customer_id=world.azbuka, site_id=world.arbat, words="Шумит", source="desk")
    assert (await call(bring, "started")).what == "call"
    caller = (await cards())[0].facts["caller"]
    assert (caller["name"], caller["customer"], caller["orders"]) == ("Ольга Белова", "Азбука", [number])
    assert caller["sites"] == ["Арбат", "Каширка", "Тверская"]
    await call(bring, "answered")
    await call(bring, "ended")
    assert [one.facts["state"] for one in await cards()][-1] == "over"
    assert {one.card for one in await cards()} == {f"request:{(await Request.get()).id}"}


async def test_a_missed_call_is_to_be_returned_in_time(world: World, bring: Bring) -> None:
    await ats()
    await call(bring, "started")
    assert (await call(bring, "missed")).what == "callback"
    request = await Request.get()
    assert request.state == "missed"
    assert await run_due() == 0
    clock.offset = 601
    assert await run_due() == 1
    assert (await cards())[-1].facts["overdue"] is True
    async with work(await world.actor(member(world.dispatcher))):
        await requests.settle_for(request.id)
    assert ((await Request.get()).state, (await Request.get()).settled_by) == ("done", member(world.dispatcher))
    clock.offset = 1300
    assert await run_due() == 0


async def test_a_call_that_was_returned_in_time_alarms_nobody(world: World, bring: Bring) -> None:
    await ats()
    await call(bring, "missed")
    async with work(await world.actor(member(world.dispatcher))):
        await requests.make_order((await Request.get()).id)
    clock.offset = timedelta(hours=1).total_seconds()
    assert not [one for one in await cards() if one.facts.get("overdue")]
    assert await Request.filter(state="done").count() == 1
    await run_due()
    assert not [one for one in await cards() if one.facts.get("overdue")]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (("missed", "started"), "missed"),
        (("missed", "answered", "ended"), "missed"),
        (("started", "answered", "started"), "answered"),
        (("started", "answered", "ended", "missed"), "missed"),
        (("started", "ended", "missed"), "missed"),
        (("ended",), None),
        (("answered", "ended", "answered"), "over"),
    ],
)
async def test_notices_of_a_call_come_in_any_order(bring: Bring, events: tuple[str, ...], state: str | None) -> None:
    await ats()
    for event in events:
        await call(bring, event)
    found = await Request.all()
    assert [one.state for one in found] == ([state] if state else [])


async def test_a_later_notice_with_a_lower_number_counts_for_nothing(bring: Bring) -> None:
    await ats()
    await call(bring, "answered", call_id="leg", seq=3)
    assert (await call(bring, "started", call_id="leg", seq=1)).what == "late"


async def test_our_own_calls_show_no_card(bring: Bring) -> None:
    await connect("ats", "zadarma", {"api_secret": "s"})
    facts = {"from": "+74951234567", "extension": "101", "call_id": "out1"}
    assert (await bring("ats", event="call.started", **facts)).what == "nothing"
    assert (await bring("ats", event="call.started", call_id="x", **{"from": "101"})).what == "nothing"
    assert not await Request.all()


async def test_a_message_of_another_messenger_waits_for_a_person(world: World, bring: Bring) -> None:
    await connect("wa", "whatsapp", {"app_secret": "s"})
    facts = {"event": "message.received", "id": "m1", "from": "+79161000003", "text": "Печь не греет"}
    assert [(await bring("wa", **facts)).what for _ in range(2)] == ["request", "seen"]
    assert (await Request.get()).facts["words"] == "Печь не греет"
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order((await Request.get()).id)
    order = await Order.get(id=number)
    assert (order.customer_id, order.contact_id, order.site_id) == (world.bakery, world.marat, world.shop)
    assert order.source == "whatsapp"


async def test_only_who_may_make_orders_makes_them(world: World, bring: Bring) -> None:
    await ats()
    await call(bring, "started")
    for verb in (requests.make_order, requests.settle_for):
        with pytest.raises(NotAllowed):
            async with work(await world.actor(member(world.pyotr))):
                await verb((await Request.get()).id)


async def test_a_quarantined_one_is_kept_and_makes_nothing(bring: Bring) -> None:
    await connect("mail", "mailgun", {"webhook_signing_key": "k"})
    came = await bring("mail", action="quarantine", event="mail.received", text="spam")
    assert (came.what, came.facts) == ("quarantine", {"why": "why"})
    assert not await Request.all()


async def test_a_failing_delivery_is_tried_again_then_dead_and_others_go_on(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect("crm", "standardwebhooks")

    async def broken(*_: object) -> None:
        raise ValueError("bug")

    with monkeypatch.context() as patch:
        patch.setattr("core.sources.worker.follow", broken)
        with pytest.raises(Exception, match="Outcome"):
            await created(bring)
        row = await Delivery.get()
        assert (row.attempts, row.dead_at, row.error) == (1, None, "ValueError: bug")
        for _ in range(inbox.ATTEMPTS - 1):
            assert await Follower().run_one()
        assert not await Follower().run_one()
    await row.refresh_from_db()
    assert row.dead_at is not None
    async with work():
        assert await inbox.retry_dead(row.id)
    assert await Follower().run_one()
    assert (await Outcome.get()).what == "order"


async def test_a_refusal_is_what_came_of_it(world: World, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    await connect("crm", "standardwebhooks")

    async def refusing(*_: object) -> None:
        await Link.create(source_id="crm", external="x", order_id=1)
        raise Refusal("orders.empty")

    monkeypatch.setattr("core.sources.worker.follow", refusing)
    came = await created(bring)
    assert (came.what, came.facts) == ("refused", {"code": "orders.empty"})
    assert not await Link.all()
    assert (await Delivery.get()).done_at is not None


async def test_two_workers_follow_each_delivery_once(world: World, bring: Bring) -> None:
    await connect("crm", "standardwebhooks")
    await created(bring)
    async with work():
        await inbox.do_again((await Delivery.get()).id)

    stop = asyncio.Event()
    loops = [asyncio.create_task(hooks_loop(stop)) for _ in range(3)]
    try:
        async with asyncio.timeout(30):
            while await Delivery.filter(done_at=None).exists():
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await asyncio.gather(*loops)
    assert await Order.all().count() == 1
