"""Storage that forgets: for tests and for trying the desk out."""

from pathlib import Path

from core.adapters.disk import HEX


class Memory:
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, sha256: str, data: bytes) -> None:
        self._kept.setdefault(_name(sha256), bytes(data))

    async def get(self, sha256: str) -> bytes:
        try:
            return self._kept[_name(sha256)]
        except KeyError as error:
            raise FileNotFoundError(sha256) from error

    async def path(self, sha256: str) -> Path | None:
        _name(sha256)
        return None

    async def exists(self, sha256: str) -> bool:
        return _name(sha256) in self._kept


def _name(sha256: str) -> str:
    if len(sha256) != 64 or not HEX.issuperset(sha256):
        raise ValueError("not a sha256")
    return sha256
