"""An exchange's events on a line of ours. Asterisk is played by a server on this machine, since Debian bookworm has no
package of it: the shapes of its frames are those of the project's documentation."""

import asyncio
import base64
import io
import wave
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from core import ports
from core.adapters.disk import Disk
from core.inbox.models import Delivery
from core.kernel.actor import member
from core.kernel.errors import Outage, Refusal
from core.kernel.links import links
from core.kernel.work import work
from core.orders.models import Attachment
from core.sources import actions as sources
from core.sources import requests
from core.sources.boxes import troubles
from core.sources.models import Outcome, Request
from core.sources.queries import SourceView, source
from core.sources.worker import Follower
from core.tasks.actions import OUTSIDE, run_one
from core.tasks.models import Task
from tests.hooks.conftest import Resolver
from tests.webhooks.deliveries import shape, written
from tests.world import World
from webhooks import held
from webhooks.exchanges import Replaced, exchanges, listen
from webhooks.fetch import Web
from webhooks.fetch import web as outside
from webhooks.intake import Intake
from webhooks.route import HooksDoor

HOST, PASSWORD = "pbx.test", "s3cret-word"
PROOF = "Basic " + base64.b64encode(f"desk:{PASSWORD}".encode()).decode()
CALL, OLGA, LINE = "1790000000.7", "79161000001", "74957778899"


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 800)
    return out.getvalue()


def channel(state: str = "Ring", ident: str = CALL, number: str = OLGA) -> dict[str, Any]:
    return {**shape("asterisk", "stasis_start")["channel"], "id": ident, "state": state, "caller": {"number": number}}


def frame(kind: str, **more: Any) -> dict[str, Any]:
    """Other words have another moment."""
    moment = f"2026-09-21T10:15:00.{zlib.crc32(str(more).encode()):010}+0300"
    return {"type": kind, "timestamp": moment, "application": "naryad", **more}


def on(kind: str, state: str = "Ring", ident: str = CALL, number: str = OLGA, **more: Any) -> dict[str, Any]:
    return frame(kind, channel=channel(state, ident, number), **more)


