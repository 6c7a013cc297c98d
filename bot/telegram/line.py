"""What waits for one chat, in the order in which the chat must see it."""

import time
from collections import deque
from dataclasses import dataclass, field

from bot.telegram.limits import Bucket, Limits
from core.outbox.actions import Queued


@dataclass(slots=True)
class Line:
    """`last` is the highest number that was taken over: the next one follows without a gap, or the table is read.
    None: nothing is known of the chat yet. `not_before` (monotonic) holds the line back; `steps` counts the calls of
    the head that are done already."""

    chat_id: int
    chat: Bucket
    group: Bucket | None
    last: int | None = None
    waiting: deque[Queued] = field(default_factory=deque)
    busy: bool = False
    not_before: float = 0.0
    troubles: int = 0
    steps: int = 0

    def wait(self) -> float:
        """Seconds until the chat may get its next message."""
        pause = max(0.0, self.not_before - time.monotonic())
        pause = max(pause, self.chat.wait())
        return max(pause, self.group.wait()) if self.group else pause

    def spend(self) -> None:
        self.chat.take()
        if self.group:
            self.group.take()

    def hold(self, seconds: float) -> None:
        self.not_before = max(self.not_before, time.monotonic() + seconds)

    def follow(self, notice: Queued) -> bool:
        """Take over the next notice; False when some before it are missing."""
        if self.last is None or notice.seq > self.last + 1:
            return False
        if notice.seq == self.last + 1:
            self.waiting.append(notice)
            self.last = notice.seq
        return True

    def coalesce(self) -> list[Queued]:
        """Where newer versions of the head's card wait, the newest takes the head's place; what became needless."""
        head = self.waiting[0]
        if head.card is None or head.op == "erase" or self.steps:
            return []
        same = [one for one in self.waiting if one.card == head.card and one.op in (head.op, "erase")]
        erased = next((n for n, one in enumerate(same) if one.op == "erase"), len(same))
        same = same[:erased]
        if len(same) < 2:
            return []
        newest = max(same, key=lambda one: (one.revision, one.seq))
        needless = [one for one in same if one is not newest]
        gone = {one.id for one in same}
        self.waiting = deque((newest, *(one for one in self.waiting if one.id not in gone)))
        return needless


def new_line(chat_id: int, limits: Limits) -> Line:
    """A group has a negative id."""
    group = Bucket(limits.group_per_minute / 60, limits.group_per_minute) if chat_id < 0 else None
    return Line(chat_id, Bucket(limits.chat_per_second, limits.chat_burst), group)
