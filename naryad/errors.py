"""What stops a command: one line for the operator, in the language of the terminal."""

import os
from typing import Any

from core.kernel.words import Words, pick_locale, words


def terminal_words() -> Words:
    """The command line's texts, in the language that LC_ALL, LC_MESSAGES or LANG asks for."""
    asked = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None)
    return words("cli", pick_locale(asked))


class OperatorError(Exception):
    """`code` is a key of the command line's texts, `data` fills it. The command ends with `exit_code`."""

    exit_code = 1

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code, data)
        self.code = code
        self.data = data

    def __str__(self) -> str:
        return terminal_words().text(self.code, **self.data)
