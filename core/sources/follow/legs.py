"""What is remembered of a call on the company's own exchange beside its state, with its request: also of one that is an
order already, since its recordings come later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.sources import actions, requests
from core.sources.follow import bridges
from core.sources.follow.bridges import moment
from core.sources.follow.fetched import fetch_later
from core.sources.models import Request
from core.sources.queries import SourceView, short
from core.sources.recorded import name_of

LEFT = "call.left-bridge"
ENDS = ("call.ended", "call.missed")


def talk(call: str) -> str:
    """The mark of a call in which somebody talked with the caller."""
    return short(f"talk:{call}")


async def keep(source: SourceView, call: str, event: Mapping[str, Any], at: datetime) -> None:
    """In which bridges it stands, and that it ended. `at`: when we heard of it."""
    row = await requests.request_of(source.id, f"call:{call}")
    if row is None:
        return
    facts = _facts(row.facts, event, moment(at))
    if name := await _mixed(source, call, facts):
        facts["mixed"] = name
    if facts != row.facts:
        await requests.note(row, facts)
    if name:
        await _ask(row, name)


def _facts(known: Mapping[str, Any], event: Mapping[str, Any], at: int) -> dict[str, Any]:
    stays, bridge, name = known.get("bridges") or {}, str(event.get("bridge_id") or ""), event["event"]
    if bridge and name == LEFT:
        stays = bridges.left(stays, bridge, at)
    elif bridge:
        stays = bridges.entered(stays, bridge, at)
    facts = dict(known)
    if name in ENDS:
        facts.setdefault("ended", at)
    if stays:
        facts["bridges"] = bridges.ended(stays, at) if "ended" in facts else stays
    return facts


async def _mixed(source: SourceView, call: str, facts: Mapping[str, Any]) -> str:
    """The name of what the dialplan recorded, once: when the call is over and somebody talked, in whichever order we
    heard of that."""
    if "ended" not in facts or "mixed" in facts:
        return ""
    name = name_of(str(source.config.get("ari_recording") or ""), call)
    return name if name and await actions.remembered(source.id, [talk(call)]) else ""


async def _ask(row: Request, name: str) -> None:
    """Of a call that is no order yet it is asked for when it becomes one."""
    if row.order_id and name not in (row.facts.get("recordings") or ()):
        await fetch_later(row.source_id, name, row.order_id, mixed=True)
