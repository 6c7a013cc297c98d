"""Long lists by pages."""

from collections.abc import Sequence
from typing import TypeVar

from bot.view import Button

T = TypeVar("T")


def page_of(items: Sequence[T], page: int, size: int) -> tuple[Sequence[T], int, bool]:
    """The items of a page (from 0), the page that there really is, and whether there are more after it."""
    last = max(0, (len(items) - 1) // size)
    page = min(max(page, 0), last)
    return items[page * size : (page + 1) * size], page, page < last


def arrows(
    verb: str, id: int, revision: int, page: int, more: bool, prefix: str = ""
) -> tuple[tuple[Button, ...], ...]:
    """‹ and › where there is somewhere to go; the extra is `prefix` and the page. No row at all for a single page."""
    row = []
    if page > 0:
        row.append(Button("‹", verb, id, revision, f"{prefix}{page - 1}"))
    if more:
        row.append(Button("›", verb, id, revision, f"{prefix}{page + 1}"))
    return (tuple(row),) if row else ()


def number(text: str, default: int = 0) -> int:
    """A small number from a button's extra; `default` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default
