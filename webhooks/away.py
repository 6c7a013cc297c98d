"""What the door does while the tables are out of reach: each delivery is answered 503 at once, so that its vendor
brings it again, and one in a while tries whether they are back. A vendor that waits for us would give us up."""

import logging
import time

from aiohttp import web

from core.kernel.trouble import LOST

PAUSE_S = 0.25
COME_AGAIN_S = 2
PATIENCE_S = 1.0
SILENT_S = 3.0
BYTES_PER_S = 8 << 20
GONE = (TimeoutError, *LOST)

log = logging.getLogger(__name__)


class Away:
    """Of one process. Tables that are only slow take many deliveries at a time: they are not away as long as they take
    any."""

    def __init__(self) -> None:
        self._down = False
        self._try_at = 0.0
        self._there_at = 0.0

    def stands(self) -> bool:
        """False when the tables are there, as far as we know, and for whoever is to try them next."""
        if not self._down:
            return False
        if time.monotonic() < self._try_at:
            return True
        self._try_at = time.monotonic() + PAUSE_S
        return False

    def begins(self, error: BaseException) -> None:
        if isinstance(error, TimeoutError) and time.monotonic() - self._there_at < SILENT_S:
            return
        self._try_at = time.monotonic() + PAUSE_S
        if not self._down:
            self._down = True
            log.warning("deliveries are answered 503: the tables are out of reach: %s", repr(error)[:200])

    def ends(self) -> None:
        self._there_at = time.monotonic()
        if self._down:
            self._down = False
            log.warning("the tables are there again, deliveries are taken")


def patience(size: int) -> float:
    """Seconds for a delivery of so many bytes to be kept; vendors of small ones hang up after 1.5."""
    return PATIENCE_S + size / BYTES_PER_S


def later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(COME_AGAIN_S)})
