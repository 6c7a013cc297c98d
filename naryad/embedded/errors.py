"""What can keep the embedded servers from running; the text is one line for the operator."""

from pathlib import Path


class EmbeddedError(Exception):
    """The servers cannot run here; the text says why and what to do."""


class AlreadyRunning(EmbeddedError):
    """Another process owns the servers of this data folder."""

    def __init__(self, home: Path, pid: int | None) -> None:
        self.home = home
        self.pid = pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"The desk in {home} is already running ({who}): stop it, or set NARYAD_HOME to another folder."
        )
