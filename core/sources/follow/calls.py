"""Calls: while one rings its caller's card is before the dispatchers; a missed one is to be called back in time.

Notices of one call come in any order, so a state never goes back. «Answered» may mean that a menu answered: when the
exchange sums a call up as missed, it was. An exchange that tells of each leg sums nothing up: there a call that ended
before anybody talked with the caller was missed, and what was answered is a call only when it was seen to come in.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.kernel.work import current
from core.sources import actions, requests
from core.sources.follow import legs
from core.sources.follow.result import Result
from core.sources.matching import telephone
from core.sources.queries import SourceView
from core.sources.rules import CALLBACK_MINUTES

STATES = {
    "call.started": "ringing",
    "call.ringing": "ringing",
    "call.menu": "ringing",
    "call.answered": "answered",
    "call.in-progress": "answered",
    "call.ended": "over",
    "call.completed": "over",
    "call.missed": "missed",
    "call.no-answer": "missed",
    "call.unanswered": "missed",
    "call.busy": "missed",
    "call.cancelled": "missed",
    "call.canceled": "missed",
    "call.failed": "missed",
}
ONWARD = {
    "ringing": ("answered", "over", "missed"),
    "answered": ("over", "missed"),
    "over": ("missed",),
}
LEGS = ("asterisk-ari",)


async def follow(source: SourceView, event: Mapping[str, Any], at: datetime) -> Result:
    """`at`: when we heard of it."""
    result = await _follow(source, event)
    if source.kind in LEGS and event.get("call_id"):
        await legs.keep(source, str(event["call_id"]), event, at)
    return result


async def _follow(source: SourceView, event: Mapping[str, Any]) -> Result:
    state, call = STATES.get(str(event["event"])), str(event.get("group_id") or event.get("call_id") or "")
    if state is None or not call:
        return Result("nothing")
    if not await _in_order(source, event):
        return Result("late")
    before = await requests.request_of(source.id, f"call:{call}")
    if source.kind in LEGS:
        state = await _of_leg(source, call, state, event)
    phone = telephone(str(event.get("from") or ""))
    if before is None and (not phone or _is_ours(source, event) or state in _nothing_new(source)):
        return Result("nothing")
    if before is not None and state not in ONWARD.get(before.state, ()):
        return Result("call", before.order_id)
    due = current().now + timedelta(minutes=_minutes(source)) if state == "missed" else None
    line = {"line": str(event.get("to") or "")[:40]} if before is None or event.get("to") else {}
    await requests.ask(source.id, f"call:{call}", "call", state, phone, line, due)
    return Result("callback" if state == "missed" else "call")


async def _of_leg(source: SourceView, call: str, state: str, event: Mapping[str, Any]) -> str:
    talk = legs.talk(call)
    if event.get("talk"):
        await actions.first_time(source.id, talk)
    if state == "over" and not await actions.remembered(source.id, [talk]):
        return "missed"
    return state


def _nothing_new(source: SourceView) -> tuple[str, ...]:
    """States in which a call that we have not seen come in is none."""
    return ("over", "answered", "missed") if source.kind in LEGS else ("over",)


async def _in_order(source: SourceView, event: Mapping[str, Any]) -> bool:
    """Notices of one leg that carry a number come after those with a lower one, or count for nothing."""
    seq, leg = event.get("seq"), event.get("call_id")
    return not isinstance(seq, int) or not leg or await actions.first_time(source.id, f"seq:{leg}", seq)


def _is_ours(source: SourceView, event: Mapping[str, Any]) -> bool:
    """Zadarma tells of our own calls in the same words, with the extension that dials; an exchange of our own with one
    of our numbers."""
    if source.kind in LEGS and event.get("from") in (source.config.get("own_numbers") or ()):
        return True
    return source.kind == "zadarma" and event["event"] == "call.started" and bool(event.get("extension"))


def _minutes(source: SourceView) -> int:
    return int(source.config.get("callback_minutes") or CALLBACK_MINUTES)
