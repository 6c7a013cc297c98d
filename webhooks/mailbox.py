"""Mailboxes read by IMAP: what is there, then whatever IDLE announces. A letter is marked as read, and the box's place
moved on, only after it was committed; whatever breaks in between, the same letter comes again and is nothing.

One process reads a box, elected by an advisory lock. UIDVALIDITY that changed means that numbers mean nothing any more:
what is unread is read then, and what was taken before is known by its Message-ID.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from core.kernel.errors import Outage
from core.sources.boxes import Place, move_on, place_of, trouble
from core.sources.queries import SourceView
from webhooks import held

if TYPE_CHECKING:
    from webhooks.letterbox import Letterbox

Answer = TypeVar("Answer")
KIND = "imap"
LOCKS = 7_306
BATCH = 25
POLL_S = 1.0
IDLE_S = 600.0
PATIENCE_S = 30.0


async def mailboxes(stop: asyncio.Event, box: "Letterbox | None" = None) -> None:
    """Read every mailbox that is connected and on, until `stop`. What reads letters is loaded for the first of them."""
    letterbox = box

    def begin(source: SourceView) -> Coroutine[Any, Any, None]:
        nonlocal letterbox
        if letterbox is None:
            from webhooks.letterbox import Letterbox

            letterbox = Letterbox()
        return _keep_reading(source, letterbox)

    try:
        await held.attend(stop, KIND, begin)
    finally:
        if letterbox is not None:
            await letterbox.intake.close()


async def _keep_reading(source: SourceView, box: "Letterbox") -> None:
    await held.keep(source, LOCKS, lambda: read(source, box))


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
    lacking: Outage | None = None
    for start in range(0, len(uids), BATCH):
        letters, here, why = await _letters(session, uids[start : start + BATCH])
        lacking = lacking or why
        if why and not here:
            break
        await asyncio.gather(*(box.take(source, raw) for raw in letters))
        await session.do(session.mark, here)
        if not fresh and lacking is None:
            await move_on(source.id, Place(validity, here[-1]))
    if lacking is not None:
        raise lacking
    if fresh:
        await move_on(source.id, Place(validity, max([last, *uids])))
    return len(uids)


async def _letters(session: "Session", uids: list[int]) -> tuple[list[bytes], list[int], Outage | None]:
    """What can be had, the numbers of it, and why the rest can't be: one letter that the server can't read keeps none
    of the others from us, and is asked for again."""
    try:
        return await session.do(session.letters, uids), uids, None
    except Outage as outage:
        why = outage
    letters, here = [], []
    for uid in uids:
        with suppress(Outage):
            letters += await session.do(session.letters, [uid])
            here.append(uid)
    return letters, here, why


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
        found = self._asked("SEARCH", None, what)
        return sorted(int(one) for one in (found[0] or b"").split())

    def letters(self, uids: list[int]) -> list[bytes]:
        """Raw, in any order; letters that were deleted meanwhile are missing."""
        found = self._asked("FETCH", ",".join(map(str, uids)), "(BODY.PEEK[])")
        return [item[1] for item in found if isinstance(item, tuple)]

    def _asked(self, command: str, *args: str | None) -> list[Any]:
        """What the server answers. Outage when it says NO: then the letters are there, but can't be had now."""
        status, found = self._box.client.uid(command, *args)
        if status != "OK":
            said = (found[0] or b"").decode("utf-8", "replace") if found else ""
            raise Outage(KIND, f"{command}: {status} {said}".strip())
        return list(found)

    def mark(self, uids: list[int]) -> None:
        self._box.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", "(\\Seen)")

    def idle(self, on: bool) -> None:
        (self._box.idle.start if on else self._box.idle.stop)()

    def poll(self) -> bool:
        return bool(self._box.idle.poll(timeout=POLL_S))

    def close(self) -> None:
        if self._box is not None:
            self._box.client.shutdown()
