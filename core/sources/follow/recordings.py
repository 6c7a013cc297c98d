"""Recordings that the company's own exchange tells of: of a channel, which is a call, or of a bridge, in which calls
stood. Each is put on the orders of its calls: its name waits with a call until it is one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.kernel.work import current
from core.sources import actions, requests
from core.sources.follow import bridges
from core.sources.follow.bridges import moment
from core.sources.follow.fetched import fetch_later
from core.sources.follow.result import Result
from core.sources.models import Request
from core.sources.queries import SourceView
from core.tasks.actions import TaskRun, later, task

BRIDGE = "sources.bridge"
KINDS = ("asterisk-ari",)
"""Kinds whose recordings we fetch."""
MOST_RECORDINGS = 20
AGAIN = timedelta(minutes=1)
"""After which we look once more who stood in a bridge: notices come in any order."""
LONGEST_MS = 4 * 3_600_000
"""How far back a recording goes of which we know only the end."""


async def follow(source: SourceView, event: Mapping[str, Any], at: datetime) -> Result:
    """`at`: when we heard of it."""
    name, bridge, call = (str(event.get(key) or "") for key in ("recording_id", "bridge_id", "call_id"))
    if source.kind not in KINDS or not name:
        return Result("nothing")
    if bridge and event["event"] == "recording.started":
        await actions.first_time(source.id, _began(name), moment(at))
    if event["event"] != "recording.ready":
        return Result("nothing")
    if bridge:
        return await _of_bridge(source, bridge, name, event.get("duration"), moment(at))
    row = await requests.request_of(source.id, f"call:{call}") if call else None
    if row is None:
        return Result("nothing")
    await _give(row, name)
    return Result("call", row.order_id)


def _began(name: str) -> str:
    return f"began:{name}"


async def _of_bridge(source: SourceView, bridge: str, name: str, duration: object, end: int) -> Result:
    lasted = duration * 1000 if isinstance(duration, int) and 0 <= duration * 1000 < LONGEST_MS else LONGEST_MS
    begin = await actions.value_of(source.id, _began(name)) or end - lasted
    rows = await _calls(source.id, bridge, begin, end)
    for row in rows:
        await _give(row, name)
    args = {"source": source.id, "bridge": bridge, "name": name, "begin": begin, "end": end}
    await later(BRIDGE, args, key=requests.order_key(source.id, f"{bridge}\n{name}"), run_at=current().now + AGAIN)
    return Result("call", rows[0].order_id) if rows else Result("nothing")


async def _calls(source_id: str, bridge: str, begin: int, end: int) -> list[Request]:
    rows = await requests.calls_in(source_id, bridge)
    return [row for row in rows if bridges.was_in(row.facts["bridges"], bridge, begin, end)]


@task(BRIDGE)
async def look_again(run: TaskRun) -> None:
    """{source, bridge, name, begin, end}. Calls that have it are left alone."""
    name = run.args["name"]
    async with run.commit():
        for row in await _calls(run.args["source"], run.args["bridge"], run.args["begin"], run.args["end"]):
            if name not in (row.facts.get("recordings") or ()):
                await _give(row, name)


async def _give(row: Request, name: str) -> None:
    known = [one for one in row.facts.get("recordings") or [] if one != name]
    await requests.note(row, {**row.facts, "recordings": [*known, name][-MOST_RECORDINGS:]})
    if row.order_id:
        await fetch_later(row.source_id, name, row.order_id)
