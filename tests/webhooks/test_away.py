"""The database goes away under the door: nothing that was acknowledged is lost, and nobody waits long for an answer."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.inbox.models import Delivery
from core.kernel import ids
from core.kernel.database import database
from core.kernel.work import work
from core.sources import actions as sources
from core.sources import queries
from tests.fixtures import SECRET
from tests.webhooks.deliveries import JSON, written
from tests.webhooks.test_route import signed
from webhooks import away
from webhooks.away import Away
from webhooks.impatient import MOST_LEFT, Impatient
from webhooks.route import HooksDoor

SOCKET = ".s.PGSQL.5432"


class Line:
    """Between the desk and its PostgreSQL: it can be cut, as when the server dies, and held, as when a host is gone."""

    def __init__(self, folder: Path, real: Path) -> None:
        self._here, self._real = folder / SOCKET, real
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._dumb = self._flows

    async def mend(self) -> None:
        self._flows.set()
        self._dumb.set()
        if self._server is None:
            self._server = await asyncio.start_unix_server(self._serve, self._here)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._here.unlink(missing_ok=True)
        for writer in self._writers:
            writer.transport.abort()
        self._flows.set()

    def hold(self) -> None:
        self._flows.clear()

    def hold_those_there(self) -> None:
        """The connections that are open; new ones work."""
        self._flows.clear()
        self._dumb, self._flows = self._flows, asyncio.Event()
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_unix_connection(str(self._real))
        self._writers |= {writer, ours}
        flows = self._flows
        await asyncio.gather(self._pump(reader, ours, flows), self._pump(theirs, writer, flows), return_exceptions=True)
        self._writers -= {writer, ours}

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, flows: asyncio.Event) -> None:
        try:
            while data := await source.read(1 << 16):
                await flows.wait()
                target.write(data)
                await target.drain()
        finally:
            target.close()


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[Line]:
    parts = urlsplit(database_url)
    [host] = parse_qs(parts.query)["host"]
    with tempfile.TemporaryDirectory(prefix="naryad-line-") as folder:
        made = Line(Path(folder), Path(host) / SOCKET)
        await made.mend()
        ids.use(ids.Keys([SECRET]))
        async with database(parts._replace(query=f"host={quote(folder)}").geturl(), pool=4):
            yield made
            await made.mend()
        await made.cut()


Bring = Any


@pytest.fixture
async def door(line: Line) -> AsyncIterator[TestClient]:
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
    await line.mend()
    await hooks.intake.close()


@pytest.fixture
async def bring(door: TestClient) -> Bring:
    """Bring delivery `n`: the status, the header Retry-After and the seconds it took."""
    async with work():
        secret = (await sources.add_source("crm", "standardwebhooks", "CRM"))["whsec"]

    async def one(n: int) -> tuple[int, str | None, float]:
        body, began = written({"type": "order.created", "data": {"id": str(n)}}), time.monotonic()
        headers = signed(secret, f"d{n}", body) | dict([JSON])
        async with door.post("/hooks/crm", data=body, headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After"), time.monotonic() - began

    return one


async def back(bring: Bring, n: int) -> None:
    async with asyncio.timeout(10):
        while (await bring(n))[0] != 200:
            await asyncio.sleep(0.05)


async def test_what_was_acknowledged_is_there_when_the_database_dies_in_between(line: Line, bring: Bring) -> None:
    async def many(first: int) -> list[tuple[int, str | None, float]]:
        return [await bring(n) for n in range(first, first + 20)]

    acknowledged: set[str] = set()
    for first in (0, 100):
        told = await many(first)
        bringing = asyncio.create_task(many(first + 20))
        await asyncio.sleep(0)
        await line.cut()
        told += await bringing
        acknowledged |= {f"d{first + n}" for n, (status, _, _) in enumerate(told) if status == 200}
        assert {(status, after) for status, after, _ in told} <= {(200, None), (503, "2")}
        assert (503, "2") in {(status, after) for status, after, _ in told}
        assert max(took for _, _, took in told) < 1
        await line.mend()
        await back(bring, first + 99)
    kept = set(await Delivery.all().values_list("key", flat=True))
    assert acknowledged <= kept


@pytest.mark.parametrize("known", [True, False])
async def test_a_database_that_says_nothing_holds_nobody(
    line: Line, bring: Bring, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Whether the source must be read first, or only the delivery be kept."""
    await back(bring, 1)
    monkeypatch.setattr(away, "PATIENCE_S", 0.2)
    monkeypatch.setattr(away, "SILENT_S", 0.1)
    line.hold()
    if not known:
        queries._live.forget()
    told = await asyncio.gather(*(bring(n) for n in range(2, 30)))
    told += [await bring(n) for n in range(30, 60)]
    assert {(status, after) for status, after, _ in told} == {(503, "2")}
    assert max(took for _, _, took in told) < 1
    assert sorted(took for _, _, took in told[28:])[-5] < 0.1
    await line.mend()
    for n in (*range(1, 60), *range(1, 60)):
        await back(bring, n)
    assert await Delivery.all().count() == 59


