"""The sender's books: which message shows which card (in memory, read on demand), and what was sent (written in
batches of at most 20 ms)."""

import asyncio
import logging
from collections.abc import Collection

from core.kernel.failpoints import hit
from core.kernel.trouble import heed
from core.outbox import queries
from core.outbox.actions import Queued
from core.outbox.sending import CardRow, Outcome, record

WINDOW_S = 0.02
TROUBLE_S = 0.5
REMEMBERED = 50_000

log = logging.getLogger(__name__)
Key = tuple[int, str]


class Ledger:
    """The owner is the only writer, so what it remembers is true."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._cards: dict[Key, CardRow | None] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._changed: dict[Key, CardRow] = {}
        self._over: dict[int, int] = {}
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    async def cards(self, keys: Collection[Key]) -> dict[Key, CardRow | None]:
        """Where these cards are; None for one that was never shown."""
        unknown = [key for key in keys if key not in self._cards]
        if unknown:
            if len(self._cards) > REMEMBERED:
                await self.written()
                self._cards.clear()
                unknown = list(keys)
            found = {(row.chat_id, row.card): row for row in await queries.cards(self._bot, unknown)}
            for key in unknown:
                self._cards.setdefault(key, found.get(key))
        return {key: self._cards[key] for key in keys}

    def card(self, row: CardRow) -> None:
        """This card is there now."""
        self._cards[row.chat_id, row.card] = row
        self._changed[row.chat_id, row.card] = row
        self._want()

    def outcome(self, notice: Queued, state: str, error: str | None = None) -> None:
        """What became of a notice; `queued` means that it must be tried again."""
        self._outcomes[notice.id] = Outcome(notice.id, state, notice.attempts, error)
        if state != "queued":
            self._over[notice.id] = notice.seq
            if len(self._over) > REMEMBERED:
                self._over = dict(list(self._over.items())[REMEMBERED // 2 :])
        self._want()

    def over(self, notice_id: int, seq: int) -> bool:
        """Whether the notice was dealt with, though a reading of the table may not show it yet."""
        return self._over.get(notice_id) == seq

    def forget_chat(self, chat_id: int) -> None:
        """The chat's cards may be others now: read them anew, but for those that the table is yet to learn from us."""
        for key in [key for key in self._cards if key[0] == chat_id and key not in self._changed]:
            del self._cards[key]

    def _want(self) -> None:
        self._idle.clear()
        self._wanted.set()

    async def written(self) -> None:
        """Wait until all that happened so far is in the table."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled. A lost database is waited for: what was sent must not be forgotten."""
        while True:
            heed()
            await self._wanted.wait()
            self._wanted.clear()
            await asyncio.sleep(WINDOW_S)
            outcomes, changed = dict(self._outcomes), dict(self._changed)
            hit("sender.before_record")
            try:
                await record(self._bot, list(outcomes.values()), list(changed.values()))
            except Exception:
                log.warning("what was sent cannot be recorded, trying again", exc_info=True)
                self._wanted.set()
                await asyncio.sleep(TROUBLE_S)
                continue
            self._outcomes = {key: one for key, one in self._outcomes.items() if outcomes.get(key) is not one}
            self._changed = {key: row for key, row in self._changed.items() if changed.get(key) is not row}
            if not self._outcomes and not self._changed:
                self._idle.set()
