"""`naryad sources FILE`: connect the systems that a file declares; `--export` prints those that are connected."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from naryad.commands import prepare
from naryad.errors import OperatorError, terminal_words

if TYPE_CHECKING:
    from core.sources.declared import BadFile, Declared
    from core.sources.declaring import Plan
    from naryad.settings import Settings

say = terminal_words()

MARKS = {"added": "+", "changed": "~", "same": "="}


def sources(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.toml", help=say.text("help.sources.file"))] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=say.text("help.sources.yes"))] = False,
    export: Annotated[bool, typer.Option("--export", help=say.text("help.sources.export"))] = False,
) -> None:
    if export == (file is not None):
        raise OperatorError("sources.one_of_two")
    settings = prepare()
    if file is None:
        typer.echo(asyncio.run(_export(settings)), nl=False)
        return
    declared = _read(file)
    from core.sources.declared import BadFile

    try:
        asyncio.run(_declare(settings, declared, yes))
    except BadFile as error:
        raise _bad(file, error) from error


def _read(file: Path) -> "list[Declared]":
    from core.sources.declared import BadFile, read

    try:
        return read(file.read_text(encoding="utf-8-sig"), os.environ)
    except OSError as error:
        raise OperatorError("sources.unreadable", path=file, reason=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise OperatorError("sources.bad.not_toml", path=file, where="", reason=error) from error
    except BadFile as error:
        raise _bad(file, error) from error


def _bad(file: Path, error: "BadFile") -> OperatorError:
    return OperatorError(f"sources.bad.{error.code}", path=file, where=error.key, **error.data)


@asynccontextmanager
async def _desk(settings: "Settings") -> AsyncIterator[None]:
    """The tables and the keys, no more: the running desk, if one runs, reads what changed within a second."""
    from core.kernel import ids
    from core.kernel.database import database
    from core.kernel.links import links
    from naryad.embedded import open_servers
    from naryad.migrate import migrate

    async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
        await migrate(servers.database_url)
        ids.use(ids.Keys(list(settings.secrets)))
        links.inside = settings.inside_hosts
        async with database(servers.database_url, pool=2):
            yield


async def _declare(settings: "Settings", declared: "list[Declared]", yes: bool) -> None:
    from core.kernel.actor import SYSTEM
    from core.kernel.work import work
    from core.sources.declaring import apply, plan

    async with _desk(settings):
        wanted = await plan(declared)
        _show(wanted)
        if wanted.changes_nothing:
            typer.echo(say.text("sources.nothing"))
            return
        _ask(yes)
        async with work(SYSTEM):
            made = await apply(declared)
    _tell(settings, made)


async def _export(settings: "Settings") -> str:
    from core.sources.declared import written
    from core.sources.declaring import present

    async with _desk(settings):
        return written(await present())


def _show(plan: "Plan") -> None:
    for step in plan.steps:
        typer.echo(f"{MARKS[step.what]} {step.id}: {say.text(f'sources.{step.what}')}")
        for change in step.changes:
            typer.echo(f"    {change.key}{_said(change.before, change.after)}")
    for name in plan.left:
        typer.echo(f"  {name}: {say.text('sources.left')}")


def _said(before: Any, after: Any) -> str:
    if before is None and after is None:
        return ""
    old, new = ("—" if one is None else json.dumps(one, ensure_ascii=False) for one in (before, after))
    return f": {old} → {new}"


def _ask(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise OperatorError("sources.say_yes")
    if not typer.confirm(say.text("sources.sure")):
        raise OperatorError("sources.left_all")


def _tell(settings: "Settings", made: dict[str, dict[str, str]]) -> None:
    """What was made is shown now and never again."""
    from core.sources.rules import PATH_SECRET

    typer.echo(say.text("sources.done"))
    base = f"{(settings.public_url or '').rstrip('/')}/hooks/"
    for name, secrets in made.items():
        tail = f"/{secrets[PATH_SECRET]}" if PATH_SECRET in secrets else ""
        typer.echo(f"{name}: {base}{name}{tail}")
        for secret, value in secrets.items():
            if secret != PATH_SECRET:
                typer.echo(f"    {secret} = {value}")
    if made:
        typer.echo(say.text("sources.told_once"))
