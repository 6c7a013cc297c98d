"""A desk as one file: `database.sql`, `files/…`, `secret` and, at the end, `manifest.json` with every sha256.

The database is one consistent snapshot; it is taken before the files, which are only ever added, so that every
file the snapshot names is there. The archive is a gzipped tar: `tar -tzf` lists it, `psql` reads the dump.
"""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from naryad.errors import OperatorError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.sql"
SECRET = "secret"
FILES = "files"
ALLOWED = re.compile(rf"{DATABASE}|{SECRET}|{FILES}/.+")
CHUNK = 1024 * 1024

Advance = Callable[[int], None]


class BadArchive(OperatorError):
    """The file is no backup of a desk, or it is damaged."""


@dataclass
class Manifest:
    """What the archive holds: entries are name to {"sha256", "size"}; migrations are those of its schema."""

    made_at: str
    server: str
    migrations: list[str]
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    def dumps(self) -> bytes:
        return json.dumps(self.__dict__, indent=1, ensure_ascii=False).encode()


class Writer:
    """Adds entries to a new archive; `close` writes the manifest. An archive without one is refused."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self._manifest = manifest
        self._tar = tarfile.open(path, "w:gz", compresslevel=3)  # noqa: SIM115 - closed by close()
        path.chmod(0o600)

    def add(self, name: str, source: Path, advance: Advance) -> None:
        with source.open("rb") as file:
            entry = tarfile.TarInfo(name)
            entry.size = source.stat().st_size
            entry.mode = 0o600
            reader = _Hashing(file, entry.size, advance)
            self._tar.addfile(entry, reader)
        self._manifest.entries[name] = {"sha256": reader.digest, "size": entry.size}

    def close(self) -> None:
        content = self._manifest.dumps()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(content)
        self._tar.addfile(entry, io.BytesIO(content))
        self._tar.close()


def unpack(path: Path, folder: Path, advance: Advance) -> Manifest:
    """Extract into an empty folder and check every byte; BadArchive says what is wrong with it."""
    found: dict[str, dict[str, Any]] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(path, "r|gz") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise BadArchive("archive.strange", path=path, name=entry.name)
                if entry.name == MANIFEST:
                    manifest = _manifest(content.read(), path)
                else:
                    found[entry.name] = _extract(content, _place(folder, entry.name, path), advance)
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.filename == str(path):
            raise BadArchive("archive.unreadable", path=path, reason=error.strerror) from None
        raise BadArchive("archive.damaged", path=path) from error
    if manifest is None:
        raise BadArchive("archive.unfinished", path=path)
    for name in manifest.entries.keys() | found.keys():
        if manifest.entries.get(name) != found.get(name):
            raise BadArchive("archive.differs", path=path, name=name)
    return manifest


def _manifest(content: bytes, path: Path) -> Manifest:
    try:
        return _known(Manifest(**json.loads(content)), path)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadArchive("archive.damaged", path=path) from error


def _known(manifest: Manifest, path: Path) -> Manifest:
    if manifest.format != FORMAT:
        raise BadArchive("archive.newer", path=path)
    lists, named = isinstance(manifest.migrations, list), isinstance(manifest.entries, dict)
    if not (lists and named and all(isinstance(name, str) for name in manifest.migrations)):
        raise TypeError("a manifest of another shape")
    return manifest


def _place(folder: Path, name: str, path: Path) -> Path:
    if not ALLOWED.fullmatch(name) or ".." in PurePosixPath(name).parts:
        raise BadArchive("archive.strange", path=path, name=name)
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _extract(content: IO[bytes], target: Path, advance: Advance) -> dict[str, Any]:
    digest = hashlib.sha256()
    size = 0
    with target.open("wb") as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            advance(len(chunk))
    return {"sha256": digest.hexdigest(), "size": size}


class _Hashing:
    """A file of a promised size, hashed while it is read; one that has become shorter ends the backup."""

    def __init__(self, file: IO[bytes], size: int, advance: Advance) -> None:
        self._file = file
        self._left = size
        self._advance = advance
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        self._digest.update(chunk)
        self._advance(len(chunk))
        return chunk
