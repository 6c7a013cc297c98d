"""Live locations that moved: stored in a batch, then what they mean for jobs on their way."""

import asyncio
import logging
from contextlib import suppress

from bot.telegram.intake import Move
from core.kernel.hints import broadcast
from core.presence import actions as presence
from core.presence.rules import Seen
from core.reactions import presence as reactions

STILL_S = 10.0

log = logging.getLogger(__name__)


async def moved(moves: list[Move]) -> None:
    """Returns when the positions are stored, so that the updates may be acknowledged. What follows from them is made
    of works of its own; one that fails is logged and mended by the next move."""
    seen = await store(moves)
    if seen:
        broadcast("presence")
        await reactions.moved(seen)


async def store(moves: list[Move]) -> list[Seen]:
    """Only keep them; what they mean for jobs on their way comes back."""
    batch = [(one.bot, one.chat_id, one.message_id, one.lat, one.lon, one.accuracy, one.at) for one in moves]
    return await presence.positions(batch)


async def watch(stop: asyncio.Event) -> None:
    """Somebody who stands still within the circle arrives too."""
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STILL_S)
        try:
            await moved([])
        except Exception:
            log.exception("positions: trouble, trying again")
