"""The optimiser in a process of its own: `python -m core.plan.serve`.

Questions come on standard input, answers go to standard output, each a pickle behind its length in four bytes; only
our own parent is at the other end. A question is ("plan", instance, seconds) or ("insert", instance, order, how many
others may move); answers are ("progress", share), then ("done", result) or ("failed", words). The process ends when its
parent has gone or when nobody has asked anything for ten minutes.
"""

import gc
import os
import pickle
import select
import struct
import sys
import time
from typing import Any, BinaryIO

from core.dispatch.planning.instance import Instance, Order, Pickups, Technician, Travel

IDLE_SECONDS = 600.0
TELL_SECONDS = 0.5
NICE, LONG = 5, "long"
LENGTH = struct.Struct(">I")


def said(question: tuple[Any, ...]) -> tuple[Any, ...]:
    """A question as it goes out: its instances as tuples, which are packed five times as quickly as dataclasses."""
    return tuple(_plain(part) if isinstance(part, Instance) else part for part in question)


def _plain(instance: Instance) -> tuple[Any, ...]:
    team = [(one.id, one.start, one.end, one.shift, one.skills, one.rest) for one in instance.technicians]
    work = [
        (one.id, one.location, one.duration, one.windows, one.skills, one.priority, one.drop_penalty, one.technician)
        for one in instance.orders
    ]
    return instance.travel, team, work, dict(instance.current), instance.pickups


def _instance(
    travel: Travel, team: list[Any], work: list[Any], current: dict[str, Any], pickups: Pickups | None
) -> Instance:
    technicians, orders = tuple(Technician(*one) for one in team), tuple(Order(*one) for one in work)
    return Instance(travel, technicians, orders, current, pickups=pickups)


def packed(message: Any) -> bytes:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def main() -> None:
    if LONG in sys.argv:
        os.nice(NICE)
    gc.disable()
    source, sink = sys.stdin.buffer, _sink()
    while select.select([source], [], [], IDLE_SECONDS)[0]:
        head = source.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        question = pickle.loads(source.read(LENGTH.unpack(head)[0]))
        try:
            answer: tuple[str, Any] = ("done", answered(question, sink))
        except BrokenPipeError:
            raise
        except Exception as error:
            answer = ("failed", f"{type(error).__name__}: {error}")
        send(sink, answer)
        gc.collect()


def _sink() -> BinaryIO:
    """Where answers go. What a library says on standard output is no answer: it goes where errors do."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sink


def answered(question: tuple[Any, ...], sink: BinaryIO) -> Any:
    """The answer to a question; what is said on the way there goes to `sink`."""
    kind, told_instance, *rest = question
    instance = _instance(*told_instance)
    if kind == "insert":
        from core.dispatch.planning.insert import insert_urgent

        way = insert_urgent(instance, *rest)
        return way and {
            "technician": way.technician,
            "routes": way.routes,
            "moved": way.moved,
            "put_off": way.put_off,
            "cost": way.cost,
        }
    from core.dispatch.planning.solve import plan

    seconds, told = float(rest[0]), time.monotonic()

    def tell(elapsed: float, _: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            send(sink, ("progress", min(1.0, elapsed / seconds)))

    found = plan(instance, seconds, told=tell)
    return {"routes": found.routes, "dropped": found.dropped, "travel": found.travel, "penalty": found.penalty}


def send(sink: BinaryIO, message: Any) -> None:
    """An answer goes out."""
    sink.write(packed(message))
    sink.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(0)  # whoever asked is gone, and there is nobody to tell
