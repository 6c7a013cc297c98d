"""What can keep the embedded servers from running."""

from pathlib import Path

from naryad.errors import OperatorError, terminal_words


class EmbeddedError(OperatorError):
    """The servers cannot run here; the text says why and what to do."""

    exit_code = 3


class AlreadyRunning(EmbeddedError):
    """Another process owns the servers of this data folder."""

    def __init__(self, home: Path, pid: int | None) -> None:
        words = terminal_words()
        who = words.text("embedded.process", pid=pid) if pid else words.text("embedded.someone")
        super().__init__("embedded.running", home=home, who=who)
        self.pid = pid
