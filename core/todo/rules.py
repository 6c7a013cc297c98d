"""What comes first, what says the same twice, and what the likely answer is. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

KINDS = (
    *("late", "sla", "nobody", "message", "call", "plan", "unheard", "paused", "left"),
    *("request", "letter", "twins", "absence", "rating", "delivery"),
)
"""The most pressing first."""
ON_THE_WAY = ("late", "sla", "nobody")
"""Kinds that ask for one decision, who goes and when: of one job only the first is shown."""
SETTLED = ("unheard", "rating")
"""Kinds that end when somebody says that they are dealt with; the others end by themselves."""
HELP = ("nobody_fits", "exhausted", "manual")
FIRST_HOUR, LAST_START, HOURS = 9, 20, 3


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for a person. `id` with `kind` names it: a job's for `late`, `nobody`, `paused` and `left`.
    `who` it concerns, `what` they said, `detail` a code of the kind (why nobody goes, which deadline, with what outcome
    work was left, the cause of a plan, the marks, the other order of a pair). `since` it waits, `due_at` a moment that
    matters (a deadline, a promised call, the expected arrival). `job_id`: the job that it is about, else the one that
    its order's state speaks of. `asleep`: somebody put it off."""

    kind: str
    id: int
    order: int | None
    who: str
    phone: str
    summary: str
    what: str
    detail: str
    since: datetime
    due_at: datetime | None
    group_id: int | None = None
    job_id: int | None = None
    job_revision: int = 0
    technician_id: int | None = None
    technician: str | None = None
    asleep: bool = False
    best: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def answer(self) -> str:
        """The likely one: give (to the best candidate), choose, remind, move, reply, accept, call, make, open,
        merge, approve, visit (come again)."""
        if self.kind in ("sla", "nobody"):
            return "remind" if self.technician_id else "give" if self.best else "choose"
        if self.kind == "late":
            return "move" if self.detail == "assigned" else "reply"
        return _ANSWERS[self.kind]

    @property
    def outside(self) -> bool:
        """A contractor might be the answer: nobody has the job."""
        return self.kind in ("sla", "nobody") and self.technician_id is None and self.job_id is not None

    @property
    def title(self) -> str:
        """Which words say what is wrong: `late.travelling`, `sla.arrival`, `left.no_access`, `nobody.exhausted`, else
        the kind."""
        if self.kind in ("late", "sla", "left"):
            return f"{self.kind}.{self.detail}"
        if self.kind == "nobody":
            return f"nobody.{self.detail if self.detail in HELP else 'other'}"
        return self.kind

    @property
    def done_by(self) -> str | None:
        """What a word that it is dealt with does: `called` (the call was returned), `leave` (nobody comes again),
        `settle`; None: it ends itself."""
        if self.kind in SETTLED:
            return "settle"
        return {"call": "called", "letter": "called", "left": "leave"}.get(self.kind)


_ANSWERS = {
    "message": "reply",
    "paused": "remind",
    "left": "visit",
    "plan": "accept",
    "call": "call",
    "request": "make",
    "letter": "open",
    "unheard": "call",
    "rating": "call",
    "twins": "merge",
    "absence": "approve",
    "delivery": "open",
}


def ordered(items: Iterable[Item]) -> list[Item]:
    """The queue: each job's question of who goes once, without what is asleep, the pressing and the oldest first."""
    kept: list[Item] = []
    asked: set[tuple[int, int | None]] = set()
    for item in sorted(items, key=lambda one: (KINDS.index(one.kind), one.since, one.id)):
        if item.kind in ON_THE_WAY and item.order is not None:
            if (item.order, item.job_id) in asked:
                continue
            asked.add((item.order, item.job_id))
        kept.append(item)
    return [item for item in kept if not item.asleep]


def next_window(at: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Three hours from the next full hour that is at least half an hour away, within the day; else tomorrow morning."""
    local = (at + timedelta(minutes=30)).astimezone(zone)
    hour = local.hour + 1
    day = local.date()
    if hour >= LAST_START:
        day, hour = day + timedelta(days=1), FIRST_HOUR
    hour = max(hour, FIRST_HOUR)
    start, end = (datetime.combine(day, time(one), zone) for one in (hour, hour + HOURS))
    return start, end


def split_key(key: str) -> tuple[str, int] | None:
    """`late:12` as kind and number; None for what names no item."""
    kind, _, number = key.partition(":")
    known = kind in KINDS and number.isascii() and number.isdigit() and len(number) <= 18
    return (kind, int(number)) if known else None
