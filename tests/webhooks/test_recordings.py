"""Recordings of an exchange's calls: those of a channel, and of a bridge in which they stood."""

from typing import Any

import pytest

from core.kernel.actor import member
from core.kernel.clock import clock
from core.kernel.work import work
from core.orders.models import Attachment
from core.sources import requests
from core.sources.follow import bridges
from core.sources.models import Request
from core.tasks.actions import run_one
from core.tasks.models import Task
from tests.webhooks.pbx import CALL, Hear, Pbx, channel, follow, frame, on, sound
from tests.world import World

OTHER, AGENT = "1790000000.8", "1790000000.9"
GONE = on("ChannelDestroyed", "Up", cause=16)
BRIDGE = "conference:7"
Frame = dict[str, Any]


def recorded(name: str = "calls/7", target: str = f"channel:{CALL}", kind: str = "Finished", **more: Any) -> Frame:
    return frame(f"Recording{kind}", recording={"name": name, "format": "wav", "target_uri": target, **more})


def bridged(name: str = "b/1", kind: str = "Finished", **more: Any) -> Frame:
    return recorded(name, f"bridge:{BRIDGE}", kind, **more)


def entered(*legs: str) -> Frame:
    return on("ChannelEnteredBridge", "Up", legs[0], "101", bridge={"id": BRIDGE, "channels": [*legs]})


def left(leg: str) -> Frame:
    return on("ChannelLeftBridge", "Up", leg, bridge={"id": BRIDGE, "channels": []})


def created(leg: str = OTHER) -> Frame:
    return on("ChannelCreated", "Ring", leg, "79161000002")


async def ordered(world: World, call: str = CALL) -> int:
    async with work(await world.actor(member(world.dispatcher))):
        return await requests.make_order((await Request.get(key=f"call:{call}")).id, world.azbuka, world.arbat)


async def settled(seconds: float = 0.0) -> None:
    """What is promised for a later time is done."""
    clock.offset += seconds
    while await run_one():
        await follow()


async def on_orders() -> list[tuple[int, str]]:
    return [(one.order_id, one.caption) for one in await Attachment.all().order_by("order_id", "id")]


@pytest.mark.parametrize("order_first", [False, True])
async def test_a_recording_is_put_on_the_order_of_its_call(
    hear: Hear, pbx: Pbx, world: World, order_first: bool
) -> None:
    pbx.recordings["calls/7"] = sound()
    pbx.channels = [channel()]
    await hear(on("ChannelCreated"), *([] if order_first else [recorded()]))
    number = await ordered(world)
    await hear(*([recorded()] if order_first else []))
    file = await Attachment.get()
    assert (file.order_id, file.public, file.caption) == (number, False, "calls/7")
    assert "GET /ari/recordings/stored/calls%2F7/file" in pbx.asked


