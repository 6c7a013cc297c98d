"""Reading values that other systems fill in: of any type, missing, or in a shape nobody documented."""

import re
from collections.abc import Iterable
from typing import Any

from core.kernel.errors import Refusal
from core.people.rules import normalise_phone

MAX_TEXT = 64 << 10


def at(value: Any, *path: str | int) -> Any:
    """`value[path[0]][path[1]]…`, or None where the way ends."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Any) -> str:
    """Text that a database takes: no NUL, no half of a surrogate pair; numbers in digits; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    cleaned = str(value)[:MAX_TEXT].replace("\0", "")
    return cleaned.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole(value: Any) -> int | None:
    """A whole number, written as a number or in ASCII digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value) else None


def phone(value: Any) -> str | None:
    """E.164 where it is a telephone number; an extension or a SIP address as it is; None when withheld."""
    written = text(value).strip()
    if not re.fullmatch(r"\+?[0-9 ()-]{7,}", written):
        return written or None
    try:
        return normalise_phone(written)
    except Refusal:
        return written


def last(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fields by name; of repeated ones the last wins."""
    return dict(pairs)


def filled(**values: Any) -> dict[str, Any]:
    """Only what is known: None and empty text left out."""
    return {name: value for name, value in values.items() if value not in (None, "")}
