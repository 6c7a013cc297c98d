"""Recordings of an exchange's calls."""

from typing import Any

import pytest

from core.kernel.actor import member
from core.kernel.work import work
from core.orders.models import Attachment
from core.sources import requests
from core.sources.models import Request
from core.tasks.models import Task
from tests.webhooks.pbx import CALL, Hear, Pbx, channel, follow, frame, on, sound
from tests.world import World


def recorded(name: str = "calls/7") -> dict[str, Any]:
    return frame("RecordingFinished", recording={"name": name, "format": "wav", "target_uri": f"channel:{CALL}"})


async def ordered(world: World, call: str = CALL) -> int:
    async with work(await world.actor(member(world.dispatcher))):
        return await requests.make_order((await Request.get(key=f"call:{call}")).id, world.azbuka, world.arbat)


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
