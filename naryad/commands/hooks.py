"""`naryad hooks`: deliveries of other systems, looked at without a database."""

import json
from pathlib import Path
from typing import Annotated

import typer

from naryad.errors import terminal_words

say = terminal_words()
hooks = typer.Typer(no_args_is_help=True, help=say.text("help.hooks"))


@hooks.callback()
def group() -> None:
    """Keeps `replay` a word of its own while it is the only one."""


@hooks.command(help=say.text("help.hooks.replay"))
def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=say.text("help.hooks.replay.files"))],
) -> None:
    """One JSON line a file; exit code 2 when any of them is not a case."""
    from webhooks.replay import replay as judge_file

    amiss = False
    for file in files:
        line = judge_file(file)
        amiss |= "error" in line
        typer.echo(json.dumps(line, ensure_ascii=False))
    if amiss:
        raise typer.Exit(2)
