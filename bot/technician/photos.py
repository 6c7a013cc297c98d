"""Photos before and after. An album is answered once, with a count that grows."""

from typing import Any

from bot.shared.files import take
from bot.technician.identity import known, my_job, pressed, show
from bot.technician.routes import menu, routes
from bot.turn import Turn
from core.orders import actions as orders
from core.reports import actions as reports

PHASES = ("before", "after")
PICTURES = frozenset({"photo", "video", "document"})


@routes.press("job.photo")
@known
async def ask(turn: Turn) -> None:
    """Extra: before or after; without it, whichever is still missing."""
    job_id, phase = pressed(turn)
    facts = await my_job(turn, job_id)
    if phase not in PHASES:
        phase = "after" if facts["job"]["report"]["photos_before"] else "before"
    turn.dialogue.go("photos", job_id=job_id, phase=phase, album=None, card=None)
    show(turn, "technician.photos", {**facts, "phase": phase})


@routes.step("photos")
@menu.first
@known
async def receive(turn: Turn) -> None:
    data = turn.dialogue.data
    job_id, phase = int(data["job_id"]), str(data["phase"])
    note = None if any(file.kind in PICTURES for file in turn.files) else "photo_needed"
    if turn.album is None or turn.album != data.get("album"):
        turn.dialogue.go("photos", album=turn.album, card=f"photos:{turn.message_id}")
    if note is None:
        for file in await take(turn, phase, job_id):
            await reports.add_photo(job_id, file.id, phase, turn.text, turn.album)
    facts = {**await my_job(turn, job_id), "phase": phase, "note": note}
    turn.say("technician.photos", facts, card=turn.dialogue.data["card"], revision=turn.message_id)


async def save_stray(turn: Turn, facts: dict[str, Any]) -> None:
    """A file that came where something else was asked: it stays with the order."""
    for file in await take(turn, "job", facts["job"]["id"]):
        await orders.attach(facts["number"], file.id, "proof", turn.text, turn.album, facts["job"]["id"])
