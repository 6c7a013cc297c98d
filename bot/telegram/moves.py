"""Live locations that moved: stored in a batch, then what they mean for jobs on their way."""

import asyncio
import logging
from contextlib import suppress

from core.kernel.failpoints import hit
from core.kernel.hints import broadcast
from core.kernel.trouble import heed
from core.presence import actions as presence
from core.presence.rules import Position
from core.reactions import presence as reactions

STILL_S = 10.0

log = logging.getLogger(__name__)


async def moved(moves: list[Position]) -> None:
    """Returns when the positions are stored, so that the updates may be acknowledged. What follows from them is made
    of works of its own; one that fails is logged and mended by the next move."""
    seen = await presence.positions(moves)
    if moves:
        hit("presence.stored")
    if seen:
        broadcast("presence")
        await reactions.moved(seen)


async def watch(stop: asyncio.Event) -> None:
    """Somebody who stands still within the circle arrives too."""
    while not stop.is_set():
        heed()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STILL_S)
        try:
            await moved([])
        except Exception:
            log.exception("positions: trouble, trying again")
