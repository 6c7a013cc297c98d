"""The one sender of a bot: each chat in its order, many chats at once, as fast as Telegram allows."""

import asyncio
import logging
import time
from collections.abc import Iterable

from bot.telegram.alerts import unreachable
from bot.telegram.api import Api, TelegramError, Unknown
from bot.telegram.files import NotReady, Shelf
from bot.telegram.ledger import Ledger
from bot.telegram.limits import Limits
from bot.telegram.line import Line, new_line
from bot.telegram.post import Gone, Migrated, Post, Unreachable
from core.chats.rules import order_of_card
from core.kernel.errors import Outage
from core.kernel.failpoints import hit
from core.kernel.hints import listen
from core.kernel.trail import about
from core.kernel.trouble import AWAY, LOST, heed
from core.kernel.work import work
from core.outbox import queries, sending
from core.outbox.actions import Queued, hand_over

PARALLEL = 32
POLL_S = 1.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
NOT_READY_TRIES = 120
MOST_LINES = 100_000
PER_CHAT = 200

log = logging.getLogger(__name__)


class Sender:
    """Made anew each time this process becomes the bot's owner."""

    def __init__(self, bot: str, api: Api, limits: Limits, *, app_url: str | None = None, username: str = "") -> None:
        self._bot = bot
        self._limits = limits
        self._pace = limits.pace()
        self._ledger = Ledger(bot)
        self._post = Post(bot, api, self._ledger, Shelf(bot), app_url=app_url, username=username)
        self._lines: dict[int, Line] = {}
        self._ready: asyncio.Queue[Line] = asyncio.Queue()
        self._unread: set[int] = set()
        self._look = asyncio.Event()
        self._gate = asyncio.Lock()
        self._closing = False
        self._sending = 0
        self._quiet = asyncio.Event()
        self._refused_at = (0, float("-inf"))

    async def run(self) -> None:
        """Send until cancelled."""
        forget = listen(f"outbox.{self._bot}", self._hinted)
        hand_over(self._bot, self._take_over)
        try:
            async with asyncio.TaskGroup() as nursery:
                nursery.create_task(self._ledger.run())
                nursery.create_task(self._reading())
                for _ in range(PARALLEL):
                    nursery.create_task(self._working())
        finally:
            hand_over(self._bot, None)
            forget()

    async def drain(self) -> None:
        """Begin nothing new, wait for what is on its way, and write it down."""
        self._closing = True
        if self._sending:
            self._quiet.clear()
            await self._quiet.wait()
        await self._ledger.written()

    # What is to be sent

    def _line(self, chat_id: int) -> Line:
        line = self._lines.get(chat_id)
        if line is None:
            line = self._lines[chat_id] = new_line(chat_id, self._limits)
        return line

    def _take_over(self, notices: list[Queued]) -> None:
        for notice in notices:
            line = self._line(notice.chat_id)
            if line.follow(notice):
                self._go(line)
            else:
                self._read_soon(notice.chat_id)

    def _hinted(self, payload: str) -> None:
        kind, _, number = payload.rpartition(":")
        chat_id = int(number or 0)
        if kind == "open" and (line := self._lines.get(chat_id)) is not None:
            self._reset(line)
        self._read_soon(chat_id)

    def _reset(self, line: Line) -> None:
        """Something changed in the table beneath: what waits is read again. The head on its way stays."""
        head = line.waiting[0] if line.busy and line.waiting else None
        line.waiting.clear()
        if head is not None:
            line.waiting.append(head)
        line.last = None
        line.not_before = 0.0
        self._ledger.forget_chat(line.chat_id)

    def _read_soon(self, chat_id: int) -> None:
        self._unread.add(chat_id)
        self._look.set()

    async def _reading(self) -> None:
        """Read the table at start, when told to, and every second in case a hint was lost."""
        polled = float("-inf")
        while True:
            heed()
            try:
                if time.monotonic() - polled >= POLL_S:
                    began = time.monotonic()
                    self._unread |= self._behind(await queries.waiting_chats(self._bot))
                    polled = time.monotonic() + min(10 * (time.monotonic() - began), 10)
                if self._unread:
                    chats, self._unread = self._unread, set()
                    self._add(chats, await queries.waiting(self._bot, chats, PER_CHAT))
            except AWAY:
                log.warning("outbox of %s cannot be read, trying again", self._bot)
                polled = float("-inf")
                await asyncio.sleep(1)
                continue
            self._trim()
            try:
                async with asyncio.timeout(POLL_S):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()

    def _behind(self, waiting: dict[int, int]) -> set[int]:
        """The chats of which the table knows more than we do."""
        lines = self._lines
        return {
            chat_id
            for chat_id, last in waiting.items()
            if (line := lines.get(chat_id)) is None or line.last is None or (line.last < last and not line.waiting)
        }

    def _add(self, chats: Iterable[int], notices: Iterable[Queued]) -> None:
        for notice in notices:
            line = self._line(notice.chat_id)
            if line.last is not None and notice.seq <= line.last:
                continue
            line.last = notice.seq
            if self._ledger.over(notice.id, notice.seq) or (line.waiting and line.waiting[0].id == notice.id):
                continue
            if notice.state == "sending":
                self._ledger.outcome(notice, "unknown", "the process ended while it was being sent")
                continue
            line.waiting.append(notice)
        for chat_id in chats:
            if (found := self._lines.get(chat_id)) is not None:
                self._go(found)

    def _trim(self) -> None:
        """Forget quiet chats when there are very many: their first notice reads the table again."""
        if len(self._lines) > MOST_LINES:
            self._lines = {key: line for key, line in self._lines.items() if line.waiting or line.busy}

    # Sending it

    def _go(self, line: Line) -> None:
        """Put the line up for sending, now or when its limits allow."""
        if line.busy or not line.waiting or self._closing:
            return
        line.busy = True
        self._later(line, line.wait())

    def _later(self, line: Line, seconds: float) -> None:
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self._ready.put_nowait, line)
        else:
            self._ready.put_nowait(line)

    async def _working(self) -> None:
        while True:
            heed()
            line = await self._ready.get()
            if self._closing:
                continue
            pause = line.wait() if line.waiting else 0
            if pause > 0:
                self._later(line, pause)
                continue
            self._sending += 1
            try:
                await self._in_pace()
                if line.waiting:
                    await self._head(line)
            finally:
                self._sending -= 1
                if not self._sending:
                    self._quiet.set()
            line.busy = False
            if line.waiting:
                self._go(line)

    async def _in_pace(self) -> None:
        """Wait for the bot's own limit, one after another."""
        async with self._gate:
            if (pause := self._pace.wait()) > 0:
                await asyncio.sleep(pause)
            self._pace.take()

    async def _head(self, line: Line) -> None:
        for needless in line.coalesce():
            self._ledger.outcome(needless, "skipped", "a newer version was queued")
        notice = line.waiting[0]
        with about(
            bot=self._bot, notice=notice.id, screen=notice.screen, order=order_of_card(notice.topic or notice.card)
        ):
            await self._one(line, notice)

    async def _one(self, line: Line, notice: Queued) -> None:
        notice.attempts += 1
        if notice.op != "erase":
            line.spend()
        try:
            if notice.on_unknown == "skip":
                await sending.record(self._bot, [sending.Outcome(notice.id, "sending", notice.attempts)])
            hit("sender.before_send")
            await self._post.send(line, notice)
        except TelegramError as error:
            await self._not_sent(line, notice, error)
        except Unknown as error:
            self._unknown(line, notice, error)
        except NotReady:
            self._not_ready(line, notice)
        except Unreachable as error:
            await self._unreachable(line, notice, error)
        except Migrated as error:
            await self._migrated(line, error)
        except Gone as error:
            self._over(line, notice, "skipped", str(error))
        except Outage as outage:
            self._trouble(line, notice, str(outage))
        except LOST:
            line.hold(1)
        except Exception as error:
            log.exception("a notice cannot be shown")
            self._over(line, notice, "failed", f"{type(error).__name__}: {error}")
        else:
            hit("sender.after_send")
            self._over(line, notice, "sent")

    def _over(self, line: Line, notice: Queued, state: str, error: str | None = None) -> None:
        line.troubles = line.steps = 0
        if line.waiting and line.waiting[0] is notice:
            line.waiting.popleft()
        self._ledger.outcome(notice, state, error)

    async def _not_sent(self, line: Line, notice: Queued, error: TelegramError) -> None:
        if error.code == 429:
            self._slow_down(line, float(error.retry_after or 1))
            self._ledger.outcome(notice, "queued", str(error))
        elif error.permanent:
            log.error("Telegram refuses: %s", error)
            self._over(line, notice, "failed", str(error))
        else:
            self._trouble(line, notice, str(error))

    def _slow_down(self, line: Line, seconds: float) -> None:
        """Told for one chat; when another chat hears the same while it lasts, it is meant for the whole bot."""
        chat_id, until = self._refused_at
        now = time.monotonic()
        line.hold(seconds)
        if chat_id != line.chat_id and now < until:
            self._pace.empty(seconds)
        self._refused_at = (line.chat_id, now + seconds)

    def _trouble(self, line: Line, notice: Queued, error: str) -> None:
        """Outages pass: the chat waits, longer each time, and nothing is given up."""
        line.troubles += 1
        line.hold(min(FIRST_PAUSE_S * (1 << min(line.troubles - 1, 8)), LONGEST_PAUSE_S))
        self._ledger.outcome(notice, "queued", error)

    def _unknown(self, line: Line, notice: Queued, error: Unknown) -> None:
        """It may have been sent. Its kind says what is worse: twice, or not at all."""
        log.warning("outcome unknown: %s", error)
        if notice.on_unknown == "skip":
            self._over(line, notice, "unknown", str(error))
        else:
            self._trouble(line, notice, f"outcome unknown, sent again: {error}")

    def _not_ready(self, line: Line, notice: Queued) -> None:
        if notice.attempts >= NOT_READY_TRIES:
            self._over(line, notice, "failed", "its file did not come")
        else:
            line.hold(0.5)

    async def _unreachable(self, line: Line, notice: Queued, error: Unreachable) -> None:
        """The chat refuses us: stop until they write again, and tell the dispatchers. What waits stays queued."""
        async with work() as w:
            parties = await sending.block(self._bot, line.chat_id, error.reason)
            if parties:
                await unreachable(self._bot, parties, error.reason)
            w.on_commit(line.waiting.clear)
        line.last = None
        self._ledger.outcome(notice, "queued", error.reason)

    async def _migrated(self, line: Line, error: Migrated) -> None:
        async with work() as w:
            await self._post.migrated(line.chat_id, error.chat_id)
            w.on_commit(line.waiting.clear)
        line.last = None
