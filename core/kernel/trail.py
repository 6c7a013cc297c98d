"""What is being done right now, as ids: `naryad/logs.py` puts them on every line that is logged meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_ids: ContextVar[dict[str, object] | None] = ContextVar("ids", default=None)


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Ids that every line logged inside carries: update, delivery, task, order… One within another adds to it."""
    outer = _ids.get()
    token = _ids.set({**outer, **ids} if outer else ids)
    try:
        yield
    finally:
        _ids.reset(token)


def note(**ids: object) -> None:
    """It turned out meanwhile what the running `about` is about; nothing outside of one."""
    held = _ids.get()
    if held is not None:
        held.update(ids)


def ids() -> Mapping[str, object]:
    return _ids.get() or {}
