"""`naryad doctor`: looks at all that the desk stands on; whatever is not well comes with how to mend it."""

import asyncio
from typing import TYPE_CHECKING

import typer

from naryad.commands import prepare
from naryad.errors import terminal_words

if TYPE_CHECKING:
    from naryad.settings import Settings

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


def doctor() -> None:
    failures = asyncio.run(_examine(prepare()))
    say = terminal_words()
    typer.echo(say.count("doctor.sum", failures) if failures else say.text("doctor.well"))
    raise typer.Exit(1 if failures else 0)


async def _examine(settings: "Settings") -> int:
    from naryad.checkup import check_up

    say = terminal_words()
    failures = 0
    async for finding in check_up(settings):
        mark, colour = MARKS[finding.verdict]
        typer.echo(f"{typer.style(mark, fg=colour, bold=True)} {say.text(f'doctor.{finding.code}', **finding.data)}")
        if finding.verdict != "ok":
            typer.echo(f"    {say.text(f'doctor.{finding.code}.mend', **finding.data)}")
        failures += finding.verdict == "failed"
    return failures
