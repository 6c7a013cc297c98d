"""Storage that forgets: for tests and for trying the desk out."""

from collections.abc import AsyncIterator
from pathlib import Path

from core.adapters.disk import place_of


class Memory:
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, sha256: str, data: bytes) -> None:
        self._kept.setdefault(place_of(sha256), bytes(data))

    async def get(self, sha256: str) -> bytes:
        try:
            return self._kept[place_of(sha256)]
        except KeyError as error:
            raise FileNotFoundError(sha256) from error

    async def path(self, sha256: str) -> Path | None:
        place_of(sha256)
        return None

    async def exists(self, sha256: str) -> bool:
        return place_of(sha256) in self._kept

    async def kept(self) -> AsyncIterator[tuple[str, int]]:
        for place, data in tuple(self._kept.items()):
            yield place.rpartition("/")[2], len(data)
