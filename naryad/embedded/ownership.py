"""Who owns the servers of a data folder, and where others find them."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from naryad.embedded.errors import AlreadyRunning, EmbeddedError

LOCK = "lock"
NOTE = "servers.json"


@contextmanager
def owned(home: Path) -> Iterator[None]:
    """Own the folder while inside; raises AlreadyRunning when somebody else does.

    The lock is the kernel's: it ends with its process, however that ends.
    """
    prepare(home)
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _try_lock(descriptor, fcntl.LOCK_EX):
            raise AlreadyRunning(home, _owner(descriptor))
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        try:
            yield
        finally:
            (home / NOTE).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def prepare(home: Path) -> None:
    """Make the data folder, closed to other users."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError("embedded.no_folder", home=home, reason=error.strerror) from error
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise EmbeddedError("embedded.foreign", home=home)


def is_owned(home: Path) -> bool:
    """Does a living process own this folder?"""
    try:
        descriptor = os.open(home / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise EmbeddedError("embedded.foreign", home=home) from error
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def publish(home: Path, note: dict[str, Any]) -> None:
    """Tell other commands of this user how to reach the servers."""
    draft = home / f"{NOTE}.new"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(note, file)
    draft.replace(home / NOTE)


def published(home: Path) -> dict[str, Any] | None:
    """What the owner has published, or None while it is still starting."""
    with suppress(FileNotFoundError, json.JSONDecodeError):
        note: dict[str, Any] = json.loads((home / NOTE).read_text())
        return note
    return None


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> int | None:
    digits = os.pread(descriptor, 20, 0).decode(errors="replace")
    return int(digits) if digits.isdigit() else None