async def test_a_recording_that_is_gone_is_not_asked_for_again(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.channels = [channel()]
    await hear(on("ChannelCreated"), recorded())
    await ordered(world)
    await follow()
    assert await Task.filter(kind="sources.recording").values_list("state", flat=True) == ["dead"]


async def test_a_recording_that_is_told_again_is_put_there_once(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.recordings["calls/7"] = sound()
    await hear(on("ChannelCreated"))
    number = await ordered(world)
    await hear(recorded())
    await hear(recorded(duration=3))
    assert await on_orders() == [(number, "calls/7")]


STAY = [on("ChannelCreated"), entered(AGENT, CALL)]
ALONE = [on("ChannelCreated"), entered(CALL, AGENT)]


@pytest.mark.parametrize("came", [STAY, ALONE], ids=["the agent entered last", "the caller did"])
@pytest.mark.parametrize(
    "end",
    [[bridged()], [left(CALL), bridged()], [left(AGENT), left(CALL), GONE, bridged(duration=5)]],
    ids=["still there", "left", "hung up"],
)
@pytest.mark.parametrize("order_first", [False, True])
async def test_a_recording_of_a_bridge_is_that_of_its_call(
    hear: Hear, pbx: Pbx, world: World, came: list[Frame], end: list[Frame], order_first: bool
) -> None:
    pbx.recordings["b/1"] = sound()
    pbx.channels = [channel("Up")]
    if order_first:
        await hear(*came)
        number = await ordered(world)
        await hear(*end)
    else:
        await hear(*came, *end)
        number = await ordered(world)
        await follow()
    await settled(60)
    assert await on_orders() == [(number, "b/1")]


async def test_each_call_of_a_conference_has_its_recording(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.recordings |= {"b/1": sound()}
    pbx.channels = [channel("Up"), channel("Up", OTHER)]
    await hear(on("ChannelCreated"), created(), entered(AGENT, CALL), entered(OTHER, AGENT, CALL))
    first = await ordered(world)
    await hear(bridged())
    second = await ordered(world, OTHER)
    await settled(60)
    assert await on_orders() == [(first, "b/1"), (second, "b/1")]


async def test_a_recording_in_a_bridge_that_stays_is_not_of_those_before_or_after(
    hear: Hear, pbx: Pbx, world: World
) -> None:
    pbx.recordings["b/1"] = sound()
    pbx.channels = [channel("Up"), channel("Up", OTHER), channel("Up", "third")]
    await hear(on("ChannelCreated"), entered(AGENT, CALL), left(CALL))
    clock.offset = 5
    await hear(bridged(kind="Started"), created(), entered(OTHER, AGENT))
    clock.offset = 3600
    await hear(bridged(), left(OTHER))
    clock.offset = 3605
    await hear(created("third"), entered("third", AGENT))
    numbers = [await ordered(world, call) for call in (CALL, OTHER, "third")]
    await settled(60)
    assert await on_orders() == [(numbers[1], "b/1")]


async def test_without_its_beginning_a_recording_is_as_long_as_it_says(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.recordings["b/1"] = sound()
    pbx.channels = [channel("Up"), channel("Up", OTHER)]
    await hear(on("ChannelCreated"), entered(AGENT, CALL), left(CALL))
    clock.offset = 60
    await hear(created(), entered(OTHER, AGENT), bridged(duration=30))
    number = [await ordered(world, call) for call in (CALL, OTHER)][1]
    await settled(60)
    assert await on_orders() == [(number, "b/1")]


async def test_who_was_in_the_bridge_may_be_told_after_its_recording(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.recordings["b/1"] = sound()
    await hear(on("ChannelCreated"), bridged(), entered(AGENT, CALL), left(CALL), GONE)
    number = await ordered(world)
    assert await on_orders() == []
    await settled(60)
    assert await on_orders() == [(number, "b/1")]


async def test_a_bridge_found_after_a_break_counts(hear: Hear, pbx: Pbx, world: World) -> None:
    pbx.recordings["b/1"] = sound()
    pbx.channels, pbx.bridges = [channel("Ring")], [{"id": BRIDGE, "channels": [AGENT, CALL]}]
    await hear()
    number = await ordered(world)
    pbx.channels = pbx.bridges = []
    await hear(bridged())
    await settled(60)
    assert await on_orders() == [(number, "b/1")]
    assert "ended" in (await Request.get()).facts


async def test_a_recording_of_strangers_is_of_no_call(hear: Hear) -> None:
    assert await hear(on("ChannelCreated"), entered(AGENT, "5"), bridged()) == ["call", "nothing", "nothing"]
    await settled(60)
    assert "recordings" not in (await Request.get()).facts


@pytest.mark.parametrize(
    ("notices", "stay"),
    [
        ("e1", [1, None]),
        ("e1 l5", [1, 5]),
        ("l5 e1", [1, 5]),
        ("e1 l5 e7", [1, None]),
        ("e1 e3 l5 l4", [1, 5]),
        ("e1 x6", [1, 6]),
        ("e1 l5 x6", [1, 5]),
    ],
)
def test_when_a_call_stood_in_a_bridge(notices: str, stay: list[int | None]) -> None:
    known: bridges.Stays = {}
    for what, at in ((one[0], int(one[1:])) for one in notices.split()):
        known = {"e": bridges.entered, "l": bridges.left}[what](known, "b", at) if what != "x" else known
        known = bridges.ended(known, at) if what == "x" else known
    assert known == {"b": stay}


async def test_hostile_bridges_break_nothing(hear: Hear, pbx: Pbx) -> None:
    pbx.channels = [channel()]
    many = [str(n) for n in range(5000)]
    await hear(
        on("ChannelCreated"),
        on("ChannelEnteredBridge", "Up", bridge={"id": {"a": 1}, "channels": many}),
        on("ChannelEnteredBridge", "Up", bridge={"id": "x\0" * 9000, "channels": [CALL, *many]}),
        on("ChannelEnteredBridge", "Up", bridge={"id": 5, "channels": [{}, [], None, CALL]}),
        *(on("ChannelEnteredBridge", "Up", bridge={"id": f"b{n}", "channels": [CALL, "2"]}) for n in range(30)),
        on("ChannelLeftBridge", "Up", bridge=[]),
        frame("ChannelLeftBridge", bridge={"id": BRIDGE}),
        recorded(target="bridge:"),
        recorded(target="bridge:b29", duration=10**30),
        recorded(target="bridge:b29", duration="long"),
        frame("RecordingFinished", recording=["bridge:b29"]),
        frame("RecordingStarted", recording={"name": "n" * 5000, "target_uri": "bridge:b29"}),
    )
    row = await Request.get()
    assert len(row.facts["bridges"]) == 20
    assert row.facts["recordings"] == ["calls/7"]
