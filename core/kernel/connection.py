"""A connection that knows PostgreSQL's own types without asking.

asyncpg asks the server about each kind of array once for each connection, with a query that takes longer to plan than
most of ours take to run; a desk that begins opens some thirty connections. PostgreSQL's own types are the same in every
database, so a process asks about each of them once.
"""

from collections.abc import Collection
from typing import Any

import asyncpg

FIRST_OF_OTHERS = 16384
"""`FirstNormalObjectId`: below stand types of PostgreSQL itself."""

_known: dict[int, list[Any]] = {}


class _Told:
    """Stands for the statement that would have asked; its `name` tells asyncpg that it took no other's place."""

    name = "told before"


class Connection(asyncpg.Connection):  # type: ignore[misc]
    __slots__ = ()

    async def _introspect_types(self, typeoids: Collection[int], timeout: float | None) -> tuple[list[Any], Any]:
        if max(typeoids) >= FIRST_OF_OTHERS:
            asked: tuple[list[Any], Any] = await super()._introspect_types(typeoids, timeout)
            return asked
        said: Any = _Told
        for number in set(typeoids) - _known.keys():
            _known[number], said = await super()._introspect_types((number,), timeout)
        return [row for number in typeoids for row in _known[number]], said
