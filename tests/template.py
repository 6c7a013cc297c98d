"""The migrated database that every test's database is copied from.

Migrating takes seconds, so its outcome is kept in pytest's cache as SQL, under the digest of all that it
depends on; a fresh clone, and any change of a migration, migrates for real. Several test processes may fill it at once.
"""

import hashlib
import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from naryad.embedded.runtime import postgres_bin
from naryad.migrate import migrate

ROOT = Path(__file__).parents[1]
SOURCES = ("core/migrations/**/*.py", "core/migrations/**/*.sql", "core/kernel/database.py", "core/kernel/migrating.py")


async def fill(database_url: str, cache: Path) -> None:
    """Bring an empty database to the newest schema."""
    kept = cache / f"{_digest()}.sql"
    if kept.exists():
        _run("psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-1", "-f", str(kept), "-d", database_url)
        return
    await migrate(database_url)
    draft = kept.with_suffix(f".{os.getpid()}")
    _run("pg_dump", "--no-owner", "-f", str(draft), "-d", database_url)
    for outdated in cache.glob("*.sql"):
        outdated.unlink(missing_ok=True)
    draft.replace(kept)


def _digest() -> str:
    digest = hashlib.sha256(version("tortoise-orm").encode())
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _run(program: str, *arguments: str) -> None:
    subprocess.run([postgres_bin(None) / program, *arguments], check=True, stdout=subprocess.DEVNULL)
