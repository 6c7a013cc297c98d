"""How each kind is asked and read, and when next."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

import core.reactions
import core.sources.polls.worker  # noqa: F401
from core.inbox.models import Delivery
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.sources.models import Poll
from core.sources.polls.page import a_little_before, newest
from core.sources.polls.schedule import Came, next_time
from tests.sources.crm import Crm, again, connect, drain, follow, thing
from tests.world import World


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


async def test_a_secret_that_a_next_address_repeats_is_not_kept(
    crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.polls.worker.MOST_PAGES", 1)
    crm.answer = lambda request: {"items": [thing(1)], "next": f"{crm.base}/orders?api_token=s3cret&cursor=b"}
    await connect(crm, world, secrets={"token": "s3cret"}, poll_param="api_token", poll_list="items", poll_next="next")
    await drain()
    assert (await Poll.get()).place["next"] == f"{crm.base}/orders?cursor=b"
    await again()
    assert crm.asked[-1] == "GET /orders?cursor=b&api_token=s3cret"


async def test_a_mark_without_a_parameter_for_it(crm: Crm, world: World) -> None:
    crm.answer = lambda request: {"items": [thing(1)], "next": "b"}
    await connect(crm, world, poll_list="items", poll_next="next")
    await drain()
    assert (await Poll.get()).trouble == "no_page"


async def test_since_needs_the_field_it_comes_from(crm: Crm, world: World) -> None:
    with pytest.raises(Refusal) as refused:
        await connect(crm, world, poll_since="since")
    assert refused.value.data["field"] == "poll_changed"


async def test_pages_without_an_end(crm: Crm, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.polls.rest.MOST_PAGES", 2)
    crm.answer = lambda request: [thing(int(request.query["p"]))]
    await connect(crm, world, poll_page="p")
    await drain()
    poll = await Poll.get()
    assert (poll.trouble, poll.facts, len(crm.asked)) == ("endless", {"pages": 2}, 3)


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


async def test_an_order_for_tomorrow_hides_none_of_today(crm: Crm, world: World) -> None:
    """In 1C a document may bear the date on which it is to be done."""
    here = now().astimezone(ZoneInfo("Europe/Moscow"))
    dates = {"r1": here, "r2": here + timedelta(days=1, hours=6)}

    def answer(request: web.Request) -> Any:
        since = request.query["$filter"].split("'")[1]
        rows = [{"Ref_Key": key, "Date": at.isoformat()[:19], "Комментарий": "Шум"} for key, at in dates.items()]
        return {"value": [row for row in rows if row["Date"] >= since]}

    crm.answer = answer
    given = {"poll_url": f"{crm.base}/odata/standard.odata", "poll_entity": "Document_ЗаказПокупателя"}
    await connect(crm, world, "1c-odata", {"password": "пароль"}, **given, poll_user="Обмен")
    await drain()
    assert await Delivery.all().count() == 2
    dates["r3"] = here + timedelta(minutes=20)
    await again()
    assert await Delivery.all().count() == 3


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
