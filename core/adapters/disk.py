"""Storage in a folder: `ab/cd/abcd…`, written beside and renamed, so that a name never shows half a file."""

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path

HEX = frozenset("0123456789abcdef")


class Disk:
    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, sha256: str, data: bytes) -> None:
        place = self._place(sha256)
        await asyncio.to_thread(_write, place, data)

    async def get(self, sha256: str) -> bytes:
        return await asyncio.to_thread(self._place(sha256).read_bytes)

    async def path(self, sha256: str) -> Path | None:
        place = self._place(sha256)
        return place if await asyncio.to_thread(place.is_file) else None

    async def exists(self, sha256: str) -> bool:
        return await self.path(sha256) is not None

    def _place(self, sha256: str) -> Path:
        if len(sha256) != 64 or not HEX.issuperset(sha256):
            raise ValueError("not a sha256")
        return self._root / sha256[:2] / sha256[2:4] / sha256


def _write(place: Path, data: bytes) -> None:
    """The folder is flushed too: after a crash the name is there with all its bytes, or not at all."""
    if place.is_file() and place.stat().st_size == len(data):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=place.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o640)
        os.replace(draft, place)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    for folder in (place.parent, place.parent.parent, place.parent.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
