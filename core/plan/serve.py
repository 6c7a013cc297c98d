"""The optimiser in a process of its own: `python -m core.plan.serve`.

Questions come on standard input, answers go to standard output, each a pickle behind its length in four bytes; only
our own parent is at the other end. A question is ("plan", instance, seconds) or ("insert", instance, order); answers
are ("progress", share), then ("done", result) or ("failed", words). The process ends when its parent has gone or when
nobody has asked anything for ten minutes.
"""

import os
import pickle
import select
import struct
import sys
import time
from typing import Any, BinaryIO

IDLE_SECONDS = 600.0
TELL_SECONDS = 0.5
NICE = 5
LENGTH = struct.Struct(">I")


def packed(message: Any) -> bytes:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def main() -> None:
    os.nice(NICE)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], IDLE_SECONDS)[0]:
        head = source.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        question = pickle.loads(source.read(LENGTH.unpack(head)[0]))
        try:
            answer: tuple[str, Any] = ("done", _answered(question, sink))
        except Exception as error:
            answer = ("failed", f"{type(error).__name__}: {error}")
        _send(sink, answer)


def _answered(question: tuple[Any, ...], sink: BinaryIO) -> Any:
    kind, instance, *rest = question
    if kind == "insert":
        from core.dispatch.planning.insert import insert_urgent

        way = insert_urgent(instance, rest[0])
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
            _send(sink, ("progress", min(1.0, elapsed / seconds)))

    found = plan(instance, seconds, told=tell)
    return {"routes": found.routes, "dropped": found.dropped, "travel": found.travel, "penalty": found.penalty}


def _send(sink: BinaryIO, message: Any) -> None:
    sink.write(packed(message))
    sink.flush()


if __name__ == "__main__":
    main()
