"""The promise of `ports.Storage`, kept by the folder and by its twin."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from core.adapters.disk import Disk
from core.adapters.memory import Memory
from core.ports import Storage

DATA = b"a photo of a compressor"
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["disk", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return Disk(tmp_path / "files") if request.param == "disk" else Memory()


async def test_it_gives_back_what_was_put(storage: Storage) -> None:
    assert not await storage.exists(NAME)
    await storage.put(NAME, DATA)
    assert await storage.get(NAME) == DATA
    assert await storage.exists(NAME)
    path = await storage.path(NAME)
    assert path is None or path.read_bytes() == DATA


async def test_it_says_what_it_has_not(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.get(NAME)
    assert await storage.path(NAME) is None


async def test_the_same_bytes_may_be_put_by_many_at_once(storage: Storage) -> None:
    await asyncio.gather(*(storage.put(NAME, DATA) for _ in range(8)))
    assert await storage.get(NAME) == DATA


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, NAME[:-1], NAME + "0", "/" * 64])
async def test_a_name_is_a_digest(storage: Storage, name: str) -> None:
    for refused in (storage.put(name, DATA), storage.get(name), storage.path(name), storage.exists(name)):
        with pytest.raises(ValueError, match="sha256"):
            await refused


async def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await Disk(tmp_path).put(NAME, DATA)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


async def test_half_a_file_is_mended(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    await disk.put(NAME, DATA)
    place = await disk.path(NAME)
    assert place is not None
    place.write_bytes(DATA[:5])
    await disk.put(NAME, DATA)
    assert await disk.get(NAME) == DATA
