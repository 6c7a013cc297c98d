"""What the customer sent: seen before one leaves."""

from bot.technician.identity import known, me, pressed, seen_job
from bot.technician.routes import routes
from bot.turn import Turn
from core.overview.dossier import attachments

MOST = 30


@routes.press("job.files")
@known
async def show_files(turn: Turn) -> None:
    """Photos, videos, voices and documents of the request, as albums."""
    job_id, _ = pressed(turn)
    facts = await seen_job(turn, job_id)
    came = [file for file in await attachments(me(turn), facts["number"]) if file.phase == "request"]
    files = [{"id": file.file_id, "kind": file.kind} for file in came if file.error is None]
    turn.say("technician.files", {"number": facts["number"], "job_id": job_id, "files": files[:MOST]})
