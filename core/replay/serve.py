"""A replay in a process of its own: `python -m core.replay.serve`. It speaks as `core/plan/serve.py` does; a question
is (database's address, the clock's offset, first day, last day, rules before, rules after, rota). The database is
opened for reading only, and PostgreSQL sees to that."""

import asyncio
import os
import pickle
import sys
import time
from typing import Any

from core.kernel.clock import clock
from core.kernel.database import database
from core.plan.serve import LENGTH, TELL_SECONDS, send
from core.replay.run import replayed

NICE = 10


def main() -> None:
    os.nice(NICE)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return
    question = pickle.loads(source.read(LENGTH.unpack(head)[0]))
    told = float("-inf")

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            send(sink, ("progress", share))

    try:
        answer: tuple[str, Any] = ("done", asyncio.run(_answered(question, tell)))
    except Exception as error:
        answer = ("failed", f"{type(error).__name__}: {error}")
    send(sink, answer)


async def _answered(question: tuple[Any, ...], tell: Any) -> dict[str, Any]:
    address, offset, first, last, before, after, rota = question
    clock.offset = offset
    async with database(address, pool=1, read_only=True):
        return await replayed(first, last, before, after, tell, rota)


if __name__ == "__main__":
    main()
