"""Recordings of an exchange's calls: those that it tells of, and those that its dialplan makes without a word."""

import logging
from typing import Any

import pytest

from core.kernel.actor import member
from core.kernel.clock import clock
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.orders.models import Attachment
from core.sources import actions as sources
from core.sources import requests
from core.sources.follow import bridges
from core.sources.follow.fetched import WAITS_S
from core.sources.models import Request
from core.sources.queries import source
from core.sources.recorded import name_of
from core.tasks.actions import run_one
from core.tasks.models import Task
from tests.webhooks.pbx import CALL, Hear, Pbx, channel, follow, frame, on, sound
from tests.world import World

OTHER, AGENT = "1790000000.8", "1790000000.9"
UP, GONE = on("ChannelStateChange", "Up"), on("ChannelDestroyed", "Up", cause=16)
TALK = [on("ChannelCreated"), UP, frame("Dial", dialstatus="ANSWER", caller=channel(), peer=channel("Up", "2", "101"))]
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


@pytest.fixture
async def mixes(hear: Hear) -> Hear:
    """An exchange whose dialplan records."""
    async with work():
        known = await source("ats")
        await sources.change_source("ats", config={**known.config, "ari_recording": "calls/{call}"})
    return hear


FILE = f"calls/{CALL}"


@pytest.mark.parametrize("order_first", [False, True])
async def test_what_the_dialplan_records_is_asked_for_when_the_call_is_over(
    mixes: Hear, pbx: Pbx, world: World, order_first: bool
) -> None:
    pbx.channels = [channel("Up")]
    await mixes(*TALK)
    number = await ordered(world) if order_first else 0
    await follow()
    assert await Task.filter(kind="sources.recording").count() == 0
    pbx.recordings[FILE] = sound()
    await mixes(GONE)
    number = number or await ordered(world)
    assert await on_orders() == []
    await settled(10)
    assert await on_orders() == [(number, FILE)]
    assert f"GET /ari/recordings/stored/calls%2F{CALL}/file" in pbx.asked


async def test_a_call_whose_end_nobody_heard_has_its_recording(mixes: Hear, pbx: Pbx, world: World) -> None:
    pbx.channels = [channel("Up")]
    await mixes(*TALK)
    number = await ordered(world)
    pbx.channels, pbx.recordings = [], {FILE: sound()}
    await mixes()
    await mixes()
    await settled(10)
    assert await on_orders() == [(number, FILE)]


async def test_a_file_that_is_still_written_is_waited_for(mixes: Hear, pbx: Pbx, world: World) -> None:
    whole = sound()
    await mixes(*TALK, GONE)
    number = await ordered(world)
    await settled(WAITS_S[0])
    pbx.recordings[FILE] = whole[:4] + b"\0\0\0\0" + whole[8:]
    await settled(WAITS_S[1])
    assert await on_orders() == []
    pbx.recordings[FILE] = whole
    await settled(WAITS_S[2])
    assert await on_orders() == [(number, FILE)]


async def test_a_call_that_was_not_recorded_is_no_trouble(
    mixes: Hear, pbx: Pbx, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await mixes(*TALK, GONE)
    await ordered(world)
    for seconds in WAITS_S:
        assert await Task.filter(kind="sources.recording").values_list("state", flat=True) == ["queued"]
        await settled(seconds)
    assert await Task.filter(kind="sources.recording").count() == 0
    assert len([one for one in pbx.asked if "/stored/" in one]) == len(WAITS_S)
    told = [one for one in caplog.records if "recorded" in one.getMessage() or one.levelno > logging.INFO]
    assert [(one.levelname, one.getMessage()) for one in told] == [("INFO", "a call was not recorded")]


@pytest.mark.parametrize("told", ["before the end", "after it", "much later"])
async def test_a_file_that_is_told_of_too_is_put_there_once(mixes: Hear, pbx: Pbx, world: World, told: str) -> None:
    pbx.recordings[FILE] = sound()
    pbx.channels = [channel("Up")]
    await mixes(*TALK)
    number = await ordered(world)
    if told == "before the end":
        await mixes(recorded(FILE), GONE)
    elif told == "after it":
        await mixes(GONE, recorded(FILE))
    else:
        await mixes(GONE)
        await settled(10)
        await mixes(recorded(FILE))
    await settled(10)
    assert await on_orders() == [(number, FILE)]


async def test_a_call_that_nobody_answered_has_no_recording(mixes: Hear, pbx: Pbx, world: World) -> None:
    pbx.recordings[FILE] = sound()
    await mixes(on("ChannelCreated"), UP, GONE)
    await ordered(world)
    await settled(10)
    assert await on_orders() == []


GOOD = ["{call}", "calls/{call}", "a b/in-{call}_1", "{call}.{call}", "Записи/{call}"]
BAD = ["{call}.wav", "calls", "/{call}", "calls//{call}", "../{call}", "a/./{call}", "{call}..", "{name}/{call}"]
BAD += ["{call", "{{call}}", "{call!r}", "a\\{call}", "x" * 200 + "{call}", "{call}/", "a?b/{call}", "~\n{call}"]


@pytest.mark.parametrize("template", GOOD)
async def test_names_of_recordings(hear: Hear, template: str) -> None:
    async with work():
        known = await source("ats")
        await sources.change_source("ats", config={**known.config, "ari_recording": template})
    assert (await source("ats")).config["ari_recording"] == template


@pytest.mark.parametrize("template", [*BAD, 5, ["{call}"]])
async def test_names_that_lead_nowhere_are_refused(hear: Hear, template: Any) -> None:
    known = await source("ats")
    with pytest.raises(Refusal) as refused:
        async with work():
            await sources.change_source("ats", config={**known.config, "ari_recording": template})
    assert refused.value.data["field"] == "ari_recording"


@pytest.mark.parametrize(
    ("template", "call", "name"),
    [
        ("calls/{call}", "pbx-1790000000.7", "calls/pbx-1790000000.7"),
        ("{call}/{call}", "1.2", "1.2/1.2"),
        ("", "1.2", ""),
        ("calls/{call}", "..", ""),
        ("calls/{call}", ".", ""),
        ("calls/{call}", "../1.2", ""),
        ("calls/{call}", "a\n", ""),
        ("calls/{call}", "", ""),
        ("calls/{call}", "1" * 300, ""),
    ],
)
def test_the_name_of_a_call(template: str, call: str, name: str) -> None:
    assert name_of(template, call) == name
