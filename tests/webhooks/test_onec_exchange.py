"""1C's whole conversation with the door, over HTTP and on the real database."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal as D
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from core.chats.models import Message
from core.contracts.models import PriceItem
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.clock import now
from core.kernel.work import work
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.overview import exchange as overview
from core.reports.models import Line
from core.reports.queries import report
from core.sources import actions as sources
from core.sources import exchange
from core.sources.models import Given, Link, Outcome, Piece, Request, Source
from core.sources.worker import Follower
from tests.webhooks.deliveries import b64
from tests.world import World
from webhooks import xml
from webhooks.commerceml import files
from webhooks.commerceml.files import MOST_PACKED
from webhooks.route import HooksDoor

HEAD = """<?xml version="1.0" encoding="{charset}"?>
<КоммерческаяИнформация ВерсияСхемы="2.05">{documents}</КоммерческаяИнформация>
"""
PARTY = (
    "<Контрагенты><Контрагент><Ид>c1</Ид><Наименование>Пекарня</Наименование><Роль>Покупатель</Роль>"
    "<ИНН>770312345678</ИНН></Контрагент></Контрагенты>"
)


def document(ident: str = "o-1", number: str = "204", words: str = "Не морозит витрина", more: str = PARTY) -> str:
    said = f"<Номер>{number}</Номер><ХозОперация>Заказ товара</ХозОперация><Комментарий>{words}</Комментарий>{more}"
    return f"<Документ><Ид>{ident}</Ид>{said}</Документ>" if ident else f"<Документ>{said}</Документ>"


def file(*documents: str, charset: str = "windows-1251") -> bytes:
    return HEAD.format(charset=charset, documents="".join(documents)).encode(charset)


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/") + ".xml", data)
    return out.getvalue()


@dataclass
class OneC:
    """1C's side of the conversation: it keeps what it is given."""

    base: str
    auth: str
    cookie: str = ""

    async def ask(
        self, mode: str, body: bytes | None = None, *, kind: str = "sale", name: str = ""
    ) -> tuple[int, bytes]:
        headers = {"Cookie": f"sessionid={self.cookie}"} if self.cookie else {"Authorization": self.auth}
        query = {"type": kind, "mode": mode, **({"filename": name} if name else {})}
        method = "GET" if body is None else "POST"
        async with (
            ClientSession(cookie_jar=DummyCookieJar()) as session,
            session.request(method, self.base, params=query, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.read()

    async def begin(self) -> "OneC":
        status, said = await self.ask("checkauth")
        lines = said.decode().split("\n")
        assert (status, lines[:2]) == (200, ["success", "sessionid"])
        self.cookie = lines[2]
        assert (await self.ask("init"))[0] == 200
        return self

    async def upload(self, data: bytes, name: str = "orders.xml", *, by: int = 1 << 20) -> bytes:
        said = b""
        for start in range(0, len(data), by):
            said = (await self.ask("file", data[start : start + by], name=name))[1]
        return said


@pytest.fixture
async def door(world: World) -> AsyncIterator[tuple[HooksDoor, str]]:
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient[Any, Any](TestServer(app, host="127.0.0.1")) as client:
        yield hooks, str(client.make_url("/hooks/buh"))
    await hooks.intake.close()


async def connect(world: World, base: str, **config: Any) -> OneC:
    async with work():
        mapping = {"site_id": world.shop}
        made = await sources.add_source("buh", "1c-commerceml", "Бухгалтерия", {}, config, mapping)
    return OneC(base, f"Basic {b64(made['basic'].encode())}")


@pytest.fixture
async def onec(world: World, door: tuple[HooksDoor, str]) -> OneC:
    return await (await connect(world, door[1])).begin()


async def follow() -> list[str]:
    follower = Follower()
    while await follower.run_one():
        pass
    return [one.what for one in await Outcome.all().order_by("delivery_id")]


async def test_documents_become_orders_once(onec: OneC, world: World) -> None:
    data = file(document(), document("o-2", "205", "Шумит печь"))
    assert await onec.upload(data) == b"success"
    assert await onec.ask("import", name="orders.xml") == (200, b"success")
    assert await follow() == ["order", "order"]
    found = await Order.all().order_by("id")
    assert [(one.words, one.customer_id, one.site_id) for one in found] == [
        ("Не морозит витрина", world.bakery, world.shop),
        ("Шумит печь", world.bakery, world.shop),
    ]
    again = await OneC(onec.base, onec.auth).begin()
    assert await again.upload(data) == b"success"
    assert await follow() == ["order", "order"]
    assert await Piece.filter(body__not=b"").count() == 2, "names of taken files wait without their bytes"


async def test_a_changed_document_is_news_of_its_order(onec: OneC) -> None:
    await onec.upload(file(document()))
    await follow()
    status = (
        "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Статус заказа</Наименование>"
        "<Значение>Согласован</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>"
    )
    await onec.upload(file(document(more=PARTY + status)), "second.xml")
    assert await follow() == ["order", "news"]
    assert "Согласован" in (await Message.all().order_by("-id").first()).text  # type: ignore[union-attr]
    payment = "<Ид>p-1</Ид><Основание>o-1</Основание><ХозОперация>Оплата</ХозОперация><Сумма>900</Сумма>"
    await onec.upload(file(f"<Документ>{payment}</Документ>"), "third.xml")
    assert (await follow())[-1] == "news"
    assert await Order.all().count() == 1


async def test_a_document_that_is_again_as_it_was_is_news_too(onec: OneC) -> None:
    said = [file(document(words=words)) for words in ("Не морозит", "Отменяется", "Не морозит", "Отменяется")]
    for one in said:
        for _ in range(2):
            assert await onec.upload(one) == b"success"
        await follow()
    assert await follow() == ["order", "news", "news", "news"], "a copy of the newest is nothing"
    told = [one.text for one in await Message.all().order_by("id")]
    assert [text.split("\n")[-1] for text in told] == ["Отменяется", "Не морозит", "Отменяется"]


@pytest.mark.parametrize("by", [1, 700])
async def test_a_file_comes_in_pieces_of_any_size(onec: OneC, by: int) -> None:
    data = file(document(), charset="utf-8")
    assert await onec.upload(data[:-40]) == b"success"
    assert await Delivery.all().count() == 0
    assert await onec.upload(data[-40:], by=by) == b"success"
    assert await follow() == ["order"]


async def test_a_packed_file_is_asked_for_by_the_name_in_it(onec: OneC) -> None:
    data = packed(orders=file(document()), more=file(document("o-2", "205")))
    assert await onec.upload(data, "v8.zip", by=100) == b"success"
    assert await onec.ask("import", name="orders.xml") == (200, b"success")
    assert await follow() == ["order", "order"]


async def test_another_session_has_none_of_it(onec: OneC) -> None:
    data = file(document())
    await onec.upload(data[:100])
    other = await OneC(onec.base, onec.auth).begin()
    assert await other.ask("import", name="orders.xml") == (404, b"failure\nno such file in this session")
    assert await other.upload(data[100:]) == b"failure\nnot well-formed XML"
    assert await onec.upload(data[100:]) == b"success"


async def test_a_cookie_is_ours_and_of_these_credentials(onec: OneC) -> None:
    good = onec.cookie
    for bad in ("x", "1.2.3", good[:-1] + ("0" if good[-1] != "0" else "1"), "0" + good, ".."):
        onec.cookie = bad
        assert await onec.ask("query") == (401, b"failure\nunknown session")
    onec.cookie = good
    assert (await onec.ask("query"))[0] == 200
    async with work():
        await sources.renew_secret("buh", "basic")
    assert (await onec.ask("query"))[0] == 401


async def test_credentials_with_every_step_need_no_cookie(onec: OneC) -> None:
    onec.cookie = ""
    assert await onec.upload(file(document())) == b"success"
    assert await follow() == ["order"]


@pytest.mark.parametrize("cut", [60, -40])
async def test_an_upload_that_broke_off_begins_anew(onec: OneC, cut: int) -> None:
    onec.cookie = ""
    for data in (file(document()), packed(orders=file(document()))):
        await onec.upload(data[:cut])
        assert await onec.upload(data) == b"success"
        assert await follow() == ["order"]


async def test_half_a_file_is_not_taken(onec: OneC) -> None:
    broken = file(document(), "<Документ><Ид>o-2</Документ>")
    assert await onec.upload(broken, by=300) == b"failure\nnot well-formed XML"
    assert await Delivery.all().count() == 0
    assert await onec.ask("import", name="orders.xml") == (400, b"failure\nnot well-formed XML")


async def test_what_lacks_a_name_is_told_and_the_rest_is_taken(onec: OneC) -> None:
    assert await onec.upload(file(document(), document(""))) == b"failure\ndocument 2 has no Id"
    assert await follow() == ["order"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<a/>" + "</КоммерческаяИнформация>".encode(), b"another root element than expected"),
        (
            "<!DOCTYPE x><КоммерческаяИнформация></КоммерческаяИнформация>".encode(),
            b"XML with a DOCTYPE is not accepted",
        ),
        (packed(__a=file()), b"an archive with folders or passwords"),
        (packed(**{f"a{n}": b"" for n in range(MOST_PACKED + 1)}), b"over 200 files in an archive"),
    ],
    ids=["another", "doctype", "folders", "many"],
)
async def test_what_is_no_exchange_is_told_so(onec: OneC, data: bytes, why: bytes) -> None:
    assert await onec.upload(data) == b"failure\n" + why
    assert await Delivery.all().count() == 0


async def test_a_bomb_is_not_unpacked(onec: OneC, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST", 100_000)
    bomb = packed(a=b" " * 120_000)
    assert len(bomb) < 1000
    assert await onec.upload(bomb, "v8.zip") == b"failure\nover 100000 bytes in an archive"


async def test_too_much_waits_for_nobody(onec: OneC, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_WAITING", 1000)
    assert await onec.ask("file", b"x" * 900, name="a.xml") == (200, b"success")
    assert await onec.ask("file", b"x" * 900, name="a.xml") == (507, b"failure\nsources.exchange_full")
    await Piece.all().update(at=(await Source.get()).created_at.replace(year=2020))
    assert await onec.ask("file", b"x" * 900, name="a.xml") == (200, b"success")


async def test_goods_are_not_exchanged(onec: OneC) -> None:
    status, said = await onec.ask("file", b"x", kind="catalog", name="import.xml")
    assert (status, said.split(b"\n")[0]) == (400, b"failure")


def requisites(told: xml.Element) -> dict[str, str]:
    block = told.first("ЗначенияРеквизитов")
    assert block is not None
    return {one.value("Наименование"): one.value("Значение") for one in block.all("ЗначениеРеквизита")}


async def a_job(world: World, words: str = "Течёт ❄ холодильник\x01 <&>") -> int:
    async with work(await world.actor(member(world.dispatcher))):
        return await orders.create(
            customer_id=world.azbuka, site_id=world.arbat, contact_id=world.olga, source="desk", words=words
        )


@pytest.mark.parametrize("charset", ["windows-1251", "utf-8"])
async def test_all_orders_are_told_with_their_states_until_they_are_taken(
    world: World, door: tuple[HooksDoor, str], charset: str
) -> None:
    onec = await (await connect(world, door[1], exchange_all=True, exchange_charset=charset)).begin()
    number = await a_job(world)
    status, said = await onec.ask("query")
    assert (status, said.split(b"?>")[0].lower()) == (200, f"<?xml version='1.0' encoding='{charset}'".encode())
    told = xml.read(said).all("Документ")
    assert [one.value("Ид") for one in told] == [f"naryad-{number}"]
    assert told[0].value("Комментарий") == "Течёт ❄ холодильник <&>"
    assert told[0].value("Контрагенты", "Контрагент", "ИНН") == "7702345678"
    props = requisites(told[0])
    assert (props["Код статуса"], props["Адрес доставки"]) == ("new", "Арбат, 10")
    assert (await onec.ask("query"))[1].count("<Документ>".encode(charset)) == 1, "asked again before it was taken"
    assert await onec.ask("success") == (200, b"success")
    assert (await onec.ask("query"))[1].count("<Документ>".encode(charset)) == 0
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(number, "передумали")
    again = xml.read((await onec.ask("query"))[1]).all("Документ")[0]
    props = requisites(again)
    assert (props["Код статуса"], props["Отменен"]) == ("cancelled", "true")


async def test_hours_outside_of_working_hours_are_told_at_their_price(
    world: World, door: tuple[HooksDoor, str]
) -> None:
    onec = await (await connect(world, door[1], exchange_all=True)).begin()
    job = await Job.get(order_id=await a_job(world))
    hour = await PriceItem.create(code="hour", kind="work", name="Час работы", unit="ч", price=D("999.99"), hourly=True)
    said = {"kind": "work", "name": hour.name, "unit": hour.unit, "price": hour.price, "party": "system:0", "at": now()}
    await Line.create(job_id=job.id, item_id=hour.id, quantity=D("2.5"), after=D("1.5"), percent=150, **said)
    told = xml.read((await onec.ask("query"))[1]).all("Документ")[0]
    goods = told.first("Товары")
    assert goods is not None
    names = ("Наименование", "Количество", "ЦенаЗаЕдиницу", "Сумма")
    assert [tuple(one.value(name) for name in names) for one in goods.all("Товар")] == [
        ("Час работы", "1", "999.99", "999.99"),
        ("Час работы", "1.5", "1499.99", "2249.99"),
    ]
    assert told.value("Сумма") == (await report(job.id))["total"] == "3249.98"


async def test_what_changes_between_being_told_and_taken_is_told_again(world: World, onec: OneC) -> None:
    await onec.upload(file(document()))
    await follow()
    order = await Order.get()
    assert b"o-1" in (await onec.ask("query"))[1]
    async with work(await world.actor(member(world.dispatcher))):
        await orders.cancel(order.id, "передумали")
    other = await OneC(onec.base, onec.auth).begin()
    await other.ask("success")
    assert (await Given.get()).taken is None, "another conversation says nothing of this one"
    await onec.ask("success")
    assert b"o-1" in (await onec.ask("query"))[1]


async def test_others_orders_are_not_told_to_whoever_sends_us_theirs(world: World, onec: OneC) -> None:
    await a_job(world)
    assert "<Документ>".encode("cp1251") not in (await onec.ask("query"))[1]


async def test_our_order_that_comes_back_is_no_new_one(world: World, door: tuple[HooksDoor, str]) -> None:
    onec = await (await connect(world, door[1], exchange_all=True)).begin()
    number = await a_job(world)
    await onec.ask("query")
    await onec.ask("success")
    assert (await Link.get()).external == f"naryad-{number}"
    await onec.upload(file(document(f"naryad-{number}", "УТ-7")))
    assert await follow() == ["news"]
    assert await Order.all().count() == 1


async def test_a_part_of_the_list_is_told_at_a_time(
    world: World, door: tuple[HooksDoor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    onec = await (await connect(world, door[1], exchange_all=True)).begin()
    numbers = [await a_job(world, f"Заявка {n}") for n in range(3)]

    async def two(source_id: str, *, everything: bool) -> list[overview.Exchanged]:
        return await overview.to_be_taken(source_id, everything=everything, limit=2)

    monkeypatch.setattr("webhooks.commerceml.talk.to_be_taken", two)
    told = []
    for _ in range(3):
        told.append([int(one.value("Номер")) for one in xml.read((await onec.ask("query"))[1]).all("Документ")])
        await onec.ask("success")
    assert told == [numbers[:2], numbers[2:], []]


async def test_a_document_that_lacks_a_place_waits_for_a_person(onec: OneC) -> None:
    nobody = "<Контрагенты><Контрагент><Наименование>Никому не известные</Наименование></Контрагент></Контрагенты>"
    await onec.upload(file(document(more=nobody)))
    assert await follow() == ["request"]
    assert (await Request.get()).facts["name"] == "Никому не известные"


async def test_a_document_is_kept_whole_as_json(onec: OneC) -> None:
    from core.sources.kept import unpack

    await onec.upload(file(document(more=PARTY + "<Товары><Товар><Наименование>Фреон</Наименование></Товар></Товары>")))
    kept = unpack("buh", (await Delivery.get()).body)
    assert json.loads(kept.body)["Товары"] == {"Товар": {"Наименование": "Фреон"}}
    assert kept.normalized["goods"] == "Фреон"
    assert b"Authorization" not in str(kept.headers).encode()


async def test_copies_at_the_same_time_make_one_order(onec: OneC) -> None:
    data = file(document())
    others = [await OneC(onec.base, onec.auth).begin() for _ in range(4)]
    assert set(await asyncio.gather(*(one.upload(data) for one in others))) == {b"success"}
    assert await follow() == ["order"]
