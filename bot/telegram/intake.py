"""Updates come in: committed raw, then acknowledged. Many at once share one statement."""

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from orjson import dumps

from bot.telegram.api import Api, TelegramError, Unknown, pause
from bot.telegram.feeder import Feeder, Item
from bot.telegram.incoming import ALLOWED, is_move, is_sound, lane_of
from core.inbox import actions as inbox
from core.kernel.trouble import heed
from core.presence.rules import Position

MOST = 500
POLL_S = 25
LONGEST_PAUSE_S = 30.0
MALFORMED = (KeyError, TypeError, AttributeError, ValueError, OverflowError, struct.error)

log = logging.getLogger(__name__)


Moves = Callable[[list[Position]], Awaitable[None]]
Raw = tuple[dict[str, Any], bytes]


def source_of(bot: str) -> str:
    """The name of a bot's updates in the inbox."""
    return f"tg:{bot}"


class Intake:
    """Takes the updates of one bot, in any process. With a `feeder` here they are handed over in memory."""

    def __init__(self, bot: str, moves: Moves | None = None) -> None:
        self.bot = bot
        self.feeder: Feeder | None = None
        self._moves = moves
        self._waiting: list[tuple[Raw, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def take(self, update: dict[str, Any], body: bytes) -> None:
        """Returns when the update is committed and may be acknowledged; a second copy is nothing."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(((update, body), done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def close(self) -> None:
        """Wait for what is on its way to the table."""
        if self._flushing is not None:
            await asyncio.wait((self._flushing,))

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                await self.take_all([raw for raw, _ in batch])
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def take_all(self, updates: Sequence[Raw]) -> None:
        """Commit a batch: live locations that moved to `presence`, the rest to the inbox."""
        rest = await self._keep(self._moves, updates) if self._moves else updates
        if not rest:
            return
        arrivals = [(str(update["update_id"]), lane_of(update), body or dumps(update)) for update, body in rest]
        ids = await inbox.accept(source_of(self.bot), arrivals)
        if self.feeder is None:
            inbox.announce(source_of(self.bot))
            return
        known = {key: update for (key, _, _), (update, _) in zip(arrivals, rest, strict=True)}
        lanes = {key: lane for key, lane, _ in arrivals}
        self.feeder.put(Item(ids[key], lanes[key], update) for key, update in known.items() if key in ids)

    async def _keep(self, moves: Moves, updates: Sequence[Raw]) -> Sequence[Raw]:
        """Positions are stored, all else is handed back. What is no position although it looks like one is found only
        when it does harm, for this is the flood; the inbox buries it with a reason."""
        try:
            moved, rest = _split(self.bot, updates)
            if moved:
                await moves(moved)
            return rest
        except MALFORMED:
            odd = [raw for raw in updates if not is_sound(raw[0])]
            if not odd:
                raise
        moved, rest = _split(self.bot, [raw for raw in updates if raw not in odd])
        if moved:
            await moves(moved)
        return [*rest, *odd]


def _split(bot: str, updates: Sequence[Raw]) -> tuple[list[Position], list[Raw]]:
    """The positions of live locations that moved, and all other updates. Whose a position is its message tells, the
    time is that of the edit."""
    moved: list[Position] = []
    rest: list[Raw] = []
    for raw in updates:
        message: Any = raw[0].get("edited_message")
        place = message and message.get("location")
        if not place or "live_period" not in place:
            rest.append(raw)
            continue
        position = (
            bot,
            message["chat"]["id"],
            message["message_id"],
            place["latitude"],
            place["longitude"],
            place.get("horizontal_accuracy"),
            message.get("edit_date") or message["date"],
        )
        moved.append(position)
    return moved, rest


class Poller:
    """Long polling: the next call acknowledges what the last one brought, after it was committed."""

    def __init__(self, api: Api, intake: Intake, *, poll_s: int = POLL_S) -> None:
        self._api = api
        self._intake = intake
        self._poll_s = poll_s

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until cancelled or told to stop. Trouble is waited out, with growing pauses."""
        offset, trouble = 0, 0
        await self._leave_webhook(stop)
        while not stop.is_set():
            heed()
            if self._intake.feeder is not None:
                await self._intake.feeder.room.wait()
            try:
                offset = await self._once(offset)
                trouble = 0
            except (TelegramError, Unknown) as error:
                trouble += 1
                log.warning("polling: %s", error, extra={"bot": self._intake.bot})
                wanted = error.retry_after if isinstance(error, TelegramError) else None
                await pause(stop, wanted or min(0.5 * (1 << min(trouble, 8)), LONGEST_PAUSE_S))
            except Exception:
                trouble += 1
                log.exception("polling: updates cannot be kept", extra={"bot": self._intake.bot})
                await pause(stop, min(0.5 * (1 << min(trouble, 8)), LONGEST_PAUSE_S))

    async def _once(self, offset: int) -> int:
        params = {"offset": offset, "limit": 100, "timeout": self._poll_s, "allowed_updates": ALLOWED}
        updates = await self._api.call("getUpdates", params, timeout_s=self._poll_s + 10)
        if not updates:
            return offset
        await self._intake.take_all([(update, b"" if is_move(update) else dumps(update)) for update in updates])
        return int(updates[-1]["update_id"]) + 1

    async def _leave_webhook(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._api.call("deleteWebhook", {"drop_pending_updates": False})
                return
            except (TelegramError, Unknown) as error:
                log.warning("deleteWebhook: %s", error)
                await pause(stop, 1)
