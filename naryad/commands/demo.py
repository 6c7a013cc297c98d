"""`naryad demo`: the desk with a demo company and Telegram in a box."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from naryad.commands import prepare
from naryad.errors import OperatorError, terminal_words

say = terminal_words()


def demo(
    reset: Annotated[bool, typer.Option("--reset", help=say.text("help.demo.reset"))] = False,
) -> None:
    settings = prepare(chatty=True)
    if "home" not in settings.model_fields_set:
        settings = prepare(chatty=True, home=settings.home / "demo")
    if reset:
        if settings.database_url:
            raise OperatorError("demo.foreign_database")
        forget(settings.home)
    from naryad.demo import run as play

    play(settings)


def forget(home: Path) -> None:
    """Remove a desk's data; refuses while the desk runs. What the desk did not make stays."""
    from naryad.embedded.ownership import owned

    if not home.exists():
        return
    with owned(home):
        for name in ("pg", "pg.new", "valkey", "files", "simulator", "logs"):
            shutil.rmtree(home / name, ignore_errors=True)
        for name in ("pg.password", "secret"):
            (home / name).unlink(missing_ok=True)
