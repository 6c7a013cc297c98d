"""Who is writing. A stranger is asked who they are, and what they said meanwhile is kept."""

from functools import wraps
from typing import Any

from bot.routes import Handler
from bot.shared.identity import become as become
from bot.shared.identity import me as me
from bot.turn import Incoming, Turn
from core.company.queries import company
from core.people.queries import has_consent

MAX_KEPT = 10


def known(handler: Handler) -> Handler:
    """Only for a customer's contact who gave consent; anybody else is asked for what is missing."""

    @wraps(handler)
    async def guarded(turn: Turn) -> None:
        if turn.actor is None or turn.actor.kind != "contact" or not await consented(turn):
            keep(turn)
            await meet(turn)
        else:
            await handler(turn)

    return guarded


async def consented(turn: Turn) -> bool:
    version = (await company()).rule("consent_version")
    return await has_consent(turn.bot, turn.sender.user_id, version)


async def meet(turn: Turn, note: str | None = None) -> None:
    """Ask for the next thing that is missing: consent, then the telephone number."""
    ours = await company()
    if not await consented(turn):
        turn.dialogue.go("start.consent")
        turn.say("customer.consent", {"company": ours.name, "legal_name": ours.legal_name, "locale": turn.locale})
    else:
        turn.dialogue.go("start.phone")
        turn.say("customer.phone", {"company": ours.name, "note": note})


def keep(turn: Turn) -> None:
    """Remember what a stranger wrote and sent, to begin their order with it."""
    said: dict[str, Any] = turn.dialogue.data.get("said") or {"text": "", "files": []}
    if turn.text and turn.command is None and len(said["text"]) < 4000:
        said["text"] = f"{said['text']}\n{turn.text}".strip()
    for file in turn.files:
        if len(said["files"]) < MAX_KEPT:
            said["files"].append(
                {"kind": file.kind, "key": file.key, "size": file.size, "name": file.name, "mime": file.mime}
            )
    if said["text"] or said["files"]:
        turn.dialogue.go(turn.dialogue.step, said=said)


def recall(turn: Turn) -> bool:
    """Put what was kept back into the turn, as if it were said now; False when nothing was."""
    said = turn.dialogue.data.pop("said", None)
    turn.text, turn.files, turn.album = "", (), None
    if not said:
        return False
    turn.text = said["text"]
    turn.files = tuple(Incoming(**file) for file in said["files"])
    turn.dialogue.changed = True
    return True
