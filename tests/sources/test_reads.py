"""Things are read back by their system's API before orders are made of them: real deliveries, tasks and a server."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

import core.sources.polls.worker  # noqa: F401
from core.inbox import actions as inbox
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import clock
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.orders.models import Order
from core.sources import actions, requests
from core.sources.models import Outcome, Reading, Request
from core.sources.reads import readings
from core.sources.reads.readings import PATIENCE
from core.sources.reads.waiting import KIND
from core.sources.worker import tidy
from core.tasks.models import Task
from tests.sources.conftest import Bring, connect
from tests.sources.crm import Crm, drain, follow
from tests.sources.crm import connect as poll
from tests.sources.test_talks import ISSUE, ITEM, LEAD, ORDER, UUID, shape
from tests.world import World

KEY = {"api_token": "s3cret-key"}


def amo(request: web.Request) -> Any:
    return shape("amocrm_contact") if "/contacts/" in request.path else shape("amocrm_lead")


def okd(request: web.Request) -> Any:
    if "/issues/" in request.path:
        return shape("okdesk_issue")
    return {"id": 3020, "phone": "+79165550001"} if "contacts" in request.path else {"id": 40, "name": "Азбука"}


async def okdesk(crm: Crm, **more: Any) -> None:
    await connect("okd", "okdesk", KEY, config={"api_url": crm.base}, **more)


async def again(seconds: float) -> Reading:
    """As if so much time had passed."""
    clock.offset += seconds
    await drain()
    await follow()
    return await Reading.get()


async def test_a_lead_of_which_only_the_id_came_is_an_order_with_its_contact(
    crm: Crm, world: World, bring: Bring
) -> None:
    crm.answer = amo
    await connect("amo", "amocrm", KEY, config={"api_url": crm.base})
    came = await bring("amo", **LEAD)
    assert (came.what, crm.asked) == ("reading", [])
    assert await Order.all().count() == await Request.all().count() == 0
    assert await drain() == 1
    assert await follow() == ["order"]
    order = await Order.get().select_related("customer")
    assert (order.words, order.address) == ("Не морозит витрина", "Москва, Тверская, 5")
    assert (order.customer.name, order.customer.private) == ("Павел Ильин", True)
    assert {one["Authorization"] for one in crm.headers} == {"Bearer s3cret-key"}
    row = await Reading.get()
    assert (row.trouble, row.due_at, "Ильин".encode() in bytes(row.body or b"")) == ("", None, False)


def portal(request: web.Request) -> Any:
    """The deal and the item have the same number."""
    if request.path.endswith("crm.item.get"):
        return shape("bitrix24_item")
    if request.path.endswith("crm.deal.get"):
        return {"result": {"ID": "24", "TITLE": "Сделка", "UF_CRM_12_1639669411830": "Тверская, 5"}}
    return shape("bitrix24_contact") if "contact" in request.path else {"result": {"ID": "5", "TITLE": "Азбука"}}


async def test_an_item_of_a_smart_process_is_an_order_and_its_news_are_told(
    crm: Crm, world: World, bring: Bring
) -> None:
    crm.answer = portal
    paths = {"words": "read.TITLE", "address": "read.UF_CRM_12_1639669411830", "external": "entity_id"}
    config = {"api_url": f"{crm.base}/rest/1", "crm_types": "1220"}
    mapping = {"customer_id": world.azbuka, "paths": paths}
    await connect("b24", "bitrix24", KEY | {"application_token": "t"}, config=config, mapping=mapping)
    await bring("b24", event="crm.deal.added", entity_id="24")
    assert (await bring("b24", **ITEM)).what == "reading"
    await drain()
    assert await follow() == ["order", "order"]
    order = (await Order.all().order_by("-id"))[0]
    assert (order.customer_id, order.words, order.address) == (world.azbuka, "Не морозит витрина", "Арбат, 1")
    asked = json.loads(crm.bodies[crm.asked.index("POST /rest/1/s3cret-key/crm.item.get")])
    assert asked == {"id": 24, "entityTypeId": 1220, "useOriginalUfNames": "Y"}
    for event in ("crm.item.updated", "crm.item.deleted"):
        came = await bring("b24", **ITEM | {"event": event})
        assert (came.what, came.order_id) == ("news", order.id)
    assert (await bring("b24", event="crm.item.updated", entity_id="147:24", entity_type="147")).what == "nothing"
    assert {one.state for one in await Order.all()} == {"new"}


async def test_without_a_key_things_stay_as_they_were(crm: Crm, world: World, bring: Bring) -> None:
    await connect("amo", "amocrm", config={"api_url": crm.base})
    assert (await bring("amo", **LEAD)).what == "request"
    assert (crm.asked, await Reading.all().count(), await Task.filter(kind=KIND).count()) == ([], 0, 0)


async def test_what_a_stranger_writes_is_not_believed_but_what_the_system_says(
    crm: Crm, world: World, bring: Bring
) -> None:
    crm.answer = okd
    await okdesk(crm)
    body = json.dumps({"event": {}, "issue": {"id": 153, "title": "Подделка"}}).encode()
    await bring("okd", body, **ISSUE)
    await drain()
    assert await follow() == ["order"]
    order = await Order.get()
    assert (order.customer_id, order.address) == (world.azbuka, "г Пенза ул Гагарина д 13")
    assert order.words == "Требуется мастер на выезд\nВитрина не морозит,\nшумит"


async def test_what_is_not_there_makes_no_order(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = lambda request: web.Response(status=404)
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    assert await follow() == ["nothing"]
    assert (await Outcome.get()).facts == {"why": "not there"}
    assert await Order.all().count() == await Request.all().count() == 0


FAILURES: dict[str, tuple[Any, str]] = {
    "500": (lambda request: web.Response(status=500), "theirs"),
    "401": (lambda request: web.Response(status=401), "denied"),
    "HTML": (lambda request: web.Response(text="<html>", content_type="text/html"), "not_json"),
    "another": (lambda request: {**shape("okdesk_issue"), "id": 154}, "other_thing"),
    "a list": (lambda request: [], "other_thing"),
    "huge": (lambda request: web.Response(body=b" " * (9 << 20)), "too_long"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_is_tried_again_and_nothing_is_lost(crm: Crm, world: World, bring: Bring, name: str) -> None:
    crm.answer, code = FAILURES[name]
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    row = await Reading.get()
    assert row.due_at is not None
    assert (row.trouble, row.failures, row.due_at - row.at) == (code, 1, timedelta(seconds=10))
    assert (await Outcome.get()).what == "reading"
    assert (await Task.get(kind=KIND)).run_at == row.due_at
    crm.answer = okd
    row = await again(11)
    assert (row.trouble, row.due_at, (await Outcome.get()).what) == ("", None, "order")


async def test_people_do_not_wait_for_a_system_that_fails_for_long(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = lambda request: web.Response(status=503)
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    for _ in range(PATIENCE - 1):
        assert await Request.all().count() == 0
        await again(3601)
    request = await Request.get()
    assert (request.state, request.facts["words"], request.facts["external"]) == ("waiting", "Подделка", "153")
    row = await again(3601)
    assert (row.failures, row.trouble, await Request.all().count()) == (PATIENCE + 1, "theirs", 1)
    crm.answer = okd
    await again(3601)
    assert (await Request.get()).state == "done"
    assert (await Order.get()).words.startswith("Требуется мастер")


async def test_an_order_that_a_person_made_meanwhile_is_the_only_one(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = lambda request: web.Response(status=503)
    await okdesk(crm, mapping={"customer_id": world.bakery})
    await bring("okd", **ISSUE)
    await drain()
    for _ in range(PATIENCE):
        await again(3601)
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order((await Request.get()).id)
    crm.answer = okd
    await again(3601)
    assert [one.id for one in await Order.all()] == [number]
    assert ((await Outcome.get()).what, (await Reading.get()).due_at) == ("news", None)


async def test_it_waits_as_long_as_it_is_asked_to(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = lambda request: web.Response(status=429, headers={"Retry-After": "900"})
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    row = await Reading.get()
    assert row.due_at is not None
    assert (row.trouble, row.due_at - row.at) == ("slow_down", timedelta(minutes=15))


async def test_a_batch_is_read_thing_by_thing_and_what_was_read_is_not_read_again(
    crm: Crm, world: World, bring: Bring
) -> None:
    bad = UUID.replace("7944", "8888")

    def answer(request: web.Request) -> Any:
        if bad in request.path and not crm.bodies[3:]:
            return web.Response(status=500)
        said = {**shape("moysklad_order"), "id": request.path.rpartition("/")[2]}
        return web.Response(body=gzip.compress(json.dumps(said).encode()), headers={"Content-Encoding": "gzip"})

    crm.answer = answer
    await connect("ms", "moysklad", {**KEY, "account_id": "a"}, config={"api_url": crm.base})
    await bring("ms", **ORDER, events=[ORDER, {**ORDER, "id": bad}, {"event": "crm.order.deleted", "id": UUID}])
    await drain()
    await again(11)
    await again(31)
    asked = [one.partition("customerorder/")[2].partition("?")[0] for one in crm.asked]
    assert asked == [UUID, bad, bad, bad]
    assert {one["Accept-Encoding"] for one in crm.headers} == {"gzip"}
    assert [one.words for one in await Order.all()] == ["Заменить термостат"] * 2
    assert (await Order.all())[0].customer_id == world.azbuka


async def test_followed_once_more_it_is_read_once_more(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = lambda request: web.Response(status=404)
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    assert await follow() == ["nothing"]
    crm.answer = okd
    number = (await Delivery.get()).id
    async with work():
        await readings.forget(number)
        assert await inbox.do_again(number)
    assert await follow() == ["reading"]
    await drain()
    assert await follow() == ["order"]


async def test_a_promise_that_was_lost_is_made_again(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = okd
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await Task.filter(kind=KIND).delete()
    clock.offset += 1
    await tidy()
    await drain()
    assert await follow() == ["order"]
    await Delivery.all().delete()
    clock.offset += 90 * 86_400
    await tidy()
    assert await Reading.all().count() == 0


async def test_a_source_that_is_off_asks_nothing_and_goes_on_later(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = okd
    await okdesk(crm)
    await bring("okd", **ISSUE)
    async with work():
        await actions.change_source("okd", active=False)
    await drain()
    assert crm.asked == []
    async with work():
        await actions.change_source("okd", active=True)
    await drain()
    assert await follow() == ["order"]


async def test_a_mended_key_is_tried_at_once(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = lambda request: okd(request) if request.query["api_token"] == "right" else web.Response(status=401)
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    assert (await Reading.get()).trouble == "denied"
    async with work():
        await actions.change_source("okd", secrets={"api_token": "right"})
    await drain()
    assert await follow() == ["order"]


async def test_news_of_a_known_order_are_told_without_asking(crm: Crm, world: World, bring: Bring) -> None:
    crm.answer = okd
    await okdesk(crm)
    await bring("okd", **ISSUE)
    await drain()
    await follow()
    crm.asked.clear()
    assert (await bring("okd", event="ticket.status", external_id="153", status="completed")).what == "news"
    assert crm.asked == []


async def test_a_lead_that_was_asked_for_gets_its_contact_too(crm: Crm, world: World) -> None:
    lead = {**shape("amocrm_lead"), "created_at": 1 << 31, "updated_at": 1 << 31}
    crm.answer = lambda request: (
        {"_embedded": {"leads": [lead]}} if request.path == "/api/v4/leads" else shape("amocrm_contact")
    )
    await poll(crm, world, "amocrm-poll", {"token": "t"}, poll_url=crm.base)
    await drain()
    assert await follow() == ["reading"]
    await drain()
    assert await follow() == ["order"]
    assert crm.asked[1:] == ["GET /api/v4/contacts/10971463"]
    assert (await Order.get()).words == "Не морозит витрина"


async def test_what_a_list_gave_is_enough_for_an_order_when_no_more_is_to_be_had(crm: Crm, world: World) -> None:
    lead = {**shape("amocrm_lead"), "created_at": 1 << 31}
    crm.answer = lambda request: (
        {"_embedded": {"leads": [lead]}} if request.path == "/api/v4/leads" else web.Response(status=500)
    )
    await poll(crm, world, "amocrm-poll", {"token": "t"}, poll_url=crm.base, poll_minutes=1440)
    await drain()
    assert await follow() == ["reading"]
    await drain()
    for _ in range(PATIENCE - 1):
        await again(3601)
    assert ((await Outcome.get()).what, (await Order.get()).words) == ("order", "Не морозит витрина")
    crm.answer = lambda request: shape("amocrm_contact")
    await again(3601)
    assert ((await Outcome.get()).what, await Order.all().count()) == ("known", 1)


async def test_an_address_inside_is_refused(crm: Crm, world: World) -> None:
    with pytest.raises(Refusal) as refused:
        await connect("okd", "okdesk", KEY, config={"api_url": "http://10.0.0.1"})
    assert refused.value.data["field"] == "api_url"
