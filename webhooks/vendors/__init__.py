"""A module a vendor: the bytes in, an `Outcome` out. Nothing here touches a database or the network."""

from collections.abc import Callable

from webhooks.request import Request
from webhooks.verdict import Outcome, Source

VENDORS: dict[str, Callable[[Request, Source], Outcome]] = {}