async def test_who_hangs_up_closes_the_door_to_nobody(door: TestClient, bring: Bring) -> None:
    """A delivery that breaks off is its sender's trouble: others are taken."""
    assert (await bring(1))[0] == 200
    for n in range(2, 12):
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"POST /hooks/crm HTTP/1.1\r\nHost: desk\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        assert (await bring(n))[0] == 200, "while it is on its way"
        writer.transport.abort()
        assert (await bring(n + 100))[0] == 200, "when it broke off"


async def test_the_door_opens_again_when_the_tables_answer(line: Line, door: TestClient, bring: Bring) -> None:
    """Not only when something is kept: what a vendor brings may be nothing to keep."""
    assert (await bring(1))[0] == 200
    await line.cut()
    queries._live.forget()
    assert (await bring(2))[0] == 503
    await line.mend()

    async def unknown() -> int:
        async with door.post("/hooks/nobody", data=b"{}") as answer:
            return answer.status

    async with asyncio.timeout(10):
        while await unknown() != 404:
            await asyncio.sleep(0.05)
    assert {await unknown() for _ in range(5)} == {404}


async def test_slow_tables_take_many_at_a_time(line: Line, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits too long is told to come again, and finds it kept."""
    await back(bring, 1)
    monkeypatch.setattr(away, "PATIENCE_S", 0.2)
    line.hold()
    told = await asyncio.gather(*(bring(n) for n in range(2, 30)))
    assert {status for status, _, _ in told} == {503}
    await line.mend()
    monkeypatch.setattr(away, "PATIENCE_S", 30)
    assert {status for status, _, _ in await asyncio.gather(*(bring(n) for n in range(2, 30)))} == {200}
    assert await Delivery.all().count() == 29


async def test_one_dumb_connection_does_not_stop_the_others(
    line: Line, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await back(bring, 1)
    monkeypatch.setattr(away, "PATIENCE_S", 0.2)
    monkeypatch.setattr("webhooks.intake.WRITE_S", 0.3)
    line.hold_those_there()
    assert (await bring(2))[0] == 503
    await back(bring, 3)
    await line.mend()
    await back(bring, 2)
    assert await Delivery.all().count() == 3


async def test_where_many_wait_no_more_is_begun() -> None:
    async def dumb() -> None:
        await over.wait()

    over, one = asyncio.Event(), Impatient()
    for _ in range(MOST_LEFT):
        with pytest.raises(TimeoutError):
            await one.within(0, dumb())
    began = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        await one.within(5, dumb())
    assert asyncio.all_tasks() == began
    over.set()
    await asyncio.sleep(0.01)
    await one.within(1, dumb())


async def test_its_fault_is_told_once(line: Line, bring: Bring, caplog: pytest.LogCaptureFixture) -> None:
    await bring(1)
    await line.cut()
    for n in range(2, 30):
        await bring(n)
    await asyncio.sleep(away.PAUSE_S)
    await bring(30)
    assert sum("out of reach" in one.getMessage() for one in caplog.records) == 1
    assert not [one for one in caplog.records if one.name == "webhooks.route"]


def test_while_it_stands_one_in_a_while_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([99.0, 100.0, 100.1, 100.2, 100.3, 100.3, 100.31, 100.5, 100.6, 100.6, 100.61, 101.0])
    monkeypatch.setattr(away.time, "monotonic", lambda: next(times))
    one = Away()
    assert not one.stands()
    one.ends()
    one.begins(OSError())
    assert [one.stands() for _ in range(7)] == [True, True, False, True, True, False, True]
    one.ends()
    assert not one.stands()


def test_what_took_long_is_away_only_when_nothing_was_taken_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(away.time, "monotonic", lambda: clock[0])
    one = Away()
    one.ends()
    clock[0] += 2.9
    one.begins(TimeoutError())
    assert not one.stands()
    clock[0] += 0.2
    one.begins(TimeoutError())
    assert one.stands()


@pytest.mark.parametrize(("size", "seconds"), [(0, 1.0), (8 << 20, 2.0), (40 << 20, 6.0)])
def test_a_long_letter_may_take_longer(size: int, seconds: float) -> None:
    assert away.patience(size) == seconds
