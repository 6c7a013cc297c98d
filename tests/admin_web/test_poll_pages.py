"""A system that is asked by schedule: connected, looked at, turned on, asked at once; what is wrong in plain words."""

from typing import Any

import pytest
from aiohttp import web

import core.sources.polls.worker  # noqa: F401
from core.hooks.models import Want
from core.inbox import actions as inbox
from core.inbox.models import Delivery
from core.kernel.clock import now
from core.kernel.words import words
from core.kernel.work import work
from core.sources import actions
from core.sources.kept import Kept, inbox_of, pack
from core.sources.models import Poll, Source
from core.tasks.actions import OUTSIDE, run_one
from tests.admin_web.sending import send
from tests.admin_web.visitor import Visitor
from tests.sources.crm import Crm, follow
from tests.sources.crm import crm as crm
from tests.sources.test_talks import ISSUE, shape

T = words("admin", "ru")
THING = {"id": 7, "title": "Не морозит <b>витрина</b>", "key": "s3cret-token"}
PAGE = "/admin/sources/crm"


@pytest.fixture
async def connected(admin: Visitor, crm: Crm) -> dict[str, Any]:
    crm.answer = lambda request: {"data": [THING]}
    typed = {
        "id": "crm",
        "name": "Их CRM",
        "secret.token": "s3cret-token",
        "poll_url": f"{crm.base}/orders",
        "poll_list": "data",
        "poll_minutes": "3",
    }
    assert (await send(admin, "/admin/sources/new/rest", typed)).status == 200
    return typed


async def test_it_is_looked_at_before_it_is_asked(admin: Visitor, crm: Crm, connected: dict[str, Any]) -> None:
    text = (await admin.get(PAGE))[1]
    assert T.text("sources.poll.off") in text
    answer = await send(admin, f"{PAGE}/look", {"path.words": "body.title"})
    assert "Не морозит &lt;b&gt;витрина" in answer.text
    assert "s3cret-token" not in answer.text + text
    assert (await Delivery.all().count(), crm.asked) == (0, ["GET /orders"])
    assert (await send(admin, f"{PAGE}/poll")).status == 409
    crm.answer = lambda request: web.Response(status=401)
    assert T.text("sources.poll.trouble.denied", status=401) in (await send(admin, f"{PAGE}/look")).text


async def test_it_is_turned_on_and_asked_at_once(admin: Visitor, crm: Crm, connected: dict[str, Any]) -> None:
    await send(admin, f"{PAGE}/on")
    assert T.text("sources.poll.never") in (await admin.get(PAGE))[1]
    await run_one(lane=OUTSIDE)
    for path in (PAGE, f"{PAGE}/poll"):
        status, text = await admin.get(path)
        assert (status, T.text("sources.poll.last", looked="1", came="1") in text) == (200, True)
    crm.answer = lambda request: web.Response(text="<html>")
    assert (await send(admin, f"{PAGE}/poll")).where == PAGE
    await run_one(lane=OUTSIDE)
    for path in (PAGE, "/admin/sources"):
        assert T.text("sources.poll.trouble.not_json") in (await admin.get(path))[1]
    assert T.text("sources.poll.next") in (await admin.get(PAGE))[1]
    number = (await Delivery.get()).id
    status, text = await admin.get(f"/admin/deliveries/{number}")
    assert (status, "POLL" in text, "s3cret-token" in text) == (200, True, False)


async def test_settings_that_make_no_sense(admin: Visitor, connected: dict[str, Any]) -> None:
    wrong = [
        ("poll_minutes", "0"),
        ("poll_minutes", "1441"),
        ("poll_minutes", "x"),
        ("poll_url", "http://10.0.0.1/x"),
        ("poll_url", ""),
        ("poll_key", "a..b"),
        ("poll_header", "X Key"),
        ("poll_param", "a&b"),
    ]
    for name, value in wrong:
        answer = await send(admin, PAGE, {**connected, name: value})
        assert (answer.status, answer.field) == (409, name), (name, value)
    assert (await Source.get(id="crm")).config["poll_minutes"] == 3


async def test_another_period_is_kept_and_the_place_too(admin: Visitor, connected: dict[str, Any]) -> None:
    await send(admin, f"{PAGE}/on")
    await run_one(lane=OUTSIDE)
    before = (await Poll.get()).place
    assert (await send(admin, PAGE, {**connected, "poll_minutes": "9"})).done
    assert (await Poll.get()).place == before
    assert (await send(admin, PAGE, {**connected, "poll_url": connected["poll_url"] + "2"})).done
    assert set((await Poll.get()).place) == {"from"}


