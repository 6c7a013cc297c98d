"""The desk's clock: real time plus one stored offset, which only the demo's simulator sets.

Rows, update dates and signed dates are stamped by `now()`; SQL never calls its own. Leases, rate limits and
back-off use `time.monotonic()`, which no offset moves.
"""

from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC. The offset is in seconds, forward only in practice, and is loaded at start from the company's row."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> float:
        return self._offset.total_seconds()

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._offset = timedelta(seconds=seconds)


clock = Clock()


def now() -> datetime:
    """The desk's present, aware UTC."""
    return clock.now()
