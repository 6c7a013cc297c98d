"""Files that people send."""

from dataclasses import dataclass

from bot.turn import Turn
from core.files import actions as files


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of ours and what kind of file it is."""

    id: int
    kind: str


async def take(turn: Turn) -> list[Taken]:
    """Announce what came with this message; the bytes are fetched later. Refusals of `files` (too large, empty)."""
    return [
        Taken(await files.announce(file.kind, turn.bot, file.key, file.size, file.name, file.mime), file.kind)
        for file in turn.files
    ]