@dataclass
class Pbx:
    """`says` is told to whoever listens next, then the line stays open, unless it `hangs_up`."""

    base: str = ""
    says: list[dict[str, Any] | str] = field(default_factory=list)
    hangs_up: bool = True
    channels: list[dict[str, Any]] = field(default_factory=list)
    bridges: list[dict[str, Any]] = field(default_factory=list)
    recordings: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    listened: int = 0
    lines: list[web.WebSocketResponse] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        if request.headers.get("Authorization") != PROOF:
            return web.Response(status=401)
        if request.path == "/ari/events":
            return await self._events(request)
        if request.path in ("/ari/channels", "/ari/bridges"):
            return web.json_response(getattr(self, request.path.rpartition("/")[2]))
        name = request.path.removeprefix("/ari/recordings/stored/").removesuffix("/file")
        if name in self.recordings:
            return web.Response(body=self.recordings[name])
        return web.Response(status=204 if request.path.endswith("/continue") else 404)

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.listened += 1
        self.lines.append(line)
        said, self.says = self.says, []
        for one in said:
            await line.send_str(one if isinstance(one, str) else written(one).decode())
        if not self.hangs_up:
            async for frame in line:
                if frame.type is WSMsgType.CLOSE:
                    break
        await line.close()
        return line


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    pbx, app = Pbx(), web.Application()
    app.router.add_route("*", "/{tail:.*}", pbx.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    pbx.base = f"http://{HOST}:{server.port}/ari"
    links.inside = (HOST,)
    async with opened() as power:
        ports.use(web=power)
        yield pbx
    links.inside = ()
    await asyncio.gather(*(line.close() for line in pbx.lines))
    await server.close()


def opened() -> AbstractAsyncContextManager[Web]:
    return outside([HOST], Resolver({HOST: [["127.0.0.1"]]}))


@pytest.fixture
async def ats(world: World, pbx: Pbx, tmp_path: Path) -> SourceView:
    ports.use(storage=Disk(tmp_path / "files"))
    settings = {"ari_url": pbx.base, "ari_user": "desk", "own_numbers": ["+74950000000"]}
    async with work():
        await sources.add_source("ats", "asterisk-ari", "АТС", {"password": PASSWORD}, settings)
    return await source("ats")


Hear = Callable[..., Awaitable[list[str]]]


@pytest.fixture
async def hear(ats: SourceView, pbx: Pbx) -> AsyncIterator[Hear]:
    """One session in which the exchange says this and hangs up; what came of all so far."""
    intake = Intake()

    async def one(*frames: dict[str, Any] | str) -> list[str]:
        pbx.says = list(frames)
        with pytest.raises(Outage, match="hung up"):
            await listen(ats, intake, opened)
        return await follow()

    yield one
    await intake.close()


async def follow() -> list[str]:
    follower = Follower()
    while await follower.run_one():
        pass
    while await run_one(lane=OUTSIDE):
        pass
    return [one.what for one in await Outcome.all().order_by("delivery_id")]


async def state(call: str = CALL) -> str | None:
    row = await Request.get_or_none(key=f"call:{call}")
    return row.state if row else None


@pytest.mark.parametrize("first", ["ChannelCreated", "StasisStart"])
async def test_a_ringing_call_shows_its_caller(hear: Hear, pbx: Pbx, first: str) -> None:
    assert await hear(on(first), on("ChannelDialplan")) == ["call"]
    row = await Request.get()
    assert (row.state, row.phone, row.facts["line"]) == ("ringing", "+79161000001", "+74957778899")
    assert pbx.asked[0] == "GET /ari/events?app=naryad&subscribeAll=true"
    assert (f"POST /ari/channels/{CALL}/continue" in pbx.asked) is (first == "StasisStart")


TALK = [frame("Dial", dialstatus="ANSWER", caller=channel(), peer=channel("Up", "2", "101"))]
BRIDGE = [frame("ChannelEnteredBridge", channel=channel("Up", "2", "101"), bridge={"channels": ["2", CALL]})]
UP, GONE = on("ChannelStateChange", "Up"), on("ChannelDestroyed", "Up", cause=16)


@pytest.mark.parametrize(
    ("frames", "ends"),
    [
        ([on("ChannelDestroyed", "Ring", cause=16)], "missed"),
        ([UP, GONE], "missed"),
        ([UP, *TALK, GONE], "over"),
        ([UP, *BRIDGE, GONE], "over"),
        ([*TALK, UP], "answered"),
        ([frame("Dial", dialstatus="NOANSWER", caller=channel(), peer=channel("Ringing", "2")), UP, GONE], "missed"),
        ([frame("ChannelEnteredBridge", channel=channel("Up"), bridge={"channels": [CALL]}), UP, GONE], "missed"),
    ],
    ids=["hung up", "a menu only", "dialled", "bridged", "talks", "nobody", "alone"],
)
async def test_a_call_is_missed_when_nobody_talked(hear: Hear, frames: list[dict[str, Any]], ends: str) -> None:
    await hear(on("ChannelCreated"), *frames)
    assert await state() == ends
    assert ((await Request.get()).due_at is not None) is (ends == "missed")


async def test_other_legs_and_our_own_calls_are_no_calls(hear: Hear) -> None:
    await hear(
        on("ChannelCreated", "Down", "2", "79167654321"),
        on("ChannelStateChange", "Ringing", "2", "79167654321"),
        on("ChannelStateChange", "Up", "2", "79167654321"),
        on("ChannelDestroyed", "Up", "2", "79167654321"),
        on("ChannelDestroyed", "Ringing", "3", "79167654321"),
        on("ChannelCreated", "Ring", "4", "101"),
        on("ChannelCreated", "Ring", "5", "74950000000"),
    )
    assert await Request.all().count() == 0


async def test_what_came_and_went_while_nobody_listened_is_made_good(hear: Hear, pbx: Pbx) -> None:
    await hear(
        on("ChannelCreated"), on("ChannelCreated", "Ring", "8", "79161000002"), on("ChannelStateChange", "Up", "8")
    )
    pbx.channels = [channel("Up", "8"), channel("Up", "9", "101"), channel("Ring", "11", "79161000003")]
    pbx.bridges = [{"id": "b", "channels": ["8", "9"]}, {"id": "empty", "channels": []}]
    await hear()
    assert [await state(call) for call in (CALL, "8", "11")] == ["missed", "answered", "ringing"]
    pbx.channels, pbx.bridges = [], []
    await hear()
    assert [await state(call) for call in (CALL, "8", "11")] == ["missed", "over", "missed"]


async def test_odd_frames_break_nothing(hear: Hear) -> None:
    odd = ["", "[]", "{", '{"type": 5}', '{"type": "Dial", "caller": 1, "dialstatus": "ANSWER"}', "null"]
    odd += ['{"type": "ChannelEnteredBridge", "bridge": {"channels": [[], {}]}}', '{"type": "StasisStart"}']
    await hear(*odd, on("ChannelCreated"))
    assert await state() == "ringing"


async def test_the_same_frame_twice_is_one(hear: Hear) -> None:
    await hear(on("ChannelCreated"), on("ChannelCreated"))
    await hear(on("ChannelCreated"))
    assert await Delivery.filter(source="hook:ats").count() - await ended() == 1


async def ended() -> int:
    return len([one for one in await Outcome.all() if one.event in ("call.missed", "call.ended")])


def recorded(name: str = "calls/7") -> dict[str, Any]:
    return frame("RecordingFinished", recording={"name": name, "format": "wav", "target_uri": f"channel:{CALL}"})


@pytest.mark.parametrize("order_first", [False, True])
async def test_a_recording_is_put_on_the_order_of_its_call(
    hear: Hear, pbx: Pbx, world: World, order_first: bool
) -> None:
    pbx.recordings["calls/7"] = sound()
    pbx.channels = [channel()]
    await hear(on("ChannelCreated"), *([] if order_first else [recorded()]))
    async with work(await world.actor(member(world.dispatcher))):
        number = await requests.make_order((await Request.get()).id, world.azbuka, world.arbat)
    await hear(*([recorded()] if order_first else []))
    file = await Attachment.get()
    assert (file.order_id, file.public, file.caption) == (number, False, "calls/7")
    assert "GET /ari/recordings/stored/calls%2F7/file" in pbx.asked


async def test_a_recording_that_is_gone_is_not_asked_for_again(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.channels = [channel()]
    await hear(on("ChannelCreated"), recorded())
    async with work(await world.actor(member(world.dispatcher))):
        await requests.make_order((await Request.get()).id, world.azbuka, world.arbat)
    await follow()
    assert await Task.filter(kind="sources.recording").values_list("state", flat=True) == ["dead"]


async def test_another_listener_of_our_name_is_told(ats: SourceView, pbx: Pbx) -> None:
    pbx.says, intake = [frame("ApplicationReplaced")], Intake()
    with pytest.raises(Replaced):
        await listen(ats, intake, opened)
    await intake.close()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what another task does; the test's own limit ends what never comes."""
    async with asyncio.timeout(30):
        while not await true():
            await asyncio.sleep(0.02)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(held, "LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(held, "LOOK_S", 0.1)


@asynccontextmanager
async def running(times: int = 1) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as nursery:
        for _ in range(times):
            nursery.create_task(exchanges(stop, opened))
        yield stop
        stop.set()


async def test_a_line_that_breaks_is_taken_up_again(ats: SourceView, pbx: Pbx, quick: None) -> None:
    pbx.says = [on("ChannelCreated")]

    async def again() -> bool:
        return pbx.listened > 2

    async with running():
        await until(again)
    await follow()
    assert await Request.all().count() == 1
    assert "hung up" in (await troubles())["ats"]


async def test_one_process_holds_the_line_and_another_takes_it_over(ats: SourceView, pbx: Pbx, quick: None) -> None:
    pbx.hangs_up = False

    async def listened() -> bool:
        return pbx.listened == 1

    async with running(2):
        await until(listened)
        await asyncio.sleep(0.3)
        assert pbx.listened == 1
        async with work():
            await sources.change_source("ats", active=False)

        async def nobody() -> bool:
            return all(line.closed for line in pbx.lines)

        await until(nobody)
    assert await troubles() == {}


async def test_a_wrong_password_is_told_on_the_page_and_not_repeated_there(
    ats: SourceView, pbx: Pbx, quick: None
) -> None:
    async with work():
        await sources.change_source("ats", secrets={"password": "not-this-one"})

    async def told() -> bool:
        return bool(await troubles())

    async with running():
        await until(told)
    why = (await troubles())["ats"]
    assert "401" in why
    assert "not-this-one" not in why


async def test_nobody_speaks_for_the_exchange_by_http(ats: SourceView) -> None:
    hooks, app = HooksDoor(), web.Application()
    hooks.add_to(app)
    async with TestClient[Any, Any](TestServer(app, host="127.0.0.1")) as client:
        answer = await client.post("/hooks/ats", data=written(on("ChannelCreated")))
        assert answer.status == 404
    await hooks.intake.close()
    assert await Delivery.all().count() == 0


async def test_an_exchange_inside_must_be_named(world: World) -> None:
    settings = {"ari_url": "http://10.0.0.5:8088/ari", "ari_user": "desk"}
    with pytest.raises(Refusal) as refused:
        async with work():
            await sources.add_source("ats", "asterisk-ari", "АТС", {"password": "x"}, settings)
    assert refused.value.data["field"] == "ari_url"
