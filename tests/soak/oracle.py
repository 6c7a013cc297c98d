"""What should have happened when, from what people did and from the desk's settings alone: sums of minutes, nothing of
the desk's own code. `Story` is what is known of one order; each list of due moments is in order.

Where the clock was moved over several warnings of one deadline they are one; where it was moved over the deadline too,
only that is told: so the desk promises."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SHARES = (0.5, 0.8)
NARROW = timedelta(seconds=3)
"""What falls so near to an end may have come before it or not."""

Seen = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Expected:
    """`perhaps`: it fell so near to what ended it that it may be missing. `over`: from when on it would be wrong."""

    what: str
    key: str
    due: datetime
    perhaps: bool = False
    over: datetime | None = None


@dataclass(slots=True)
class Clocked:
    """One deadline: when it began and with how many minutes, then begun anew with others; when it stood; its end."""

    kind: str
    start: datetime
    minutes: int
    stood: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    end: datetime | None = None

    def at(self, share: float) -> datetime | None:
        """When this share of its time has run, None when it stands before."""
        left = timedelta(minutes=self.minutes * share)
        since = self.start
        for begun, over in self.stood:
            if since + left <= begun:
                return since + left
            left -= begun - since
            if over is None:
                return None
            since = over
        return since + left


def deadline(order_id: int, one: Clocked, seen: Seen, until: datetime) -> Iterator[Expected]:
    """Its warnings and its breach."""
    end = min(one.end or until, until)
    breach = one.at(1.0)
    key = f"{order_id}:{one.kind}"
    told: dict[datetime, datetime] = {}
    for share in SHARES:
        due = one.at(share)
        if due is None or due > end + NARROW:
            continue
        face = seen(due)
        if breach is not None and breach <= face:
            continue
        told.setdefault(face, due)
    for face, due in told.items():
        if face <= end + NARROW:
            yield Expected("near", key, due, perhaps=face > end - NARROW)
    if breach is not None and breach <= end + NARROW and seen(breach) <= end + NARROW:
        yield Expected("breach", key, breach, perhaps=seen(breach) > end - NARROW)


def steps(
    what: str, key: str, since: datetime, after: tuple[int, ...], end: datetime, seen: Seen
) -> Iterator[Expected]:
    """The steps of a ladder that begins at `since`, until it ends."""
    for seconds in after:
        due = since + timedelta(seconds=seconds)
        face = seen(due)
        if face <= end + NARROW:
            yield Expected(what, f"{key}:{seconds}", due, perhaps=face > end - NARROW, over=end)


def single(what: str, key: str, due: datetime, end: datetime, seen: Seen) -> Iterator[Expected]:
    """Once at `due`, unless something ended it before."""
    if seen(due) <= end + NARROW:
        yield Expected(what, key, due, perhaps=seen(due) > end - NARROW)


def repeated(what: str, key: str, first: datetime, every: timedelta, end: datetime) -> Iterator[Expected]:
    at = first
    while at < end:
        yield Expected(what, key, at)
        at += every
