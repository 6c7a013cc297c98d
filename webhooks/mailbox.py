"""Mailboxes read by IMAP: what is there, then whatever IDLE announces. A letter is marked as read, and the box's place
moved on, only after it was committed; whatever breaks in between, the same letter comes again and is nothing.

One process reads a box, elected by an advisory lock. UIDVALIDITY that changed means that numbers mean nothing any more:
what is unread is read then, and what was taken before is known by its Message-ID.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from core.kernel.database import own_connection
from core.kernel.locks import hold
from core.kernel.trouble import heed
from core.sources.boxes import Place, move_on, place_of, trouble
from core.sources.queries import SourceView, live_sources

if TYPE_CHECKING:
    from webhooks.letterbox import Letterbox

Answer = TypeVar("Answer")
KIND = "imap"
LOCKS = 7_306
BATCH = 25
LOOK_S = 5.0
POLL_S = 1.0
IDLE_S = 600.0
PATIENCE_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0

log = logging.getLogger(__name__)


async def mailboxes(stop: asyncio.Event, box: "Letterbox | None" = None) -> None:
    """Read every mailbox that is connected and on, until `stop`. What reads letters is loaded for the first of them."""
    letterbox = box
    running: dict[str, tuple[SourceView, asyncio.Task[None]]] = {}
    try:
        while not stop.is_set():
            heed()
            try:
                wanted = {one.id: one for one in (await live_sources()).values() if one.kind == KIND}
                for source_id in [name for name, (one, _) in running.items() if wanted.get(name) != one]:
                    await _end(running.pop(source_id)[1])
                if wanted and letterbox is None:
                    from webhooks.letterbox import Letterbox

                    letterbox = Letterbox()
                for source_id, source in wanted.items():
                    if source_id not in running and letterbox is not None:
                        running[source_id] = (source, asyncio.create_task(_keep_reading(source, letterbox)))
            except Exception:
                log.exception("mailboxes: trouble, trying again")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
    finally:
        await asyncio.gather(*(_end(task) for _, task in running.values()))
        if letterbox is not None:
            await letterbox.intake.close()


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _keep_reading(source: SourceView, box: "Letterbox") -> None:
    """For ever; a server that is gone is tried again with pauses, and the sources page says why."""
    pause = FIRST_PAUSE_S
    while True:
        heed()
        connection = None
        try:
            connection = await own_connection()
            await hold(connection, LOCKS, source.id)
            await read(source, box)
            pause = FIRST_PAUSE_S
        except Exception as error:
            log.warning("mailbox %s: %s", source.id, error)
            with suppress(Exception):
                await trouble(source.id, f"{type(error).__name__}: {error}")
        finally:
            if connection is not None:
                connection.terminate()
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


async def read(source: SourceView, box: "Letterbox", *, once: bool = False) -> int:
    """One session with the server: take what is new, then wait for more (`once`: don't wait). How many were taken."""
    session = Session(source)
    taken = 0
    try:
        validity = await session.do(session.open)
        await trouble(source.id, "")
        began = asyncio.get_running_loop().time()
        while True:
            taken += await _take_new(source, session, box, validity)
            if once or asyncio.get_running_loop().time() - began > IDLE_S:
                return taken
            await session.do(session.idle, True)
            while not await session.do(session.poll):
                if asyncio.get_running_loop().time() - began > IDLE_S:
                    break
            await session.do(session.idle, False)
    finally:
        with suppress(Exception):
            await asyncio.shield(session.do(session.close))


async def _take_new(source: SourceView, session: "Session", box: "Letterbox", validity: int) -> int:
    place = await place_of(source.id)
    fresh = place.validity != validity
    uids = await session.do(session.unread if fresh else session.after, place.uid)
    if fresh:
        last = await session.do(session.last)
        place = Place(validity, 0)
    for start in range(0, len(uids), BATCH):
        batch = uids[start : start + BATCH]
        letters = await session.do(session.letters, batch)
        await asyncio.gather(*(box.take(source, raw) for raw in letters))
        await session.do(session.mark, batch)
        if not fresh:
            await move_on(source.id, Place(validity, batch[-1]))
    if fresh:
        await move_on(source.id, Place(validity, max([last, *uids])))
    return len(uids)


@dataclass
class Session:
    """The server's end, blocking: called in a thread by `do`, one call at a time; a cancelled call goes on there."""

    source: SourceView
    _box: Any = None
    _one: Any = field(default_factory=threading.Lock)

    async def do(self, call: Callable[..., Answer], *args: Any) -> Answer:
        return await asyncio.to_thread(self._alone, call, *args)

    def _alone(self, call: Callable[..., Answer], *args: Any) -> Answer:
        with self._one:
            return call(*args)

    def open(self) -> int:
        """Connect, log in, open the folder; its UIDVALIDITY."""
        from imap_tools import MailBox, MailBoxUnencrypted

        url = urlsplit(str(self.source.config["imap_url"]))
        kind = MailBox if url.scheme == "imaps" else MailBoxUnencrypted
        self._box = kind(
            url.hostname or "", port=url.port or (993 if url.scheme == "imaps" else 143), timeout=PATIENCE_S
        )
        folder = str(self.source.config.get("imap_folder") or "INBOX")
        self._box.login(self.source.config["imap_user"], self.source.secret["password"], initial_folder=folder)
        return int(self._box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])

    def after(self, uid: int) -> list[int]:
        """`*` names the last letter even when its number is lower."""
        return [one for one in self._search(f"UID {uid + 1}:*") if one > uid]

    def unread(self, _: int) -> list[int]:
        return self._search("UNSEEN")

    def last(self) -> int:
        return max(self._search("ALL"), default=0)

    def _search(self, what: str) -> list[int]:
        _, found = self._box.client.uid("SEARCH", None, what)
        return sorted(int(one) for one in (found[0] or b"").split())

    def letters(self, uids: list[int]) -> list[bytes]:
        """Raw, in any order; letters that were deleted meanwhile are missing."""
        _, found = self._box.client.uid("FETCH", ",".join(map(str, uids)), "(BODY.PEEK[])")
        return [item[1] for item in found if isinstance(item, tuple)]

    def mark(self, uids: list[int]) -> None:
        self._box.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", "(\\Seen)")

    def idle(self, on: bool) -> None:
        (self._box.idle.start if on else self._box.idle.stop)()

    def poll(self) -> bool:
        return bool(self._box.idle.poll(timeout=POLL_S))

    def close(self) -> None:
        if self._box is not None:
            self._box.client.shutdown()
