"""The promise of `ports.Storage`, kept by the folder, by a bucket and by their twin."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.adapters.disk import Disk
from core.adapters.memory import Memory
from core.adapters.s3 import S3, BadBucket, read_bucket
from core.kernel.errors import Outage
from core.ports import Storage

DATA = b"a photo of a compressor"
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["disk", "s3", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        return S3(read_bucket(request.getfixturevalue("bucket")))
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


async def test_it_lists_all_that_was_put(storage: Storage) -> None:
    more = {hashlib.sha256(data).hexdigest(): data for data in (b"", DATA, b"\0" * 3_000)}
    for name, data in more.items():
        await storage.put(name, data)
        await storage.put(name, data)
    assert sorted([one async for one in storage.kept()]) == sorted((name, len(data)) for name, data in more.items())


async def test_it_holds_what_is_far_larger_than_a_photo(storage: Storage) -> None:
    data = os.urandom(1 << 20) * 12
    name = hashlib.sha256(data).hexdigest()
    await storage.put(name, data)
    assert await storage.get(name) == data


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
    with pytest.raises(Outage, match="No space"):
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


async def test_only_files_of_ours_are_listed(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    await disk.put(NAME, DATA)
    for stray in (".draft-x", f"{NAME[:2]}/.draft-y", NAME, "notes.txt"):
        (tmp_path / stray).write_bytes(b"?")
    assert [one async for one in disk.kept()] == [(NAME, len(DATA))]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda url: url.replace("@", "0@"), "SignatureDoesNotMatch|PermissionDenied"),
        (lambda url: url.replace("//", "//0"), "InvalidAccessKeyId|PermissionDenied"),
        (lambda url: url.replace("/files", "/nobody-has-it"), "NoSuchBucket"),
        (lambda url: "s3+http://key:secret@127.0.0.1:1/files", "no answer"),
    ],
    ids=["secret", "key", "bucket", "server"],
)
async def test_a_bucket_that_cannot_be_used_is_an_outage(bucket: str, spoil: Callable[[str], str], why: str) -> None:
    """Never a file that is lost, and no secret in the words."""
    broken = S3(read_bucket(spoil(bucket)))
    for asked in (broken.put(NAME, DATA), broken.get(NAME), anext(broken.kept())):
        with pytest.raises(Outage, match=f"^storage: ({why})$"):
            await asked


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("ftp://key:secret@host/bucket", "scheme"),
        ("s3://host/bucket", "key"),
        ("s3://key@host/bucket", "secret"),
        ("s3://key:secret@/bucket", "host"),
        ("s3://key:secret@host", "bucket"),
        ("s3://key:secret@host/Bucket", "bucket"),
        ("s3://key:secret@host:x/bucket", "options"),
        ("s3://key:secret@host/bucket?regoin=eu", "options"),
        ("s3://key:secret@host/bucket?region", "options"),
    ],
)
def test_an_address_that_names_no_bucket(url: str, wrong: str) -> None:
    with pytest.raises(BadBucket, match=f"^{wrong}$"):
        read_bucket(url)


def test_all_parts_of_an_address_are_read() -> None:
    found = read_bucket("s3://a%40b:c%2Fd%3Ae@storage.example.com:9000/our.files/desk/one?region=ru-1")
    assert (found.endpoint, found.name, found.folder, found.region) == (
        *("https://storage.example.com:9000", "our.files", "desk/one", "ru-1"),
    )
    assert (found.key, found.secret) == ("a@b", "c/d:e")
    assert "c/d" not in repr(found)
