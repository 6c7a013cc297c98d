"""Judge a stream of changed deliveries, and go through what follows from those that are believed without a database."""

import base64
import ctypes
import gc
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, get_args

from core.sources.follow.events import events_of
from core.sources.mapping import document, mapped, paths_of, said_in
from core.sources.queries import short
from core.sources.rules import KINDS
from tests.fuzz.mutate import changed_bytes, strange_value
from tests.fuzz.seeds import Seed, brought, seeds
from webhooks.judge import judge
from webhooks.lanes import lane_of
from webhooks.replay import read
from webhooks.request import Request
from webhooks.verdict import Action, Outcome, Source

SLOW_S = 1.0
STEP = 1000
ACTIONS = get_args(Action)


@dataclass
class Found:
    """`faults`: what raised or answered nonsense; `slow`: what took over a second of processor time; `longest`: by the
    wall's clock, in which other programs of the machine have a part."""

    bodies: int = 0
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    longest: tuple[float, str] = (0.0, "")
    rss: list[int] = field(default_factory=list)

    @property
    def believed(self) -> int:
        return sum(count for (_, action), count in self.actions.items() if action == "process")


def run(count: int, seed: int, keep: Path | None = None, progress: Callable[[int], None] = lambda _: None) -> Found:
    """The same count and seed make the same deliveries. What breaks something is kept as a case for `hooks replay`."""
    dice, known, found = Random(seed), seeds(), Found()
    for number in range(count):
        one = known[number % len(known)]
        request, source = _delivery(one, dice, known)
        took = 0.0
        try:
            if dice.random() < 0.1:
                request, source = _as_a_file(one.vendor, request, source)
            began = time.perf_counter()
            outcome = _judged(one.vendor, request, source)
            took = time.perf_counter() - began
        except Exception as error:
            found.faults.append(f"{one.vendor}/{one.name}: {type(error).__name__}: {error}"[:300])
            _keep(keep, f"fault-{number}", one.vendor, request, source)
        else:
            found.actions[one.vendor, outcome.action] += 1
        found.longest = max(found.longest, (took, f"{one.vendor}/{one.name}, {len(request.body)} bytes"))
        if took > SLOW_S and (took := _by_the_processor(one.vendor, request, source)) > SLOW_S:
            found.slow.append(f"{one.vendor}/{one.name}: {took:.1f} s, {len(request.body)} bytes")
            _keep(keep, f"slow-{number}", one.vendor, request, source)
        found.bodies += 1
        if number in (count // 100, count // 2, count - 1):
            found.rss.append(resident())
        if found.bodies % STEP == 0 or found.bodies == count:
            progress(found.bodies)
    return found


def _by_the_processor(vendor: str, request: Request, source: Source) -> float:
    """What the same takes once more by its own clock: asking that costs more than most deliveries do, and the wall's
    clock, which costs nothing, is never behind it."""
    began = time.process_time()
    _judged(vendor, request, source)
    return time.process_time() - began


def _delivery(one: Seed, dice: Random, known: list[Seed]) -> tuple[Request, Source]:
    """Two of three in their values where they have such, else in their bytes; one of eight in its request too."""
    if one.value is not None and dice.random() < 0.66:
        request, source = brought(one, strange_value(one.value, dice), None)
    else:
        genuine = brought(one, one.value, one.raw if one.value is None else None)[0].body
        request, source = brought(one, one.value, changed_bytes(genuine, dice, dice.choice(known).raw))
    return (_askew(request, dice), source) if dice.random() < 0.125 or not request.body else (request, source)


def _askew(request: Request, dice: Random) -> Request:
    url = changed_bytes(request.url.encode(), dice).decode("utf-8", "surrogateescape")[:4000]
    headers = [list(pair) for pair in request.headers]
    if headers:
        pair = dice.choice(headers)
        changed = changed_bytes(pair[1].encode("utf-8", "surrogateescape"), dice)
        pair[1] = changed[:2000].decode("utf-8", "surrogateescape")
    kept = tuple((name, value) for name, value in headers)
    return Request(request.method, dice.choice((url, request.url)), kept, request.body, request.kind)


def _as_a_file(vendor: str, request: Request, source: Source) -> tuple[Request, Source]:
    """The way of `hooks replay`."""
    return read(json.loads(json.dumps(case(vendor, request, source), default=str)))[1:]


def _judged(vendor: str, request: Request, source: Source) -> Outcome:
    outcome = judge(vendor, request, source)
    if outcome.action not in ACTIONS or outcome.verdict not in ("valid", "invalid"):
        raise AssertionError(f"no answer: {outcome.verdict} {outcome.action}")
    if len(outcome.reason) > 300:
        raise AssertionError(f"a reason of {len(outcome.reason)} letters")
    _follow(vendor, outcome, request)
    return outcome


def _follow(vendor: str, outcome: Outcome, request: Request) -> None:
    """As the door and the worker do before they touch a table, of what was believed."""
    json.dumps(outcome.normalized, default=str).encode("utf-8", "surrogatepass")
    lane_of(outcome.normalized, short(outcome.key or "k"))
    kind, said = KINDS.get(vendor), said_in(request.body) if outcome.action == "process" else None
    for event in list(events_of(outcome.normalized)):
        if kind is not None:
            mapped(document(event, said), paths_of(kind, {}))


def case(vendor: str, request: Request, source: Source) -> dict[str, Any]:
    raw = {
        "method": request.method,
        "url": request.url,
        "headers": [list(pair) for pair in request.headers],
        "body_b64": base64.b64encode(request.body).decode(),
    }
    rest = {"secret": dict(source.secret), "config": dict(source.config), "state": dict(source.state)}
    return {"id": vendor, "vendor": vendor, "kind": request.kind, "now": source.now, "request": raw, **rest}


def _keep(folder: Path | None, name: str, vendor: str, request: Request, source: Source) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(case(vendor, request, source), default=str))


def resident() -> int:
    """Bytes of this process in memory, once the C library has given back what it held for the next long body."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
