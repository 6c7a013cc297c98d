"""When a call stood in which bridges. Pure.

A recording of a bridge belongs to the calls that were in it meanwhile: a bridge may stand for days, and calls come and
go. `{bridge: [entered, left]}`, moments in milliseconds; `left` is None while it is there. Notices come in any order.
"""

from collections.abc import Mapping
from datetime import datetime

from core.sources.queries import short

Stays = dict[str, list[int | None]]
MOST = 20
LATE_MS = 2_000
"""How much later than the end of a recording we may hear that a call entered."""


def moment(at: datetime) -> int:
    """In milliseconds."""
    return int(at.timestamp() * 1000)


def entered(known: Mapping[str, list[int | None]], bridge: str, at: int) -> Stays:
    """Of a call that was there before, the time between counts too."""
    first, left = known.get(short(bridge)) or (at, None)
    gone = left if left is not None and left >= at else None
    return _newest({**known, short(bridge): [min(first or at, at), gone]})


def left(known: Mapping[str, list[int | None]], bridge: str, at: int) -> Stays:
    first, gone = known.get(short(bridge)) or (at, None)
    return _newest({**known, short(bridge): [min(first or at, at), max(gone or at, at)]})


def ended(known: Mapping[str, list[int | None]], at: int) -> Stays:
    """Whoever hung up is in no bridge any more."""
    return {bridge: [first, at if gone is None else gone] for bridge, (first, gone) in known.items()}


def was_in(known: Mapping[str, list[int | None]], bridge: str, begin: int, end: int) -> bool:
    if short(bridge) not in known:
        return False
    first, gone = known[short(bridge)]
    return (first or 0) <= end + LATE_MS and (gone is None or gone >= begin)


def _newest(stays: Stays) -> Stays:
    """The bridges that were entered last."""
    return dict(sorted(stays.items(), key=lambda one: one[1][0] or 0)[-MOST:])
