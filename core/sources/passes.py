"""A pass that a system gives for a lasting secret, and that ends by itself: asked for when it is needed, remembered in
this process alone, asked for anew when it ended or was refused."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from core import ports
from core.kernel.errors import Outage
from core.ports import WebAnswer, WebCall

POWER = "pass"
REFUSED = 401
MARGIN_S = 60.0
MOST = 1000

_kept: dict[str, tuple[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Gate:
    """`wanted` asks for a pass; `read` finds it in the JSON of the answer, with the seconds that it lives; nothing
    where it is not there."""

    wanted: WebCall
    read: Callable[[Any], tuple[str, float] | None]


async def call(wanted: WebCall, gate: Gate | None = None) -> WebAnswer:
    """What is answered, by the gate itself when it gives no pass. A remembered pass that is refused is asked for anew,
    once. Outage; its reason is `no_pass` where the gate's answer can't be read."""
    if gate is None:
        return await ports.web().call(wanted)
    name = _name(gate)
    known, until = _kept.get(name, ("", 0.0))
    if until > time.monotonic():
        answer = await ports.web().call(_shown(wanted, known))
        if answer.status != REFUSED:
            return answer
        _kept.pop(name, None)
    given = await ports.web().call(gate.wanted)
    if given.status // 100 != 2:
        return given
    fresh, lives_s = _read(gate, given)
    if len(_kept) >= MOST:
        _kept.clear()
    _kept[name] = (fresh, time.monotonic() + lives_s - MARGIN_S)
    return await ports.web().call(_shown(wanted, fresh))


def _read(gate: Gate, given: WebAnswer) -> tuple[str, float]:
    try:
        found = gate.read(json.loads(given.body))
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise Outage(POWER, "no_pass")
    return found


def _shown(wanted: WebCall, token: str) -> WebCall:
    return replace(wanted, headers={**wanted.headers, "Authorization": f"Bearer {token}"})


def _name(gate: Gate) -> str:
    """Another secret is another pass; the secret itself is not remembered."""
    return hashlib.sha256(gate.wanted.url.encode() + b"\n" + (gate.wanted.body or b"")).hexdigest()
