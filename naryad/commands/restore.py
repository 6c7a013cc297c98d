"""`naryad restore FILE`: a desk as it was. The file is checked to the last byte before anything is touched."""

import asyncio
import os
import pkgutil
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from naryad.commands import prepare
from naryad.errors import OperatorError, terminal_words

if TYPE_CHECKING:
    from naryad.archive import Manifest
    from naryad.embedded import Servers
    from naryad.settings import Settings

say = terminal_words()


def restore(
    file: Annotated[Path, typer.Argument(help=say.text("help.restore.file"))],
    force: Annotated[bool, typer.Option("--force", help=say.text("help.restore.force"))] = False,
) -> None:
    from naryad.archive import SECRET

    settings = prepare()
    manifest = asyncio.run(_restore(settings, file, force))
    typer.echo(say.text("restore.done", made_at=manifest.made_at, files=len(manifest.entries)))
    if SECRET not in manifest.entries and not settings.secret:
        typer.echo(say.text("restore.no_secret"))


async def _restore(settings: "Settings", file: Path, force: bool) -> "Manifest":
    from naryad.embedded import AlreadyRunning, join, open_servers
    from naryad.embedded.ownership import prepare as prepare_home

    if not settings.database_url and join(settings.home):
        raise AlreadyRunning(settings.home, None)
    prepare_home(settings.home)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.home) as name:
        folder = Path(name)
        manifest = await asyncio.to_thread(_checked, file, folder)
        _check_secret(settings, file, folder)
        async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
            await _refuse_used(servers.database_url, settings, force)
            if settings.files_url:
                await _put_all(settings, folder)
            await asyncio.to_thread(_replace, settings, servers.database_url, folder)
            await _forget_cache(servers, settings.redis_prefix)
            if set(manifest.migrations) != _known_migrations():
                from naryad.migrate import migrate

                await migrate(servers.database_url)
    return manifest


def _checked(file: Path, folder: Path) -> "Manifest":
    from naryad.archive import BadArchive, unpack
    from naryad.progress import progress

    if not file.is_file():
        raise BadArchive("archive.missing", path=file)
    with progress() as bar:
        manifest = unpack(file, folder, bar(say.text("restore.checking"), None))
    if unknown := set(manifest.migrations) - _known_migrations():
        raise BadArchive("archive.newer_schema", path=file, name=max(unknown))
    return manifest


def _check_secret(settings: "Settings", file: Path, folder: Path) -> None:
    """What the copy's own secret has signed and sealed, printed labels too, must be read by those that are set here."""
    from naryad.archive import SECRET

    path = folder / SECRET
    if settings.secret and path.exists() and path.read_text().strip() not in settings.secret:
        raise OperatorError("restore.other_secret", path=file)


def _known_migrations() -> set[str]:
    import core.migrations

    return {module.name for module in pkgutil.iter_modules(core.migrations.__path__)}


async def _refuse_used(database_url: str, settings: "Settings", force: bool) -> None:
    """A database that others use is never touched; one that holds anything only by force."""
    import asyncpg

    try:
        connection = await asyncpg.connect(database_url)
    except (OSError, asyncpg.PostgresError) as error:
        raise OperatorError("database.unreachable", reason=error) from error
    try:
        others = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    if others:
        raise OperatorError("restore.in_use", count=others)
    if not force and (tables or await _holds_something(settings)):
        raise OperatorError("restore.not_empty")


async def _holds_something(settings: "Settings") -> bool:
    from core.kernel.errors import Outage
    from naryad.wiring import storage_for

    if not settings.files_url:
        return settings.files.is_dir() and any(settings.files.iterdir())
    try:
        async for _ in storage_for(settings).kept():
            return True
    except Outage as outage:
        raise OperatorError("files.unreachable", reason=outage.reason) from outage
    return False


async def _put_all(settings: "Settings", folder: Path) -> None:
    """A bucket is only added to, and before the database changes: what no row names does no harm, and other desks may
    keep theirs in it."""
    from core.adapters.disk import name_at
    from core.kernel.errors import Outage
    from naryad.archive import FILES
    from naryad.progress import progress
    from naryad.wiring import storage_for

    storage = storage_for(settings)
    root = folder / FILES
    found = [path for path in root.rglob("*") if name_at(path.relative_to(root).as_posix())]
    with progress() as bar:
        advance = bar(say.text("restore.uploading"), sum(path.stat().st_size for path in found))
        for path in found:
            data = await asyncio.to_thread(path.read_bytes)
            try:
                await storage.put(path.name, data)
            except Outage as outage:
                raise OperatorError("files.unreachable", reason=outage.reason) from outage
            advance(len(data))


def _replace(settings: "Settings", database_url: str, folder: Path) -> None:
    """The database changes in one transaction; only then do the files move into their place."""
    from naryad.archive import DATABASE, FILES, SECRET
    from naryad.dump import load
    from naryad.progress import progress

    with progress() as bar:
        bar(say.text("restore.loading"), None)
        load(database_url, folder / DATABASE)
    if not settings.files_url:
        _move_all(settings.files, folder / "replaced")
        _move_all(folder / FILES, settings.files)
    if (folder / SECRET).exists() and not settings.secret:
        (folder / SECRET).chmod(0o600)
        os.replace(folder / SECRET, settings.home / "secret")


def _move_all(source: Path, target: Path) -> None:
    """Move what a folder holds; the folders themselves may be mount points, on different disks."""
    for folder in (source, target):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in source.iterdir():
        shutil.move(path, target / path.name)


async def _forget_cache(servers: "Servers", prefix: str) -> None:
    """What Redis remembers belongs to the desk as it was before."""
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    try:
        async with Redis.from_url(servers.redis_url) as redis:
            async for key in redis.scan_iter(match=f"{prefix}*", count=1000):
                await redis.delete(key)
    except (OSError, RedisError) as error:
        raise OperatorError("redis.unreachable", reason=error) from error
