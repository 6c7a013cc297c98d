"""Storage in a folder: `ab/cd/abcd…`, written beside and renamed, so that a name never shows half a file."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.kernel.errors import Outage

HEX = frozenset("0123456789abcdef")
POWER = "storage"


def place_of(sha256: str) -> str:
    """Where a file lies, in a folder and in a bucket alike. ValueError for what is no sha256."""
    if len(sha256) != 64 or not HEX.issuperset(sha256):
        raise ValueError("not a sha256")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def name_at(place: str) -> str | None:
    """The sha256 of what lies there; None for anything that is not ours."""
    name = place.rpartition("/")[2]
    try:
        return name if place_of(name) == place else None
    except ValueError:
        return None


class Disk:
    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, sha256: str, data: bytes) -> None:
        place = self._place(sha256)
        with _asking():
            await asyncio.to_thread(_write, place, data)

    async def get(self, sha256: str) -> bytes:
        place = self._place(sha256)
        with _asking():
            return await asyncio.to_thread(place.read_bytes)

    async def path(self, sha256: str) -> Path | None:
        place = self._place(sha256)
        return place if await asyncio.to_thread(place.is_file) else None

    async def exists(self, sha256: str) -> bool:
        return await self.path(sha256) is not None

    async def kept(self) -> AsyncIterator[tuple[str, int]]:
        with _asking():
            found = await asyncio.to_thread(_found, self._root)
        for one in found:
            yield one

    def _place(self, sha256: str) -> Path:
        return self._root / place_of(sha256)


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Outage(POWER, error.strerror or type(error).__name__) from error


def _found(root: Path) -> list[tuple[str, int]]:
    places = [(path, name_at(path.relative_to(root).as_posix())) for path in root.rglob("*") if path.is_file()]
    return sorted((name, path.stat().st_size) for path, name in places if name)


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
