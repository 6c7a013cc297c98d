"""`naryad run [bot] [web] [worker]`: the desk itself."""

from enum import StrEnum
from typing import Annotated

import typer

from naryad.commands import prepare
from naryad.errors import terminal_words

say = terminal_words()


class Part(StrEnum):
    """What a process does; without a choice it does all."""

    BOT = "bot"
    WEB = "web"
    WORKER = "worker"


def run(
    parts: Annotated[list[Part] | None, typer.Argument(help=say.text("help.run.parts"), show_default=False)] = None,
) -> None:
    settings = prepare(chatty=True)
    from naryad.app import run as serve

    serve(settings, frozenset(str(part) for part in parts or Part))
