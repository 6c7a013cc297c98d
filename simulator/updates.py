"""Updates on their way to a bot: its queue, long polling, and the page's faults of repeated or shuffled delivery.

An update stays, in memory and on disk, until its bot confirms it by a higher offset (polling) or by answering
2xx (webhook). Kinds a bot did not ask for are never queued, as in Telegram.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterable

from simulator.errors import ApiError
from simulator.faults import Faults
from simulator.state import Bot, Json, World
from simulator.store import Store

FIRST_UPDATE = 700_000_001
ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
LIMIT = 100
TAKEN_OVER = ApiError(409, "Conflict: terminated by other getUpdates request; "
                           "make sure that only one bot instance is running")  # fmt: skip
REPLACED = ApiError(409, "Conflict: terminated by setWebhook request")


class Mailbox:
    """One bot's queue, oldest first. `news` wakes whoever waits; `chats` and `rows` remember where an update
    came from, to keep each chat in order when delivery is shuffled or parallel."""

    def __init__(self) -> None:
        self.updates: dict[int, Json] = {}
        self.chats: dict[int, str] = {}
        self.rows: dict[str, dict[int, None]] = {}
        self.news = asyncio.Event()
        self.poller = 0
        self.usurper = TAKEN_OVER

    def add(self, update: Json) -> None:
        update_id, chat = update["update_id"], origin(update)
        self.updates[update_id] = update
        self.chats[update_id] = chat
        self.rows.setdefault(chat, {})[update_id] = None
        self.news.set()

    def remove(self, update_id: int) -> bool:
        if self.updates.pop(update_id, None) is None:
            return False
        chat = self.chats.pop(update_id)
        del self.rows[chat][update_id]
        if not self.rows[chat]:
            del self.rows[chat]
        return True


class Updates:
    def __init__(self, world: World, store: Store, faults: Faults) -> None:
        self.world = world
        self.store = store
        self.faults = faults
        self.boxes: dict[int, Mailbox] = {}
        self.stopped = False

    def box(self, bot_id: int) -> Mailbox:
        box = self.boxes.get(bot_id)
        if box is None:
            box = self.boxes[bot_id] = Mailbox()
        return box

    def restore(self, pending: dict[int, list[Json]]) -> None:
        for bot_id, updates in pending.items():
            box = self.box(bot_id)
            for update in updates:
                box.add(update)

    def queue(self, bot: Bot, kind: str, body: Json) -> None:
        if kind not in bot.allowed if bot.allowed else kind in ON_REQUEST:
            return
        update_id = self.world.count(f"updates:{bot.id}", FIRST_UPDATE)
        update = {"update_id": update_id, kind: body}
        self.box(bot.id).add(update)
        self.store.pend(bot.id, update)

    def confirm(self, bot_id: int, update_ids: Iterable[int]) -> None:
        box = self.box(bot_id)
        done = [update_id for update_id in update_ids if box.remove(update_id)]
        self.store.confirm(bot_id, done)

    def drop(self, bot_id: int) -> None:
        self.confirm(bot_id, list(self.box(bot_id).updates))

    async def poll(self, bot: Bot, offset: int, limit: int, timeout: float) -> list[Json]:
        """getUpdates: confirm what precedes `offset`, wait at most `timeout` seconds for something new."""
        if bot.webhook:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; "
                                "use deleteWebhook to delete the webhook first")  # fmt: skip
        box = self.box(bot.id)
        box.poller += 1
        mine, box.usurper = box.poller, TAKEN_OVER
        box.news.set()
        self._forget(bot.id, offset)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not box.updates and not self.stopped and (left := deadline - loop.time()) > 0:
            box.news.clear()
            try:
                await asyncio.wait_for(box.news.wait(), left)
            except TimeoutError:
                break
            if box.poller != mine:
                raise box.usurper
        return self._handed(box, limit)

    def take_over(self, bot_id: int) -> None:
        """End a waiting getUpdates because a webhook was set."""
        box = self.box(bot_id)
        box.poller += 1
        box.usurper = REPLACED
        box.news.set()

    def stop(self) -> None:
        self.stopped = True
        for box in self.boxes.values():
            box.news.set()

    def _forget(self, bot_id: int, offset: int) -> None:
        known = self.box(bot_id).updates
        if offset < 0:
            offset = min(list(known)[offset:], default=0)
        if offset > 0:
            self.confirm(bot_id, [update_id for update_id in known if update_id < offset])

    def _handed(self, box: Mailbox, limit: int) -> list[Json]:
        ids = list(box.updates)[:limit]
        if self.faults.reorder:
            ids = shuffled(ids, box.chats)
        if self.faults.duplicate:
            ids = [update_id for update_id in ids for _ in range(self.faults.duplicate + 1)][:limit]
        return [box.updates[update_id] for update_id in ids]


def origin(update: Json) -> str:
    """Which chat an update belongs to; updates of one chat keep their order."""
    body = next(value for key, value in update.items() if key != "update_id")
    chat = body.get("chat") or body.get("message", {}).get("chat") or body.get("from", {})
    return str(chat.get("id", ""))


def shuffled(ids: list[int], chats: dict[int, str]) -> list[int]:
    """Mix the chats at random, each chat in its own order."""
    rows: dict[str, deque[int]] = {}
    for update_id in ids:
        rows.setdefault(chats[update_id], deque()).append(update_id)
    order = [chats[update_id] for update_id in ids]
    random.shuffle(order)
    return [rows[chat].popleft() for chat in order]
