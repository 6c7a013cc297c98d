"""Named places where a test can let the process die, as kill -9 would: between any two steps that outlive it.

`NARYAD_FAILPOINT=work.before_commit:3` ends the process when that place is reached for the third time. `arm()` does
the same in a process that is already running (a fork). Unarmed, a place costs one call.
"""

import os
from collections import Counter

EXIT = 86

_armed: str | None = None
_left = 0
_seen: Counter[str] | None = None


def arm(spec: str | None) -> None:
    """`name` or `name:nth`; None disarms."""
    global _armed, _left
    name, _, nth = (spec or "").partition(":")
    _armed, _left = name or None, int(nth or 1)


def count() -> Counter[str]:
    """Start counting the places that are passed; for a test that wants to know them all."""
    global _seen
    _seen = Counter()
    return _seen


def hit(name: str) -> None:
    """This is the place called `name`."""
    global _left
    if _seen is not None:
        _seen[name] += 1
    if _armed == name:
        _left -= 1
        if _left == 0:
            os._exit(EXIT)


arm(os.environ.get("NARYAD_FAILPOINT"))
