"""Scores. Pure."""

from collections.abc import Iterable

from core.kernel.errors import Refusal

MARKS = ("speed", "accuracy", "communication")
MAX_COMMENT = 2_000


def check_mark(value: int) -> int:
    """1 to 5; `ratings.bad_mark` otherwise."""
    if type(value) is not int or not 1 <= value <= 5:
        raise Refusal("ratings.bad_mark")
    return value


def is_low(marks: Iterable[int | None], threshold: int) -> bool:
    """Whether any mark that was given is at or below the company's threshold."""
    return any(mark is not None and mark <= threshold for mark in marks)


def average(marks: Iterable[int | None]) -> float | None:
    """The mean of what was given, to a hundredth; None of nothing."""
    given = [mark for mark in marks if mark is not None]
    return round(sum(given) / len(given), 2) if given else None
