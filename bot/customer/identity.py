"""Who is writing. A stranger is asked who they are, and what they said meanwhile is kept."""

from dataclasses import asdict
from functools import wraps
from typing import Any

from bot.customer.draft import MAX_FILES, Draft
from bot.routes import Handler
from bot.shared.identity import become as become
from bot.shared.identity import me as me
from bot.turn import Incoming, Spot, Turn
from core.company.queries import company
from core.people.queries import has_consent


def known(handler: Handler) -> Handler:
    """Only for a customer's contact who gave consent; anybody else is asked for what is missing."""

    @wraps(handler)
    async def guarded(turn: Turn) -> None:
        if turn.actor is None or turn.actor.kind != "contact" or not await consented(turn):
            await meet(turn, keep(turn))
        else:
            await handler(turn)

    return guarded


async def consented(turn: Turn) -> bool:
    version = (await company()).rule("consent_version")
    return await has_consent(turn.bot, turn.sender.user_id, version)


async def meet(turn: Turn, note: str | None = None) -> None:
    """Ask for the next thing that is missing: consent, then the telephone number. Parts of an album are answered by one
    message."""
    ours = await company()
    album: dict[str, Any] = {"card": f"meet:{turn.album}", "revision": turn.message_id} if turn.album else {}
    if not await consented(turn):
        turn.dialogue.go("start.consent")
        facts = {"company": ours.name, "legal_name": ours.legal_name, "locale": turn.locale, "note": note}
        turn.say("customer.consent", facts, **album)
    else:
        turn.dialogue.go("start.phone")
        turn.say("customer.phone", {"company": ours.name, "note": note}, **album)


def keep(turn: Turn) -> str | None:
    """Remember what a stranger wrote, sent and where they are, to begin their order with it: `kept`, or `full` when an
    order has no room for it. None when there was nothing to keep."""
    said: dict[str, Any] = turn.dialogue.data.get("said") or {}
    draft, files = Draft(0, words=said.get("text", "")), [*said.get("files", ()), *map(asdict, turn.files)]
    room = turn.command is not None or not turn.text or draft.add_words(turn.text)
    room = room and len(files) <= MAX_FILES
    spot = asdict(turn.spot) if turn.spot else said.get("spot")
    if not (turn.files or turn.spot or (turn.text and turn.command is None)):
        return None
    turn.dialogue.go(turn.dialogue.step, said={"text": draft.words, "files": files[:MAX_FILES], "spot": spot})
    return "kept" if room else "full"


def recall(turn: Turn) -> bool:
    """Put what was kept back into the turn, as if it were said now; False when nothing was."""
    said = turn.dialogue.data.pop("said", None)
    turn.text, turn.files, turn.album, turn.spot = "", (), None, None
    if not said:
        return False
    turn.text = said["text"]
    turn.files = tuple(Incoming(**file) for file in said["files"])
    turn.spot = Spot(**said["spot"]) if said.get("spot") else None
    turn.dialogue.changed = True
    return True
