"""Files that people send."""

from dataclasses import dataclass

from bot.turn import Incoming, Turn
from core.files import actions as files
from core.files.rules import MAX_BYTES
from core.kernel.links import links


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of ours and what kind of file it is."""

    id: int
    kind: str


async def take(turn: Turn, purpose: str, subject_id: int) -> list[Taken]:
    """Announce what came with this message; the bytes are fetched later.

    What is too large for a bot is not among it: its sender is given a page to upload it by, and from there it goes
    where `purpose` and `subject_id` say (`files.actions.PURPOSES`).
    """
    taken = []
    for file in turn.files:
        if file.size > MAX_BYTES:
            await _offer_page(turn, file, purpose, subject_id)
        else:
            number = await files.announce(file.kind, turn.bot, file.key, file.size, file.name, file.mime)
            taken.append(Taken(number, file.kind))
    return taken


async def _offer_page(turn: Turn, file: Incoming, purpose: str, subject_id: int) -> None:
    """A one-time link; clear words alone where the desk has no address, or the file is too large for the page too."""
    url = None
    if links.public and file.size <= files.MAX_UPLOAD:
        url = links.page(f"upload/{await files.issue_upload_link(purpose, subject_id)}")
    told = {"name": file.name, "kind": file.kind, "size": file.size, "limit": files.MAX_UPLOAD, "url": url}
    turn.say(f"{turn.bot}.upload", told)
