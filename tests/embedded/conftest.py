import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from naryad.embedded import Servers
from naryad.embedded.process import Account
from naryad.embedded.runtime import within_reach

ROOT = Path(__file__).parents[2]
Desk = tuple[subprocess.Popen[str], Servers]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder below one that only we may open, as root's home is."""
    return tmp_path / "a folder" / "desk"


def interpreter(user: str | None) -> str:
    """A Python of our version that the user may run (ours may lie in a closed folder)."""
    if user is None:
        return sys.executable
    account = Account(pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    for path in (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"):
        if Path(path).exists() and within_reach(Path(path), account) and within_reach(ROOT, account):
            return path
    pytest.skip(f"{user} may run no interpreter here")


@contextmanager
def started(home: Path, *options: str, user: str | None = None) -> Iterator[Desk]:
    process = subprocess.Popen(
        [interpreter(user), ROOT / "tests/embedded/desk_process.py", home, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "LANG": "en"},
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    assert process.stdin
    assert process.stdout
    try:
        line = process.stdout.readline()
        if not line:
            pytest.fail(process.communicate()[1])
        note = json.loads(line)
        yield process, Servers(note["database_url"], note["redis_url"], tuple(note["pids"]))
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()
        assert process.stderr
        process.stderr.close()


@pytest.fixture
def desk() -> Callable[..., object]:
    """`with desk(home) as (process, servers)`: a process of its own that owns the servers of this folder."""
    return started


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may write to."""
    with tempfile.TemporaryDirectory(prefix="naryad-open-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
