"""`naryad backup [FILE]`: the whole desk in one file, while it runs or while it does not."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from naryad.commands import prepare
from naryad.errors import OperatorError, terminal_words

if TYPE_CHECKING:
    import asyncpg

    from core.ports import Storage
    from naryad.archive import Manifest
    from naryad.settings import Settings

say = terminal_words()


def backup(
    file: Annotated[Path | None, typer.Argument(help=say.text("help.backup.file"), show_default=False)] = None,
) -> None:
    settings = prepare()
    target = file or Path(f"naryad-{datetime.now().astimezone():%Y%m%d-%H%M%S}.tar.gz")
    if target.exists():
        raise OperatorError("backup.exists", path=target)
    if not target.absolute().parent.is_dir():
        raise OperatorError("backup.no_folder", path=target.absolute().parent)
    try:
        manifest = asyncio.run(_backup(settings, target))
    except OSError as error:
        raise OperatorError("backup.not_written", path=target, reason=error.strerror or error) from error
    size = target.stat().st_size / 1_000_000
    typer.echo(say.text("backup.done", path=target, files=len(manifest.entries), size=say.number(round(size, 1))))


async def _backup(settings: "Settings", target: Path) -> "Manifest":
    from naryad.embedded import open_servers

    async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
        with tempfile.TemporaryDirectory(prefix=".naryad-", dir=target.parent) as folder:
            manifest = await _describe(servers.database_url)
            draft = Path(folder) / "backup"
            await _write(settings, servers.database_url, draft, manifest)
            draft.rename(target)
    return manifest


async def _write(settings: "Settings", database_url: str, draft: Path, manifest: "Manifest") -> None:
    from core.adapters.disk import place_of
    from core.kernel.errors import Outage
    from naryad.archive import DATABASE, FILES, SECRET, Writer
    from naryad.dump import dump
    from naryad.progress import progress
    from naryad.wiring import storage_for

    snapshot, storage = draft.with_name(DATABASE), storage_for(settings)
    with progress() as bar:
        bar(say.text("backup.dumping"), None)
        await asyncio.to_thread(dump, database_url, snapshot)
        try:
            ours = await _named(database_url) if settings.files_url else None
            found = dict(sorted([one async for one in storage.kept() if ours is None or one[0] in ours]))
            advance = bar(say.text("backup.packing"), snapshot.stat().st_size + sum(found.values()))
            writer = Writer(draft, manifest)
            await asyncio.to_thread(writer.add, DATABASE, snapshot, advance)
            for name in found:
                try:
                    path = await storage.path(name) or await _brought(storage, name, draft.with_name("file"))
                    await asyncio.to_thread(writer.add, f"{FILES}/{place_of(name)}", path, advance)
                except FileNotFoundError as error:
                    raise OperatorError("backup.file_gone", name=name) from error
        except Outage as outage:
            raise OperatorError("files.unreachable", reason=outage.reason) from outage
        if not settings.secret and settings.secrets:
            writer.add(SECRET, settings.home / "secret", advance)
        writer.close()


async def _brought(storage: "Storage", name: str, to: Path) -> Path:
    """A copy of what lies elsewhere."""
    data = await storage.get(name)
    await asyncio.to_thread(to.write_bytes, data)
    return to


async def _named(database_url: str) -> set[str]:
    """The files of this desk, of its copy at least: other desks may keep theirs in the same bucket."""
    connection = await _connect(database_url)
    try:
        rows = await connection.fetch("SELECT DISTINCT sha256 FROM files_files WHERE sha256 IS NOT NULL")
    finally:
        await connection.close()
    return {row["sha256"] for row in rows}


async def _connect(database_url: str) -> "asyncpg.Connection":
    import asyncpg

    try:
        return await asyncpg.connect(database_url)
    except (OSError, asyncpg.PostgresError) as error:
        raise OperatorError("database.unreachable", reason=error) from error


async def _describe(database_url: str) -> "Manifest":
    from naryad.archive import Manifest

    connection = await _connect(database_url)
    try:
        if not await connection.fetchval("SELECT to_regclass('tortoise_migrations')"):
            raise OperatorError("backup.nothing")
        rows = await connection.fetch("SELECT name FROM tortoise_migrations ORDER BY name")
        server = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return Manifest(datetime.now(UTC).isoformat(timespec="seconds"), server, [row["name"] for row in rows])