async def test_acknowledging_is_set_up_on_its_page(admin: Visitor, crm: Crm, connected: dict[str, Any]) -> None:
    status, text = await admin.get("/admin/write-backs/new/crm?kind=calls")
    assert (status, T.text("backs.url.calls") in text, "/orders/{id}/accept" in text) == (200, True, True)
    typed = {"name": "Их CRM", "url": crm.base, "token": "k", "setting.ack": "/orders/{id}/accept"}
    answer = await send(admin, "/admin/write-backs/new/crm/calls", {**typed, "setting.close": "orders"})
    assert (answer.status, answer.field) == (409, "setting.close")
    assert (await send(admin, "/admin/write-backs/new/crm/calls", typed)).done
    assert [(one.type, one.part) for one in await Want.all()] == [("order.created", "ack")]


async def test_a_source_that_sends_by_itself_is_not_asked(admin: Visitor) -> None:
    async with work():
        await actions.add_source("okd", "okdesk", "Их Okdesk")
    assert (await send(admin, "/admin/sources/okd/poll")).status == 409


async def test_hubex_is_answered_in_its_own_way(admin: Visitor, crm: Crm) -> None:
    typed = {"id": "hub", "name": "Их HubEx", "secret.token": "s3cret-token", "poll_url": f"{crm.base}/fsm"}
    assert (await send(admin, "/admin/sources/new/hubex", typed)).status == 200
    status, text = await admin.get("/admin/write-backs/new/hub")
    assert (status, T.text("backs.url.hubex") in text, T.text("backs.statuses.hubex") in text) == (200, True, True)
    given = {"name": "HubEx", "url": f"{crm.base}/fsm", "token": "k", "comment": "order.created", "status.closed": "5"}
    assert (await send(admin, "/admin/write-backs/new/hub/hubex", given)).done
    assert sorted((one.type, one.part) for one in await Want.all()) == [
        ("order.closed", "status"),
        ("order.created", "comment"),
    ]


async def test_a_look_shows_what_will_be_read_of_each(admin: Visitor, crm: Crm) -> None:
    lead = shape("amocrm_lead") | {"created_at": 1 << 31}
    crm.answer = lambda request: (
        {"_embedded": {"leads": [lead]}} if request.path == "/api/v4/leads" else shape("amocrm_contact")
    )
    typed = {"id": "crm", "name": "Их amoCRM", "secret.token": "s3cret-token", "poll_url": crm.base}
    assert (await send(admin, "/admin/sources/new/amocrm-poll", typed)).status == 200
    answer = await send(admin, f"{PAGE}/look", {})
    assert "Павел Ильин" in answer.text
    assert "Москва, Тверская, 5" in answer.text
    crm.answer = lambda request: web.Response(status=204)
    assert T.text("sources.look.none") in (await send(admin, f"{PAGE}/look", {})).text


async def test_a_delivery_says_what_was_read_there_and_what_keeps_it(admin: Visitor, crm: Crm) -> None:
    crm.answer = lambda request: web.Response(status=401)
    typed = {"id": "okd", "name": "Их Okdesk"}
    assert (await send(admin, "/admin/sources/new/okdesk", typed)).status == 200
    assert T.text("sources.reads.off") in (await admin.get("/admin/sources/okd"))[1]
    wrong = await send(admin, "/admin/sources/okd", {**typed, "api_url": "http://10.0.0.1"})
    assert (wrong.status, wrong.field) == (409, "api_url")
    assert (
        await send(admin, "/admin/sources/okd", {**typed, "api_url": crm.base, "secret.api_token": "s3cret-key"})
    ).done
    assert T.text("sources.reads.on") in (await admin.get("/admin/sources/okd"))[1]
    kept = Kept("POST", "https://desk.test/hooks/okd", (), b"{}", "process", now(), "", ISSUE)
    number = (await inbox.accept(inbox_of("okd"), [("k", 1, pack("okd", kept))]))["k"]
    page = f"/admin/deliveries/{number}"
    await follow()
    assert T.text("sources.what.reading") in (await admin.get("/admin/deliveries"))[1]
    await run_one(lane=OUTSIDE)
    text = (await admin.get(page))[1]
    for told in (T.text("sources.poll.trouble.denied", status=401), T.text("deliveries.thing.next")):
        assert told in text
    crm.answer = lambda request: {**shape("okdesk_issue"), "title": "Ключ s3cret-key"}
    assert (await send(admin, f"{page}/again")).done
    await follow()
    await run_one(lane=OUTSIDE)
    text = (await admin.get(page))[1]
    assert (T.text("deliveries.thing") in text, "Пенза" in text, "s3cret-key" in text) == (True, True, False)
    assert "Витрина не морозит" in (await admin.get("/admin/sources/okd"))[1]
