"""What is being done right now, as ids: `naryad/logs.py` puts them on every line that is logged meanwhile."""

from collections.abc import Mapping
from contextvars import ContextVar

_ids: ContextVar[dict[str, object] | None] = ContextVar("ids", default=None)


class about:
    """Ids that every line logged inside carries: update, delivery, task, order… One within another adds to it."""

    __slots__ = ("_added", "_token")

    def __init__(self, **ids: object) -> None:
        self._added = ids

    def __enter__(self) -> None:
        outer = _ids.get()
        self._token = _ids.set({**outer, **self._added} if outer else self._added)

    def __exit__(self, *_: object) -> None:
        _ids.reset(self._token)


def note(**ids: object) -> None:
    """It turned out meanwhile what the running `about` is about; nothing outside of one."""
    held = _ids.get()
    if held is not None:
        held.update(ids)


def ids() -> Mapping[str, object]:
    return _ids.get() or {}
