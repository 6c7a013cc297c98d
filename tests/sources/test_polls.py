"""Systems that are asked by schedule: a real server on this machine, real tasks, the real database."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core import ports
from core.events import OrderClosed
from core.hooks import backs
from core.hooks.vendors import calls
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import clock, now
from core.kernel.errors import Refusal
from core.kernel.work import emit, work
from core.orders.models import Order
from core.outbox.models import Notice
from core.sources import actions
from core.sources.models import Outcome, Poll, Request, Source
from core.sources.polls import schedule
from core.sources.polls.page import a_little_before, newest
from core.sources.polls.schedule import KIND, Came, next_time
from core.sources.worker import Follower, tidy
from core.tasks.actions import OUTSIDE, run_one
from core.tasks.models import Task
from core.timers.actions import run_due
from core.todo.queries import todo
from tests.hooks.conftest import Resolver
from tests.sources.crm import Answer, Crm
from tests.world import World
from webhooks.fetch import web as outside


def thing(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"Не морозит витрина {number}", **more}


async def connect(crm: Crm, world: World, kind: str = "rest", secrets: Any = None, **config: Any) -> str:
    """Connected and on; its first task waits."""
    async with work():
        given = {"poll_url": f"{crm.base}/orders", **config}
        mapping = {"customer_id": world.bakery}
        await actions.add_source("crm", kind, "Их CRM", secrets or {"token": "Bearer s3cret-token"}, given, mapping)
        await actions.change_source("crm", active=True)
    return "crm"


async def drain() -> int:
    """Do what is due outside; how often."""
    times = 0
    while await run_one(lane=OUTSIDE):
        times += 1
    return times


async def follow() -> list[str]:
    follower = Follower()
    while await follower.run_one():
        pass
    return [one.what for one in await Outcome.all().order_by("delivery_id")]


async def again() -> Poll:
    """As if the time had come."""
    async with work():
        await schedule.ask_now("crm")
    await drain()
    return await Poll.get(source_id="crm")


def pause(poll: Poll) -> timedelta:
    assert poll.due_at is not None
    assert poll.asked_at is not None
    return poll.due_at - poll.asked_at


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


async def test_pages_a_list_inside_and_since(crm: Crm, world: World) -> None:
    def answer(request: web.Request) -> Any:
        page = int(request.query["page"])
        rows = {1: [1, 2], 2: [3]}.get(page, [])
        changed = {1: "2026-11-20T10:00:00.500Z", 2: "2026-11-20T12:00:00.500Z", 3: "2026-11-20T11:00:00.500Z"}
        return {"data": {"items": [{"no": {"id": n}, "at": changed[n], "title": "Шумит"} for n in rows]}}

    crm.answer = answer
    given = {"poll_list": "data.items", "poll_key": "no.id", "poll_changed": "at"}
    await connect(crm, world, **given, poll_since="since", poll_page="page", poll_header="X-Key")
    await drain()
    assert [one.partition("?")[2] for one in crm.asked] == ["page=1", "page=2", "page=3"]
    assert crm.headers[0]["X-Key"] == "Bearer s3cret-token"
    assert await follow() == ["order"] * 3
    crm.asked.clear()
    await again()
    assert crm.asked[0] == "GET /orders?since=2026-11-20T11:58:00.500Z&page=1"


async def test_marks_of_a_next_page_and_a_secret_in_the_query(crm: Crm, world: World) -> None:
    def answer(request: web.Request) -> Any:
        mark = request.query.get("cursor")
        nexts = {None: "b", "b": f"{crm.base}/orders?cursor=c", "c": None}
        return {"items": [thing(ord(mark or "a"))], "next": nexts[mark]}

    crm.answer = answer
    given = {"poll_list": "items", "poll_next": "next", "poll_page": "cursor"}
    await connect(crm, world, secrets={"token": "k"}, poll_param="api_token", **given)
    await drain()
    assert [one.partition("?")[2] for one in crm.asked] == [
        "api_token=k",
        "cursor=b&api_token=k",
        "cursor=c&api_token=k",
    ]
    assert len(await follow()) == 3


async def test_a_secret_is_not_told_to_another_server(crm: Crm, world: World) -> None:
    crm.answer = lambda request: {"items": [thing(1)], "next": "https://evil.example/x"}
    await connect(crm, world, poll_list="items", poll_next="next")
    await drain()
    assert (await Poll.get()).trouble == "elsewhere"
    assert await follow() == ["order"]


def status(code: int, **headers: str) -> Answer:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: web.Response(status=code, headers=known, text="<html>нет</html>")


def raw(text: bytes, **headers: str) -> Answer:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: web.Response(body=text, headers=known)


BAD: dict[str, tuple[Answer, str]] = {
    "401": (status(401), "denied"),
    "403": (status(403), "denied"),
    "404": (status(404), "missing"),
    "429": (status(429, Retry_After="7200"), "slow_down"),
    "400": (status(400), "status"),
    "500": (status(500), "theirs"),
    "503": (status(503), "theirs"),
    "to a private address": (status(302, Location="http://127.0.0.1:1/x"), "moved"),
    "no JSON": (raw(b"<html>login</html>"), "not_json"),
    "no text": (raw(b"\xff\xfe\x00{"), "not_json"),
    "empty": (raw(b""), "not_json"),
    "NaN": (raw(b"[NaN]"), "not_json"),
    "deep": (raw(b"[" * 100_000), "not_json"),
    "packed": (raw(b"[]", Content_Encoding="gzip"), "packed"),
    "30 MB": (raw(b"[" + b" " * (30 << 20) + b"]"), "too_long"),
    "brackets": (raw(b"[" + b"{}," * 1_100_000 + b"{}]"), "too_long"),
    "no list": (raw(b'{"items": []}'), "no_list"),
    "no keys": (raw(b'[{"name": "x"}]'), "no_key"),
    "numbers": (raw(b"[1, 2]"), "no_key"),
}


async def test_bad_answers_are_named_and_asked_later(crm: Crm, world: World) -> None:
    await connect(crm, world)
    found = {}
    for number, (name, (answer, _)) in enumerate(BAD.items(), start=1):
        crm.answer = answer
        poll = await again()
        found[name] = poll.trouble
        assert (poll.failures, await Task.filter(kind=KIND, state="queued").count()) == (number, 1), name
        usual = min(5 * 60 * 2 ** (number - 1), 3600)
        assert pause(poll).total_seconds() == (7200 if name == "429" else usual), name
    assert found == {name: code for name, (_, code) in BAD.items()}
    assert await Delivery.all().count() == 0


async def test_no_answer(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.page.PATIENCE_S", 0.2)

    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    crm.answer = never
    await connect(crm, world)
    await drain()
    assert (await Poll.get()).trouble == "timeout"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/x", "https://169.254.169.254/x", "https://localhost/", "ftp://a.b"]
)
async def test_addresses_inside_are_refused(crm: Crm, world: World, address: str) -> None:
    with pytest.raises(Refusal) as refused:
        await connect(crm, world, poll_url=address)
    assert refused.value.data["field"] == "poll_url"


async def test_a_name_that_leads_inside_is_not_called(crm: Crm, world: World) -> None:
    async with outside([], Resolver({"out.example": [["10.0.0.1"]]})) as power:
        ports.use(web=power)
        await connect(crm, world, poll_url="https://out.example/orders")
        await drain()
    assert (await Poll.get()).trouble == "inside"


async def test_things_that_can_not_be_taken_are_counted_and_the_others_come(crm: Crm, world: World) -> None:
    crm.answer = lambda request: [thing(1), {"title": "x"}, thing(2, blob="a" * (1 << 19)), thing(1), None]
    await connect(crm, world)
    await drain()
    assert await follow() == ["order"]
    row = await Source.get(id="crm")
    assert (row.refused, (await Poll.get()).came) == (3, 1)


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
    crm.answer = status(500)
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


async def test_bitrix24(crm: Crm, world: World) -> None:
    def answer(request: web.Request) -> Any:
        last = json.loads(crm.bodies[-1])["filter"][">ID"]
        rows = [{"ID": str(n), "TITLE": f"Сделка {n}"} for n in range(last + 1, min(last + 50, 60) + 1)]
        return {"result": rows, "time": {}}

    crm.answer = answer
    await connect(crm, world, "bitrix24-poll", {"token": "c0de"}, poll_url=f"{crm.base}/rest/1/")
    await drain()
    assert crm.asked == ["POST /rest/1/c0de/crm.deal.list"] * 2
    said = json.loads(crm.bodies[0])
    assert (said["start"], said["order"]) == (-1, {"ID": "ASC"})
    assert datetime.fromisoformat(said["filter"][">=DATE_CREATE"]).tzinfo is not None
    assert (await Poll.get()).place["last"] == 60
    assert await Delivery.all().count() == 60
    crm.answer = lambda request: {"error": "insufficient_scope", "error_description": "Нет прав"}
    poll = await again()
    assert (poll.trouble, poll.facts) == ("said", {"text": "Нет прав"})


async def test_1c_odata(crm: Crm, world: World) -> None:
    day = now().strftime("%Y-%m-%d")

    def answer(request: web.Request) -> Any:
        skip = int(request.query["$skip"])
        inn = {"ИНН": "7707083893"}
        rows = [
            {"Ref_Key": f"r{n}", "Date": f"{day}T10:00:00", "Комментарий": "Шум", "Контрагент": inn} for n in range(101)
        ]
        return {"odata.metadata": "x", "value": rows[skip : skip + 100]}

    crm.answer = answer
    given = {"poll_url": f"{crm.base}/база/odata/standard.odata", "poll_entity": "Document_ЗаказПокупателя"}
    secrets = {"password": "пароль"}
    await connect(crm, world, "1c-odata", secrets, **given, poll_user="Обмен", poll_expand="Контрагент")
    await drain()
    assert len(crm.asked) == 2
    assert "$filter=Date%20ge%20datetime'" in crm.asked[0]
    assert crm.headers[0]["Authorization"].startswith("Basic ")
    assert (await Poll.get()).looked == 101
    assert await Delivery.all().count() == 101
    crm.asked.clear()
    crm.answer = lambda request: {"odata.error": {"code": "8", "message": {"lang": "ru", "value": "Нет сущности"}}}
    assert (await again()).facts == {"text": "Нет сущности"}
    assert "$skip=0" in crm.asked[0]


AT = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
TIMES = [
    (Came(), 5, 0, 300),
    (Came(more=True), 5, 0, 30),
    (Came(trouble="theirs"), 5, 1, 300),
    (Came(trouble="theirs"), 5, 3, 1200),
    (Came(trouble="theirs"), 5, 50, 3600),
    (Came(trouble="theirs"), 1440, 9, 86_400),
    (Came(trouble="slow_down", after_s=7200), 5, 1, 7200),
    (Came(trouble="slow_down", after_s=99_999), 5, 1, 86_400),
]


@pytest.mark.parametrize(("came", "minutes", "failures", "seconds"), TIMES)
def test_when_it_is_asked_next(came: Came, minutes: int, failures: int, seconds: int) -> None:
    assert (next_time(came, AT, minutes, failures) - AT).total_seconds() == seconds


STAMPS = [
    ("2026-11-20T10:00:00Z", "2026-11-20T09:58:00Z"),
    ("2026-11-20 00:01:00.123+03:00", "2026-11-19 23:59:00.123+03:00"),
    ("1763632800", "1763632680"),
    ("1763632800000", "1763632680000"),
    ("4711", "4711"),
    ("abc", "abc"),
    ("2026-99-99T10:00:00", "2026-99-99T10:00:00"),
    ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
]


@pytest.mark.parametrize(("stamp", "before"), STAMPS)
def test_since_a_little_before(stamp: str, before: str) -> None:
    assert a_little_before(stamp) == before


NEWEST = [
    ("", "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
    ("2026-11-20T10:00:00Z", "2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z"),
    ("2026-11-20T10:00:00Z", "2099-01-01T00:00:00Z", "2026-11-20T10:00:00Z"),
    ("9", "10", "10"),
    ("1763632800", "4102444800", "1763632800"),
    ("x", "", "x"),
]


@pytest.mark.parametrize(("known", "stamp", "found"), NEWEST)
def test_the_newest_stamp(known: str, stamp: str, found: str) -> None:
    assert newest(known, stamp, AT) == found


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


async def test_an_order_that_nobody_takes_is_in_the_queue(crm: Crm, world: World) -> None:
    """The reaction time of the order's priority, then it stands among what waits for a person."""
    crm.answer = lambda request: [thing(7)]
    await connect(crm, world)
    await drain()
    await follow()
    dispatcher = await world.actor(member(world.dispatcher))
    assert await todo(dispatcher) == []
    clock.offset += 2 * 3600
    await run_due()
    [item] = await todo(dispatcher)
    assert (item.kind, item.order) == ("sla", (await Order.get()).id)
