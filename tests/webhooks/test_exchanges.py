"""An exchange's events on a line of ours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.inbox.models import Delivery
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.sources import actions as sources
from core.sources.boxes import troubles
from core.sources.models import Outcome, Request
from core.sources.queries import SourceView
from tests.webhooks.deliveries import written
from tests.webhooks.pbx import CALL, Hear, Pbx, channel, follow, frame, on, opened
from tests.world import World
from webhooks import held
from webhooks.exchanges import Replaced, exchanges, listen
from webhooks.intake import Intake
from webhooks.route import HooksDoor


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

    async def said() -> bool:
        """While the line is down: the next session wipes it out."""
        return "hung up" in (await troubles()).get("ats", "")

    async with running():
        await until(again)
        await until(said)
    await follow()
    assert await Request.all().count() == 1


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
            return pbx.open == 0

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
